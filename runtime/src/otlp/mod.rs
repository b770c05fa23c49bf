//! Protobuf's [wire format](https://protobuf.dev/programming-guides/encoding/), as far as OTLP's spans need it.
//!
//! An attribute is encoded when it is set, an event when it is added: a running span already holds the bytes that
//! will be sent. Hooks, captures and the console decode them again.
//!
//! # Adding a field
//!
//! | the field is part of | number | encoded | decoded |
//! |---|---|---|---|
//! | a span | [`fields::span`] | `RunningSpan::put_fields` in `engine/span/running_span.rs` | `SpanRecord::read_field` in `engine/queue/record.rs` |
//! | an event | [`fields::event`] | `put_event` in `event.rs` | `read_event` beside it |
//! | a link | [`fields::link`] | `put_link` in `link.rs` | `read_link` beside it |
//! | a status | [`fields::status`] | `put_status` in `status.rs` | `read_status` beside it |
//!
//! The exporter's `export/encode/encoder.rs` writes what every span has (ids, flags, times, kind), and the messages around spans.
//! OTLP's JSON is made from the encoded bytes by the tables of `json.rs` beside it.

mod attribute;
mod event;
#[allow(dead_code, reason = "without `otlp` not all of them are used")]
pub(crate) mod fields;
#[cfg(feature = "otlp")]
pub(crate) mod json;
mod link;
mod read;
mod status;
mod time;
mod write;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use attribute::put_text_attribute;
pub(crate) use attribute::{
    AttributeLimits, has_key, put_attribute, read_attribute, read_key_value, without_replaced,
};
pub(crate) use event::{put_event, read_event};
pub(crate) use link::{put_link, read_link, span_flags};
pub(crate) use read::{Field, Fields, message_at};
pub(crate) use status::{put_status, read_status};
pub(crate) use time::{from_unix_nanos, unix_nanos};
#[cfg(feature = "otlp")]
pub(crate) use write::{length_of_field, put_fixed32, put_fixed64, put_length};
pub(crate) use write::{put_bytes, put_number};
