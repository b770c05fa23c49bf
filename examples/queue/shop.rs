//! The service that sends.

use spanwise::instrument;

use crate::topic::{Record, Topic};

/// What a customer buys, a record for each.
#[instrument(fields(orders = orders.len()))]
pub(crate) fn check_out(topic: &Topic, orders: &[(&str, u32)]) {
    for (customer, cents) in orders {
        send(topic, Record { key: (*customer).to_owned(), value: *cents, ..Record::default() });
    }
}

/// Sends a record, with the context of this span in its headers: in place of what is there, where it was received and is sent on.
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
