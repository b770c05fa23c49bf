//! Billing: the service that receives records and charges the customers.

use std::time::Duration;

use spanwise::instrument;
use spanwise::task::CarriedContext;

use crate::shop;
use crate::topic::{Record, Topic};

/// How often billing tries to charge one record.
const MAX_ATTEMPTS: u32 = 3;
const RETRY_DELAY: Duration = Duration::from_millis(1);

/// Processes records until the topic is closed and empty.
pub(crate) async fn run(orders: &Topic, unpaid: &Topic) {
    while let Some(batch) = orders.poll(10).await {
        receive(orders, batch, unpaid).await;
    }
}

/// Receives a batch.
///
/// A span has one parent, but the records of a batch can come from many senders. So the batch starts a trace of its own,
/// and `links` connects it to the span that sent each record. `extract` reads the ids of those spans from the headers.
#[instrument(
    kind = client,
    name = format!("poll {}", orders.name()),
    links = batch.iter().map(|record| spanwise::extract(&record.headers)).collect::<Vec<_>>(),
    fields(
        messaging.system = "kafka",
        messaging.operation.name = "poll",
        messaging.operation.type = "receive",
        messaging.destination.name = orders.name(),
        messaging.consumer.group.name = "billing",
        messaging.batch.message_count = batch.len(),
    )
)]
async fn receive(orders: &Topic, batch: Vec<Record>, unpaid: &Topic) {
    for record in batch {
        process(orders, record, unpaid).await;
    }
}

/// Processes one record.
///
/// `parent` continues the sender's trace, which it finds in the headers. `links` connects this span to the batch that the
/// record arrived in.
#[instrument(
    kind = consumer,
    name = format!("process {}", orders.name()),
    parent = record.headers,
    links = CarriedContext::current(),
    fields(
        messaging.system = "kafka",
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.destination.name = orders.name(),
        messaging.destination.partition.id = record.partition.to_string(),
        messaging.kafka.offset = record.offset,
        messaging.consumer.group.name = "billing",
    )
)]
async fn process(orders: &Topic, record: Record, unpaid: &Topic) {
    for attempt in 1..=MAX_ATTEMPTS {
        if charge(&record, attempt).await.is_ok() {
            return;
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
    // All attempts failed, so the record goes to a topic for manual review. `send` puts this span's id into its headers.
    shop::send(unpaid, record);
}

/// Tries once to charge a record. All attempts are children of the record's span.
#[instrument(err, fields(cents = record.value, attempt))]
async fn charge(record: &Record, attempt: u32) -> Result<(), String> {
    match record.value {
        50_000.. => Err("declined".to_owned()),
        // The bank does not answer the first attempt.
        1_000.. if attempt == 1 => Err("no answer".to_owned()),
        _ => Ok(()),
    }
}
