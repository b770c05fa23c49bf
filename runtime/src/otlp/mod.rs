//! Protobuf's [wire format](https://protobuf.dev/programming-guides/encoding/), as far as the messages
//! of OTLP's spans need it.
//!
//! An attribute is encoded when it is set, an event when it is added: what a span carries until it ends
//! is the bytes that will be sent. [`read`] is for those who want to see it again: hooks, captures, the
//! console.

mod attribute;
#[allow(dead_code, reason = "a number of each message is here, used or not yet")]
pub(crate) mod fields;
#[cfg(feature = "otlp")]
pub(crate) mod json;
mod read;
mod write;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use attribute::put_text_attribute;
pub(crate) use attribute::{attribute, has_key, put_attribute};
pub(crate) use read::{Field, Fields, message};
#[cfg(feature = "otlp")]
pub(crate) use write::{length_of_field, put_length};
pub(crate) use write::{put_bytes, put_fixed32, put_fixed64, put_number};

/// The most characters that a text value may have.
pub(crate) type Longest = usize;
