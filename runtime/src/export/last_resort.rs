//! Spans that are lost, written to standard error where that is asked for: the last place where a person may
//! find them.

use std::fmt::Write as _;

use opentelemetry::trace::{SpanId, TraceId};

use crate::diag;
use crate::otlp;
use crate::otlp::Fields;

/// A line for each span of an encoded request.
pub(super) fn tell(request: &[u8]) {
    for (_, resource_spans) in Fields(request).filter(|(number, _)| *number == 1) {
        for (_, scope_spans) in Fields(resource_spans.bytes()).filter(|(number, _)| *number == 2) {
            for (_, span) in Fields(scope_spans.bytes()).filter(|(number, _)| *number == 2) {
                diag::warn(line(span.bytes()));
            }
        }
    }
}

/// `lost span trace_id=… span_id=… parent_span_id=… name="…" start=… end=… status=error order.id=7`, the times in
/// nanoseconds since 1970.
fn line(span: &[u8]) -> String {
    let mut line = String::from("lost span");
    for (number, field) in Fields(span) {
        // Writing to a string does not fail.
        let _ = match number {
            1 => field
                .bytes()
                .try_into()
                .map_or(Ok(()), |id| write!(line, " trace_id={}", TraceId::from_bytes(id))),
            2 => field
                .bytes()
                .try_into()
                .map_or(Ok(()), |id| write!(line, " span_id={}", SpanId::from_bytes(id))),
            4 => field
                .bytes()
                .try_into()
                .map_or(Ok(()), |id| write!(line, " parent_span_id={}", SpanId::from_bytes(id))),
            5 => write!(line, " name={:?}", diag::shown(field.text())),
            7 => write!(line, " start={}", field.number()),
            8 => write!(line, " end={}", field.number()),
            9 => otlp::read_attribute(field.bytes()).map_or(Ok(()), |(key, value)| {
                write!(line, " {}={:?}", diag::shown(key), diag::shown(&value.to_string()))
            }),
            15 => status(&mut line, field.bytes()),
            _ => Ok(()),
        };
    }
    line
}

fn status(line: &mut String, status: &[u8]) -> std::fmt::Result {
    for (number, field) in Fields(status) {
        match (number, field.number()) {
            (2, _) => write!(line, " message={:?}", diag::shown(field.text()))?,
            (3, 1) => line.push_str(" status=ok"),
            (3, 2) => line.push_str(" status=error"),
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
        let mut span = Vec::new();
        otlp::put_bytes(&mut span, 1, &[0xab; 16]);
        otlp::put_bytes(&mut span, 2, &[0xcd; 8]);
        otlp::put_bytes(&mut span, 5, b"pay\nnow");
        otlp::put_fixed64(&mut span, 7, 17);
        otlp::put_attribute(&mut span, 9, "order.id", &Value::I64(7), usize::MAX);
        let mut failed = Vec::new();
        otlp::put_bytes(&mut failed, 2, b"declined");
        otlp::put_number(&mut failed, 3, 2);
        otlp::put_bytes(&mut span, 15, &failed);
        assert_eq!(
            line(&span),
            "lost span trace_id=abababababababababababababababab span_id=cdcdcdcdcdcdcdcd name=\"pay\\\\nnow\" start=17 \
             order.id=\"7\" message=\"declined\" status=error"
        );
        assert_eq!(line(b"nonsense"), "lost span");
    }
}
