//! OTLP's [JSON](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), made from an encoded request.
//!
//! There is one encoder, to protobuf. The tables below say how the fields of each message are called and written in JSON.

use std::fmt::Write as _;

use crate::otlp::fields::{
    any_value, array_value, event, key_value, link, request, resource, resource_spans, scope, scope_spans,
    span, status,
};
use crate::otlp::read::{Field, Fields};

/// The fields of a message: number, name in JSON, and kind. They are written in this order.
type MessageTable = &'static [(u8, &'static str, FieldKind)];

/// How the value of a field is written.
#[derive(Clone, Copy)]
enum FieldKind {
    Text,
    /// A text that is written even if it is empty, since some readers need it.
    Key,
    /// Bytes, written as hexadecimal digits.
    Id,
    Bool,
    /// A number of at most 32 bits.
    Number,
    /// A number of 64 bits, written as a text, since not all readers of JSON have such numbers.
    Unsigned,
    Signed,
    Double,
    One(MessageTable),
    Many(MessageTable),
    /// The `AnyValue`s of an array, written even if there are none.
    Values,
    Value,
}

use FieldKind::{Bool, Double, Id, Key, Many, Number, One, Signed, Text, Unsigned, Value, Values};

const REQUEST: MessageTable = &[(request::RESOURCE_SPANS, "resourceSpans", Many(RESOURCE_SPANS))];
const RESOURCE_SPANS: MessageTable = &[
    (resource_spans::RESOURCE, "resource", One(RESOURCE)),
    (resource_spans::SCOPE_SPANS, "scopeSpans", Many(SCOPE_SPANS)),
    (resource_spans::SCHEMA_URL, "schemaUrl", Text),
];
const RESOURCE: MessageTable = &[
    (resource::ATTRIBUTES, "attributes", Many(ATTRIBUTE)),
    (resource::DROPPED_ATTRIBUTES_COUNT, "droppedAttributesCount", Number),
];
const SCOPE_SPANS: MessageTable = &[
    (scope_spans::SCOPE, "scope", One(SCOPE)),
    (scope_spans::SPANS, "spans", Many(SPAN)),
    (scope_spans::SCHEMA_URL, "schemaUrl", Text),
];
const SCOPE: MessageTable = &[
    (scope::NAME, "name", Text),
    (scope::VERSION, "version", Text),
    (scope::ATTRIBUTES, "attributes", Many(ATTRIBUTE)),
    (scope::DROPPED_ATTRIBUTES_COUNT, "droppedAttributesCount", Number),
];
const SPAN: MessageTable = &[
    (span::TRACE_ID, "traceId", Id),
    (span::SPAN_ID, "spanId", Id),
    (span::TRACE_STATE, "traceState", Text),
    (span::PARENT_SPAN_ID, "parentSpanId", Id),
    (span::FLAGS, "flags", Number),
    (span::NAME, "name", Text),
    (span::KIND, "kind", Number),
    (span::START_TIME_UNIX_NANO, "startTimeUnixNano", Unsigned),
    (span::END_TIME_UNIX_NANO, "endTimeUnixNano", Unsigned),
    (span::ATTRIBUTES, "attributes", Many(ATTRIBUTE)),
    (span::DROPPED_ATTRIBUTES_COUNT, "droppedAttributesCount", Number),
    (span::EVENTS, "events", Many(EVENT)),
    (span::DROPPED_EVENTS_COUNT, "droppedEventsCount", Number),
    (span::LINKS, "links", Many(LINK)),
    (span::DROPPED_LINKS_COUNT, "droppedLinksCount", Number),
    (span::STATUS, "status", One(STATUS)),
];
const EVENT: MessageTable = &[
    (event::TIME_UNIX_NANO, "timeUnixNano", Unsigned),
    (event::NAME, "name", Text),
    (event::ATTRIBUTES, "attributes", Many(ATTRIBUTE)),
    (event::DROPPED_ATTRIBUTES_COUNT, "droppedAttributesCount", Number),
];
const LINK: MessageTable = &[
    (link::TRACE_ID, "traceId", Id),
    (link::SPAN_ID, "spanId", Id),
    (link::TRACE_STATE, "traceState", Text),
    (link::ATTRIBUTES, "attributes", Many(ATTRIBUTE)),
    (link::DROPPED_ATTRIBUTES_COUNT, "droppedAttributesCount", Number),
    (link::FLAGS, "flags", Number),
];
const STATUS: MessageTable = &[(status::MESSAGE, "message", Text), (status::CODE, "code", Number)];
const ATTRIBUTE: MessageTable = &[(key_value::KEY, "key", Key), (key_value::VALUE, "value", Value)];
const VALUE: MessageTable = &[
    (any_value::STRING, "stringValue", Text),
    (any_value::BOOL, "boolValue", Bool),
    (any_value::INT, "intValue", Signed),
    (any_value::DOUBLE, "doubleValue", Double),
    (any_value::ARRAY, "arrayValue", One(ARRAY)),
];
const ARRAY: MessageTable = &[(array_value::VALUES, "values", Values)];

/// Appends an encoded `ExportTraceServiceRequest` as a line of JSON. It is a `TracesData` as well.
pub(crate) fn put_request(out: &mut String, encoded: &[u8]) {
    put_message(out, REQUEST, encoded);
    out.push('\n');
}

fn put_message(out: &mut String, message: MessageTable, encoded: &[u8]) {
    out.push('{');
    let mut is_first = true;
    for (number, name, kind) in message {
        // Repeated fields need not follow each other.
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
            // If a field is there several times, the last one counts.
            _ => put_field(out, *kind, fields.last().unwrap_or(Field::Number(0))),
        }
    }
    out.push('}');
}

fn put_field(out: &mut String, kind: FieldKind, field: Field<'_>) {
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

/// Appends a number as protobuf's JSON has it: infinities and NaN are texts.
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
    use crate::otlp::json::*;

    #[test]
    fn infinities_and_nan_are_texts() {
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
    fn texts_are_escaped() {
        let mut out = String::new();
        put_text(&mut out, "a\"b\\c\nd\u{1}é\u{2028}");
        assert_eq!(out, "\"a\\\"b\\\\c\\nd\\u0001é\u{2028}\"");
    }
}
