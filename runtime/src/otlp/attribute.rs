//! Attributes: `KeyValue` and `AnyValue` of OTLP's
//! [common](https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto).

use std::collections::HashMap;

use opentelemetry::{Array, Key, KeyValue, Value};

use crate::otlp::fields::any_value::{ARRAY, BOOL, DOUBLE, INT, STRING};
use crate::otlp::fields::array_value::VALUES;
use crate::otlp::fields::key_value::{KEY, VALUE};
use crate::otlp::read::{Field, Fields};
use crate::otlp::write::{
    length_of_field, length_of_varint, put_bytes, put_fixed64, put_length, put_number, put_oneof_number,
    put_varint,
};

/// How many attributes an event or a link may have, and how many characters a text among them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeLimits {
    pub(crate) max_count: u32,
    pub(crate) max_length: usize,
}

/// Appends the attributes of an event or a link as `field`, up to the limit; and as `dropped_field` how many there were
/// beyond it, added to those that were `dropped` before. Of several values of one key the last one counts.
pub(super) fn put_attributes(
    out: &mut Vec<u8>,
    (field, dropped_field): (u8, u8),
    attributes: &[KeyValue],
    dropped: u32,
    limits: AttributeLimits,
) {
    let mut over_limit = 0_u32;
    let mut left = limits.max_count;
    for attribute in without_replaced(attributes) {
        if left == 0 {
            over_limit = over_limit.saturating_add(1);
            continue;
        }
        left -= 1;
        put_attribute(out, field, attribute.key.as_str(), &attribute.value, limits.max_length);
    }
    put_number(out, dropped_field, dropped.saturating_add(over_limit).into());
}

/// The attributes without those that a later one replaces.
pub(crate) fn without_replaced(attributes: &[KeyValue]) -> impl Iterator<Item = &KeyValue> {
    /// Up to so many they are compared one by one.
    const FEW: usize = 32;
    let last_of_many: HashMap<&str, usize> = match attributes.len() {
        0..=FEW => HashMap::new(),
        _ => attributes.iter().enumerate().map(|(index, one)| (one.key.as_str(), index)).collect(),
    };
    let is_last = move |index: usize, one: &KeyValue| match last_of_many.get(one.key.as_str()) {
        Some(last) => *last == index,
        None => attributes[index + 1..].iter().all(|later| later.key != one.key),
    };
    attributes.iter().enumerate().filter(move |(index, one)| is_last(*index, one)).map(|(_, one)| one)
}

/// Appends an attribute as field `field`. Texts are cut after `max_length` characters.
#[inline]
pub(crate) fn put_attribute(out: &mut Vec<u8>, field: u8, key: &str, value: &Value, max_length: usize) {
    match value {
        Value::I64(value) => put_int(out, field, key, *value),
        Value::String(text) if text.as_str().len() <= max_length.min(SHORT) => {
            put_text(out, field, key, text.as_str())
        }
        value => put_any(out, field, key, &AnyValue::of(value, max_length)),
    }
}

/// Like [`put_attribute`], for a borrowed text.
#[cfg(any(feature = "client", feature = "server"))]
#[inline]
pub(crate) fn put_text_attribute(out: &mut Vec<u8>, field: u8, key: &str, text: &str, max_length: usize) {
    if text.len() <= max_length.min(SHORT) {
        put_text(out, field, key, text);
    } else {
        put_any(out, field, key, &AnyValue::String(cut(text, max_length)));
    }
}

/// The longest key and the longest text, in bytes, for which every length takes one byte.
const SHORT: usize = 50;

/// A short key has a fast path: nearly all keys are short.
#[inline]
fn put_int(out: &mut Vec<u8>, field: u8, key: &str, value: i64) {
    if key.len() > SHORT || key.is_empty() {
        return put_any(out, field, key, &AnyValue::Int(value));
    }
    let byte = |length: usize| length.to_le_bytes()[0];
    let number = value.cast_unsigned();
    let length = length_of_varint(number);
    out.reserve(4 + SHORT + 3 + 10);
    out.extend_from_slice(&[field << 3 | 2, byte(2 + key.len() + 3 + length), KEY << 3 | 2, byte(key.len())]);
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(&[VALUE << 3 | 2, byte(1 + length), INT << 3]);
    put_varint(out, number);
}

/// Fast path for a short text under a short key.
#[inline]
fn put_text(out: &mut Vec<u8>, field: u8, key: &str, text: &str) {
    if key.len() > SHORT || key.is_empty() {
        return put_any(out, field, key, &AnyValue::String(text));
    }
    let byte = |length: usize| length.to_le_bytes()[0];
    let (key_length, text_length) = (key.len(), text.len());
    out.reserve(8 + 2 * SHORT);
    out.extend_from_slice(&[
        field << 3 | 2,
        byte(2 + key_length + 4 + text_length),
        KEY << 3 | 2,
        byte(key_length),
    ]);
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(&[VALUE << 3 | 2, byte(2 + text_length), STRING << 3 | 2, byte(text_length)]);
    out.extend_from_slice(text.as_bytes());
}

fn put_any(out: &mut Vec<u8>, field: u8, key: &str, value: &AnyValue<'_>) {
    let value_length = value.length();
    let key_length = if key.is_empty() { 0 } else { length_of_field(key.len()) };
    put_length(out, field, key_length + length_of_field(value_length));
    put_bytes(out, KEY, key.as_bytes());
    put_length(out, VALUE, value_length);
    value.put(out);
}

/// The content of an `AnyValue`.
enum AnyValue<'a> {
    String(&'a str),
    Bool(bool),
    Int(i64),
    Double(f64),
    Array(&'a Array, usize),
    Nothing,
}

/// The first `max_length` characters of a text.
fn cut(text: &str, max_length: usize) -> &str {
    if text.len() <= max_length {
        return text;
    }
    text.char_indices().nth(max_length).map_or(text, |(at, _)| &text[..at])
}

impl<'a> AnyValue<'a> {
    #[inline]
    fn of(value: &'a Value, max_length: usize) -> Self {
        match value {
            Value::String(text) => Self::String(cut(text.as_str(), max_length)),
            Value::Bool(value) => Self::Bool(*value),
            Value::I64(value) => Self::Int(*value),
            Value::F64(value) => Self::Double(*value),
            Value::Array(array) => Self::Array(array, max_length),
            _ => Self::Nothing,
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::String(text) => length_of_field(text.len()),
            Self::Bool(_) => 2,
            Self::Int(value) => 1 + length_of_varint(value.cast_unsigned()),
            Self::Double(_) => 9,
            Self::Array(array, max_length) => length_of_field(length_of_elements(array, *max_length)),
            Self::Nothing => 0,
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        match self {
            // An empty text is written too: without a field there would be no value.
            Self::String(text) => {
                put_length(out, STRING, text.len());
                out.extend_from_slice(text.as_bytes());
            }
            Self::Bool(value) => put_oneof_number(out, BOOL, u64::from(*value)),
            Self::Int(value) => put_oneof_number(out, INT, value.cast_unsigned()),
            Self::Double(value) => put_fixed64(out, DOUBLE, value.to_bits()),
            Self::Array(array, max_length) => {
                put_length(out, ARRAY, length_of_elements(array, *max_length));
                for element in elements(array, *max_length) {
                    put_length(out, VALUES, element.length());
                    element.put(out);
                }
            }
            Self::Nothing => {}
        }
    }
}

fn length_of_elements(array: &Array, max_length: usize) -> usize {
    elements(array, max_length).map(|one| length_of_field(one.length())).sum()
}

fn elements(array: &Array, max_length: usize) -> Box<dyn Iterator<Item = AnyValue<'_>> + '_> {
    match array {
        Array::Bool(values) => Box::new(values.iter().map(|value| AnyValue::Bool(*value))),
        Array::I64(values) => Box::new(values.iter().map(|value| AnyValue::Int(*value))),
        Array::F64(values) => Box::new(values.iter().map(|value| AnyValue::Double(*value))),
        Array::String(values) => {
            Box::new(values.iter().map(move |value| AnyValue::String(cut(value.as_str(), max_length))))
        }
        _ => Box::new(std::iter::empty()),
    }
}

/// The key of an encoded attribute.
fn attribute_key(encoded: &[u8]) -> &[u8] {
    match Fields(encoded).next() {
        Some((KEY, key)) => key.bytes(),
        _ => &[],
    }
}

/// Whether an encoded attribute has this key.
#[inline]
pub(crate) fn has_key(encoded: &[u8], key: &str) -> bool {
    if key.is_empty() || key.len() > SHORT {
        return attribute_key(encoded) == key.as_bytes();
    }
    let (start, rest) = encoded.split_at_checked(2).unwrap_or_default();
    start == [KEY << 3 | 2, key.len().to_le_bytes()[0]] && rest.starts_with(key.as_bytes())
}

/// Decodes an attribute; `None` for a value that the API's attributes cannot hold.
pub(crate) fn read_attribute(encoded: &[u8]) -> Option<(&str, Value)> {
    let (_, value) = Fields(encoded).find(|(field, _)| *field == VALUE)?;
    Some((std::str::from_utf8(attribute_key(encoded)).unwrap_or_default(), any_value(value.bytes())?))
}

/// Decodes an attribute, as the API has it.
pub(crate) fn read_key_value(encoded: &[u8]) -> Option<KeyValue> {
    let (key, value) = read_attribute(encoded)?;
    Some(KeyValue::new(Key::new(key.to_owned()), value))
}

fn any_value(encoded: &[u8]) -> Option<Value> {
    Some(match Fields(encoded).next()? {
        (STRING, text) => Value::from(text.text().to_owned()),
        (BOOL, Field::Number(value)) => Value::Bool(value != 0),
        (INT, Field::Number(value)) => Value::I64(value.cast_signed()),
        (DOUBLE, Field::Fixed64(value)) => Value::F64(f64::from_bits(value)),
        (ARRAY, Field::Bytes(elements)) => {
            let elements = Fields(elements).map(|(_, element)| any_value(element.bytes()));
            Value::Array(array(elements.collect::<Option<Vec<_>>>()?)?)
        }
        _ => return None,
    })
}

/// An array of its first element's type; of texts where it is empty, since its type is not encoded.
fn array(elements: Vec<Value>) -> Option<Array> {
    fn all<T>(elements: Vec<Value>, one: impl FnMut(Value) -> Option<T>) -> Option<Vec<T>> {
        elements.into_iter().map(one).collect()
    }
    Some(match elements.first() {
        Some(Value::Bool(_)) => Array::Bool(all(elements, |one| match one {
            Value::Bool(value) => Some(value),
            _ => None,
        })?),
        Some(Value::I64(_)) => Array::I64(all(elements, |one| match one {
            Value::I64(value) => Some(value),
            _ => None,
        })?),
        Some(Value::F64(_)) => Array::F64(all(elements, |one| match one {
            Value::F64(value) => Some(value),
            _ => None,
        })?),
        _ => Array::String(all(elements, |one| match one {
            Value::String(value) => Some(value),
            _ => None,
        })?),
    })
}

#[cfg(test)]
mod tests {
    use crate::otlp::attribute::*;

    fn encode_and_decode(value: &Value, max_length: usize) -> Value {
        let mut out = Vec::new();
        put_attribute(&mut out, 9, "key", value, max_length);
        let mut fields = Fields(&out);
        let (field, encoded) = fields.next().expect("a field");
        assert!(fields.next().is_none());
        assert_eq!(field, 9);
        let (key, value) = read_attribute(encoded.bytes()).expect("an attribute");
        assert_eq!(key, "key");
        value
    }

    #[test]
    fn every_kind_of_value_survives_encoding() {
        for value in [
            Value::from("text"),
            Value::from(""),
            Value::from("x".repeat(300)),
            Value::Bool(true),
            Value::Bool(false),
            Value::I64(0),
            Value::I64(i64::MIN),
            Value::I64(127),
            Value::I64(128),
            Value::I64(i64::MAX),
            Value::F64(-0.5),
            Value::Array(Array::Bool(vec![true, false])),
            Value::Array(Array::I64(vec![1, -1])),
            Value::Array(Array::F64(vec![0.0, f64::INFINITY])),
            Value::Array(Array::String(vec!["a".into(), String::new().into()])),
            Value::Array(Array::String(Vec::new())),
        ] {
            assert_eq!(encode_and_decode(&value, usize::MAX), value);
        }
    }

    /// Of an event and of a link, however many attributes they have.
    #[test]
    fn of_several_values_of_one_key_the_last_one_counts() {
        let read = |attributes: &[KeyValue], max_count| {
            let mut out = Vec::new();
            put_attributes(&mut out, (3, 4), attributes, 1, AttributeLimits { max_count, max_length: 9 });
            let read =
                |number| Fields(&out).filter(move |(found, _)| *found == number).map(|(_, field)| field);
            let values = read(3).filter_map(|field| read_key_value(field.bytes()));
            let values: Vec<_> = values.map(|one| format!("{}={}", one.key, one.value)).collect();
            (values.join(" "), read(4).next().map(Field::count))
        };
        let of = |pairs: &[(&'static str, i64)]| -> Vec<KeyValue> {
            pairs.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect()
        };
        assert_eq!(read(&of(&[("a", 1), ("b", 2), ("a", 3)]), 9), ("b=2 a=3".to_owned(), Some(1)));
        assert_eq!(read(&of(&[("a", 1), ("a", 2), ("b", 3), ("c", 4)]), 2), ("a=2 b=3".to_owned(), Some(2)));
        let many: Vec<_> =
            (0..1_000).map(|number| KeyValue::new(format!("key{}", number % 7), number)).collect();
        let (values, dropped) = read(&many, 128);
        assert_eq!(values.split(' ').count(), 7, "{values}");
        assert_eq!(dropped, Some(1));
    }

    #[test]
    fn texts_are_cut_after_characters_not_bytes() {
        assert_eq!(encode_and_decode(&Value::from("äöü"), 2), Value::from("äö"));
        assert_eq!(encode_and_decode(&Value::from("äö"), 2), Value::from("äö"));
        let texts = Array::String(vec!["abc".into(), "d".into()]);
        let cut = Array::String(vec!["a".into(), "d".into()]);
        assert_eq!(encode_and_decode(&Value::Array(texts), 1), Value::Array(cut));
    }
}
