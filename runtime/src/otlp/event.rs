//! An event of a span: `Span.Event`.

use opentelemetry::trace::Event;

use crate::otlp::attribute::{AttributeLimits, put_attributes, read_key_value};
use crate::otlp::fields::{event, span};
use crate::otlp::read::Fields;
use crate::otlp::time::{from_unix_nanos, unix_nanos};
use crate::otlp::write::{put_bytes, put_fixed64};

/// Appends an event as a field of a span. Attributes over the limit are dropped and counted.
pub(crate) fn put_event(out: &mut Vec<u8>, event: &Event, limits: AttributeLimits) {
    let mut message = Vec::new();
    put_fixed64(&mut message, event::TIME_UNIX_NANO, unix_nanos(event.timestamp));
    put_bytes(&mut message, event::NAME, event.name.as_bytes());
    let fields = (event::ATTRIBUTES, event::DROPPED_ATTRIBUTES_COUNT);
    put_attributes(&mut message, fields, &event.attributes, event.dropped_attributes_count, limits);
    put_bytes(out, span::EVENTS, &message);
}

/// Decodes an event.
pub(crate) fn read_event(encoded: &[u8]) -> Event {
    let mut event = Event::new("", from_unix_nanos(0), Vec::new(), 0);
    for (number, field) in Fields(encoded) {
        match number {
            event::TIME_UNIX_NANO => event.timestamp = from_unix_nanos(field.number()),
            event::NAME => event.name = field.text().to_owned().into(),
            event::ATTRIBUTES => event.attributes.extend(read_key_value(field.bytes())),
            event::DROPPED_ATTRIBUTES_COUNT => event.dropped_attributes_count = field.count(),
            _ => {}
        }
    }
    event
}
