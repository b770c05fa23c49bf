//! The context in the headers of messages.

use super::carried_context::CarriedContext;
use crate::carrier::{Carrier, CarrierMut};

/// Writes the current context into the headers of a message, by the propagator of the process.
///
/// Call it in the span that sends the message. The consumer's span becomes a child of it, or is linked to it:
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
///     // Send the record here.
/// }
/// ```
///
/// `OTEL_PROPAGATORS` sets the headers; by default they are `traceparent`, `tracestate` and `baggage`. [`CarriedContext::inject_with`] sets them for one
/// message. Headers that already carry a context, as in a message that is forwarded, are replaced. They stay if the current
/// context is empty.
///
/// [Messaging spans](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/) in the semantic conventions.
pub fn inject(headers: &mut impl CarrierMut) {
    CarriedContext::current().inject(headers);
}

/// Reads the context from the headers of a message, by the propagator of the process.
///
/// Use it as the `parent`, or as the `links`, of the span that processes the message. Headers that are pairs in a `Vec`, a
/// `HashMap` or a `BTreeMap` can be used directly. A batch is linked to each message in it:
///
/// ```
/// use spanwise::instrument;
///
/// struct Record { headers: Vec<(String, Vec<u8>)>, value: Vec<u8> }
///
/// #[instrument(
///     kind = consumer,
///     name = "process orders",
///     parent = record.headers, // a child of the producer's span
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
/// The headers are trusted. For messages from outside, [`CarriedContext::linked`] starts a new trace.
#[must_use]
pub fn extract(headers: &impl Carrier) -> CarriedContext {
    CarriedContext::extract(headers)
}
