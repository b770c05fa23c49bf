//! The service that receives.

use std::time::Duration;

use spanwise::{CarriedContext, instrument};

use crate::shop;
use crate::topic::{Record, Topic};

/// Attempts at one record.
const MOST_ATTEMPTS: u32 = 3;

/// Processes what comes until nothing comes any more.
pub(crate) async fn run(orders: &Topic, unpaid: &Topic) {
    while let Some(batch) = orders.poll(10).await {
        receive(orders, batch, unpaid).await;
    }
}

/// A batch: a trace of its own, since it is no single sender's, linked to all of them.
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

/// A record: in the trace of the one who has sent it, and linked to the batch that it came in.
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
    for attempt in 1..=MOST_ATTEMPTS {
        if charge(&record, attempt).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // It is given up: somebody has to look at it. The header that says where it came from is replaced by this span's.
    shop::send(unpaid, record);
}

/// Attempts are siblings under the record that they are for.
#[instrument(err, fields(cents = record.value, attempt))]
async fn charge(record: &Record, attempt: u32) -> Result<(), String> {
    match record.value {
        50_000.. => Err("declined".to_owned()),
        // The bank is busy the first time.
        1_000.. if attempt == 1 => Err("no answer".to_owned()),
        _ => Ok(()),
    }
}
