//! Messages between services: the context in their headers.

use super::Origin;
use crate::carrier::{Carrier, CarrierMut};

/// Writes what is current into the headers of a message, by the process's propagator.
///
/// In the span that sends it, so that what becomes of the message hangs on that, or is linked to it:
///
/// ```
/// use spanwise::instrument;
///
/// struct Record { headers: Vec<(String, Vec<u8>)>, value: Vec<u8> }
///
/// #[instrument(
///     kind = producer,
///     name = format!("send {topic}"),
///     fields(messaging.system = "kafka", messaging.operation.name = "send", messaging.operation.type = "send",
///            messaging.destination.name = topic)
/// )]
/// fn send(topic: &str, value: Vec<u8>) {
///     let mut record = Record { headers: Vec::new(), value };
///     spanwise::inject(&mut record.headers);
///     // … and off it goes
/// }
/// ```
///
/// `OTEL_PROPAGATORS` says which headers these are: `traceparent`, `tracestate` and `baggage`, unless something else is said;
/// [`Origin::inject_by`] has a say for one message. Headers that are there already and say the same, as in a message that is
/// sent on, are replaced; where there is nothing to say, they stay.
///
/// [Messaging spans](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/) in the conventions.
pub fn inject(headers: &mut impl CarrierMut) {
    Origin::current().inject(headers);
}

/// What the headers of a message say of where it comes from, by the process's propagator.
///
/// It is the `parent`, or the `links`, of the span that processes the message. Headers are one by themselves where they are
/// pairs in a `Vec`, a `HashMap` or a `BTreeMap`; a batch is linked to all that is in it:
///
/// ```
/// use spanwise::instrument;
///
/// struct Record { headers: Vec<(String, Vec<u8>)>, value: Vec<u8> }
///
/// #[instrument(
///     kind = consumer,
///     name = "process orders",
///     parent = record.headers, // in the trace of the one who has sent it
///     fields(messaging.system = "kafka", messaging.operation.name = "process", messaging.operation.type = "process",
///            messaging.destination.name = "orders")
/// )]
/// async fn process(record: Record) {}
///
/// #[instrument(
///     kind = consumer,
///     name = "process orders",
///     links = records.iter().map(|record| spanwise::extract(&record.headers)).collect::<Vec<_>>(),
///     fields(messaging.system = "kafka", messaging.operation.name = "process", messaging.operation.type = "process",
///            messaging.destination.name = "orders", messaging.batch.message_count = records.len())
/// )]
/// async fn process_all(records: Vec<Record>) {}
/// ```
///
/// What a message says is believed: [`Origin::linked`] makes a trace of its own of what comes from outside.
#[must_use]
pub fn extract(headers: &impl Carrier) -> Origin {
    Origin::extract(headers)
}
