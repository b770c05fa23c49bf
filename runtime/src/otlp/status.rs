//! The status of a span: `Status`.

use opentelemetry::trace;

use crate::otlp::fields::{span, status};
use crate::otlp::read::Fields;
use crate::otlp::write::{put_bytes, put_number};

/// Appends a status as a field of a span. An unset one is left out.
pub(crate) fn put_status(out: &mut Vec<u8>, status: &trace::Status) {
    let mut message = Vec::new();
    match status {
        trace::Status::Unset => return,
        trace::Status::Ok => put_number(&mut message, status::CODE, status::OK.into()),
        trace::Status::Error { description } => {
            put_bytes(&mut message, status::MESSAGE, description.as_bytes());
            put_number(&mut message, status::CODE, status::ERROR.into());
        }
    }
    put_bytes(out, span::STATUS, &message);
}

/// Decodes a status.
pub(crate) fn read_status(encoded: &[u8]) -> trace::Status {
    let (mut message, mut code) = ("", 0);
    for (number, field) in Fields(encoded) {
        match number {
            status::MESSAGE => message = field.text(),
            status::CODE => code = field.number(),
            _ => {}
        }
    }
    if code == u64::from(status::OK) {
        trace::Status::Ok
    } else if code == u64::from(status::ERROR) {
        trace::Status::error(message.to_owned())
    } else {
        trace::Status::Unset
    }
}
