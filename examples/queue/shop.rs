//! The shop: the service that sends records.

use spanwise::instrument;

use crate::topic::{Record, Topic};

/// Sends one record for each order. All of them are in one trace, under the span of this function.
#[instrument(fields(orders = orders.len()))]
pub(crate) fn check_out(topic: &Topic, orders: &[(&str, u32)]) {
    for (customer, cents) in orders {
        send(topic, Record { key: (*customer).to_owned(), value: *cents, ..Record::default() });
    }
}

/// Sends a record, with the id of this function's span in its headers.
///
/// The receiver reads that id to continue the trace. A record that is forwarded already has such headers; they are
/// replaced. The fields are named by OpenTelemetry's conventions for messaging. `Empty` fields are filled in below, once
/// their values are known.
#[instrument(
    kind = producer,
    name = format!("send {}", topic.name()),
    fields(
        messaging.system = "kafka",
        messaging.operation.name = "send",
        messaging.operation.type = "send",
        messaging.destination.name = topic.name(),
        messaging.destination.partition.id = Empty,
        messaging.kafka.offset = Empty,
    )
)]
pub(crate) fn send(topic: &Topic, mut record: Record) {
    spanwise::inject(&mut record.headers);
    let (partition, offset) = topic.append(record);
    spanwise::set_attribute("messaging.destination.partition.id", partition.to_string());
    spanwise::set_attribute("messaging.kafka.offset", offset);
}
