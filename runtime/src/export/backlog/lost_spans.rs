//! Writes lost spans to standard error, if the application asks for it (`log_lost_spans`).

use std::fmt::Write as _;

use opentelemetry::trace::{SpanId, TraceId};

use crate::diag;
use crate::export::encode::batch::spans;
use crate::otlp::fields::{span, status};
use crate::otlp::{self, Fields};

/// Writes a line for each span of an encoded request.
pub(super) fn log_spans(encoded: &[u8]) {
    for span in spans(encoded) {
        diag::warn(line(span));
    }
}

/// `lost span trace_id=… span_id=… parent_span_id=… name="…" start=… end=… status=error order.id=7`. The times are in
/// nanoseconds since 1970.
fn line(encoded: &[u8]) -> String {
    let mut line = String::from("lost span");
    for (number, field) in Fields(encoded) {
        // Writing to a `String` does not fail.
        let _ = match number {
            span::TRACE_ID => field
                .bytes()
                .try_into()
                .map_or(Ok(()), |id| write!(line, " trace_id={}", TraceId::from_bytes(id))),
            span::SPAN_ID => put_span_id(&mut line, "span_id", field.bytes()),
            span::PARENT_SPAN_ID => put_span_id(&mut line, "parent_span_id", field.bytes()),
            span::NAME => write!(line, " name={:?}", diag::escaped(field.text())),
            span::START_TIME_UNIX_NANO => write!(line, " start={}", field.number()),
            span::END_TIME_UNIX_NANO => write!(line, " end={}", field.number()),
            span::ATTRIBUTES => otlp::read_attribute(field.bytes()).map_or(Ok(()), |(key, value)| {
                write!(line, " {}={:?}", diag::escaped(key), diag::escaped(&value.to_string()))
            }),
            span::STATUS => put_status(&mut line, field.bytes()),
            _ => Ok(()),
        };
    }
    line
}

fn put_span_id(line: &mut String, name: &str, id: &[u8]) -> std::fmt::Result {
    id.try_into().map_or(Ok(()), |id| write!(line, " {name}={}", SpanId::from_bytes(id)))
}

fn put_status(line: &mut String, encoded: &[u8]) -> std::fmt::Result {
    for (number, field) in Fields(encoded) {
        match number {
            status::MESSAGE => write!(line, " message={:?}", diag::escaped(field.text()))?,
            status::CODE if field.number() == u64::from(status::OK) => line.push_str(" status=ok"),
            status::CODE if field.number() == u64::from(status::ERROR) => line.push_str(" status=error"),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use opentelemetry::Value;

    use super::*;

    #[test]
    fn a_span_is_a_line() {
        let mut failed = Vec::new();
        otlp::put_bytes(&mut failed, status::MESSAGE, b"declined");
        otlp::put_number(&mut failed, status::CODE, status::ERROR.into());
        let mut encoded = Vec::new();
        otlp::put_bytes(&mut encoded, span::TRACE_ID, &[0xab; 16]);
        otlp::put_bytes(&mut encoded, span::SPAN_ID, &[0xcd; 8]);
        otlp::put_bytes(&mut encoded, span::NAME, b"pay\nnow");
        otlp::put_fixed64(&mut encoded, span::START_TIME_UNIX_NANO, 17);
        otlp::put_attribute(&mut encoded, span::ATTRIBUTES, "order.id", &Value::I64(7), usize::MAX);
        otlp::put_bytes(&mut encoded, span::STATUS, &failed);
        assert_eq!(
            line(&encoded),
            "lost span trace_id=abababababababababababababababab span_id=cdcdcdcdcdcdcdcd name=\"pay\\\\nnow\" start=17 \
             order.id=\"7\" message=\"declined\" status=error"
        );
        assert_eq!(line(b"nonsense"), "lost span");
    }
}
