//! OTLP's [JSON](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding) of a request that is encoded
//! already: by tables of what its messages hold, so that there is one encoder.

use std::fmt::Write as _;

use crate::otlp::{Field, Fields};

/// A message's fields: their numbers, names and kinds.
type Message = &'static [(u8, &'static str, Kind)];

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// A text that is written where it is empty, too: there are readers that want one.
    Key,
    /// Bytes that are written as hexadecimal digits.
    Id,
    Bool,
    /// A number of at most 32 bits.
    Number,
    /// A number of 64 bits, which JSON's numbers are not sure to hold: written as a text.
    Unsigned,
    Signed,
    Double,
    One(Message),
    Many(Message),
    /// Many of a message that holds itself, written where there are none, too.
    Values,
    Value,
}

use Kind::{Bool, Double, Id, Key, Many, Number, One, Signed, Text, Unsigned, Value, Values};

const REQUEST: Message = &[(1, "resourceSpans", Many(RESOURCE_SPANS))];
const RESOURCE_SPANS: Message =
    &[(1, "resource", One(RESOURCE)), (2, "scopeSpans", Many(SCOPE_SPANS)), (3, "schemaUrl", Text)];
const RESOURCE: Message = &[(1, "attributes", Many(ATTRIBUTE)), (2, "droppedAttributesCount", Number)];
const SCOPE_SPANS: Message = &[(1, "scope", One(SCOPE)), (2, "spans", Many(SPAN)), (3, "schemaUrl", Text)];
const SCOPE: Message = &[
    (1, "name", Text),
    (2, "version", Text),
    (3, "attributes", Many(ATTRIBUTE)),
    (4, "droppedAttributesCount", Number),
];
const SPAN: Message = &[
    (1, "traceId", Id),
    (2, "spanId", Id),
    (3, "traceState", Text),
    (4, "parentSpanId", Id),
    (16, "flags", Number),
    (5, "name", Text),
    (6, "kind", Number),
    (7, "startTimeUnixNano", Unsigned),
    (8, "endTimeUnixNano", Unsigned),
    (9, "attributes", Many(ATTRIBUTE)),
    (10, "droppedAttributesCount", Number),
    (11, "events", Many(EVENT)),
    (12, "droppedEventsCount", Number),
    (13, "links", Many(LINK)),
    (14, "droppedLinksCount", Number),
    (15, "status", One(STATUS)),
];
const EVENT: Message = &[
    (1, "timeUnixNano", Unsigned),
    (2, "name", Text),
    (3, "attributes", Many(ATTRIBUTE)),
    (4, "droppedAttributesCount", Number),
];
const LINK: Message = &[
    (1, "traceId", Id),
    (2, "spanId", Id),
    (3, "traceState", Text),
    (4, "attributes", Many(ATTRIBUTE)),
    (5, "droppedAttributesCount", Number),
    (6, "flags", Number),
];
const STATUS: Message = &[(2, "message", Text), (3, "code", Number)];
const ATTRIBUTE: Message = &[(1, "key", Key), (2, "value", Value)];
const VALUE: Message = &[
    (1, "stringValue", Text),
    (2, "boolValue", Bool),
    (3, "intValue", Signed),
    (4, "doubleValue", Double),
    (5, "arrayValue", One(ARRAY)),
];
const ARRAY: Message = &[(1, "values", Values)];

/// Writes an `ExportTraceServiceRequest`, which is a `TracesData`, too, as a line.
pub(in crate::export) fn put_request(out: &mut String, request: &[u8]) {
    put_message(out, REQUEST, request);
    out.push('\n');
}

fn put_message(out: &mut String, message: Message, encoded: &[u8]) {
    out.push('{');
    let mut is_first = true;
    for (number, name, kind) in message {
        // The fields of one number need not stand together.
        let mut fields = Fields(encoded).filter(|(of, _)| of == number).map(|(_, field)| field).peekable();
        if fields.peek().is_none() && !matches!(kind, Key | Values) {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            out.push(',');
        }
        put_text(out, name);
        out.push(':');
        match kind {
            Many(_) | Values => {
                out.push('[');
                for (index, field) in fields.enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    put_field(out, *kind, field);
                }
                out.push(']');
            }
            // Of a field that is there several times the last one counts.
            _ => put_field(out, *kind, fields.last().unwrap_or(Field::Number(0))),
        }
    }
    out.push('}');
}

fn put_field(out: &mut String, kind: Kind, field: Field<'_>) {
    // Writing to a `String` does not fail.
    let _ = match kind {
        Text | Key => {
            put_text(out, field.text());
            Ok(())
        }
        Id => {
            out.push('"');
            let written = field.bytes().iter().try_for_each(|byte| write!(out, "{byte:02x}"));
            out.push('"');
            written
        }
        Bool => write!(out, "{}", field.number() != 0),
        Number => write!(out, "{}", field.number()),
        Unsigned => write!(out, "\"{}\"", field.number()),
        Signed => write!(out, "\"{}\"", field.number().cast_signed()),
        Double => put_double(out, f64::from_bits(field.number())),
        One(message) | Many(message) => {
            put_message(out, message, field.bytes());
            Ok(())
        }
        Value | Values => {
            put_message(out, VALUE, field.bytes());
            Ok(())
        }
    };
}

/// As protobuf's JSON has it: what JSON has no number for is a text.
fn put_double(out: &mut String, value: f64) -> std::fmt::Result {
    if value.is_nan() {
        out.write_str("\"NaN\"")
    } else if value.is_infinite() {
        out.write_str(if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" })
    } else {
        write!(out, "{value:?}")
    }
}

fn put_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_has_no_number_for_is_a_text() {
        let written = |value| {
            let mut out = String::new();
            put_double(&mut out, value).expect("a string");
            out
        };
        assert_eq!(written(f64::NAN), "\"NaN\"");
        assert_eq!(written(f64::INFINITY), "\"Infinity\"");
        assert_eq!(written(f64::NEG_INFINITY), "\"-Infinity\"");
        assert_eq!(written(0.1), "0.1");
        assert_eq!(written(-0.0), "-0.0");
        assert_eq!(written(1e300), "1e300");
    }

    #[test]
    fn a_text_stays_on_its_line() {
        let mut out = String::new();
        put_text(&mut out, "a\"b\\c\nd\u{1}é\u{2028}");
        assert_eq!(out, "\"a\\\"b\\\\c\\nd\\u0001é\u{2028}\"");
    }
}
