//! Attributes of an open span, encoded.

use std::ops::Range;

use opentelemetry::{Key, KeyValue, Value};

use crate::engine::span::limits::Limits;
use crate::otlp;
use crate::otlp::Fields;

/// The field of an OTLP span that each is.
const FIELD: u8 = 9;

/// Attributes as an OTLP span has them, each key once, and how many there was no room for.
#[derive(Debug, Default)]
pub(in crate::engine) struct Attributes {
    pub(in crate::engine) encoded: Vec<u8>,
    count: u32,
    pub(in crate::engine) dropped: u32,
}

impl Attributes {
    /// Empty again, with the room it had.
    pub(in crate::engine) fn clear(&mut self, beforehand: u32) {
        self.encoded.clear();
        self.count = beforehand;
        self.dropped = 0;
    }

    /// Adds an attribute, or gives it another value.
    #[inline]
    pub(in crate::engine) fn set(&mut self, key: &str, value: &Value, limits: &Limits) {
        match self.find(key) {
            Some(place) => self.replace(place, key, value, limits),
            None => self.add(key, value, limits),
        }
    }

    /// Adds an attribute of a key that is not there.
    #[inline]
    pub(in crate::engine) fn add(&mut self, key: &str, value: &Value, limits: &Limits) {
        if self.has_room(limits) {
            otlp::put_attribute(&mut self.encoded, FIELD, key, value, limits.value_length);
        }
    }

    /// Adds a text of a key that is not there.
    #[cfg(any(feature = "client", feature = "server"))]
    #[inline]
    pub(in crate::engine) fn add_text(&mut self, key: &str, text: &str, limits: &Limits) {
        if self.has_room(limits) {
            otlp::put_text_attribute(&mut self.encoded, FIELD, key, text, limits.value_length);
        }
    }

    /// Whether there is room for one more; counted either way.
    #[inline]
    fn has_room(&mut self, limits: &Limits) -> bool {
        let has_room = self.count < limits.attributes;
        let counter = if has_room { &mut self.count } else { &mut self.dropped };
        *counter = counter.saturating_add(1);
        has_room
    }

    #[cold]
    fn replace(&mut self, place: Range<usize>, key: &str, value: &Value, limits: &Limits) {
        let mut encoded = Vec::new();
        otlp::put_attribute(&mut encoded, FIELD, key, value, limits.value_length);
        self.encoded.splice(place, encoded);
    }

    /// Takes an attribute out; whether it was there.
    pub(in crate::engine) fn remove(&mut self, key: &str) -> bool {
        let place = self.find(key);
        if let Some(place) = place.clone() {
            self.encoded.drain(place);
            self.count -= 1;
        }
        place.is_some()
    }

    /// Other attributes than these were counted, and are no more.
    pub(in crate::engine) fn give_room(&mut self, count: u32) {
        self.count = self.count.saturating_sub(count);
    }

    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        Fields(&self.encoded).filter_map(|(_, attribute)| otlp::attribute(attribute.bytes()))
    }

    /// All of them, as the API has them.
    pub(in crate::engine) fn decoded(&self) -> Vec<KeyValue> {
        self.iter().map(|(key, value)| KeyValue::new(Key::new(key.to_owned()), value)).collect()
    }

    /// Where the attribute of this key is.
    #[inline]
    fn find(&self, key: &str) -> Option<Range<usize>> {
        let mut begin = 0;
        while let Some((attribute, end)) = otlp::message(&self.encoded, begin) {
            if otlp::has_key(attribute, key) {
                return Some(begin..end);
            }
            begin = end;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::span::attributes::*;

    #[test]
    fn a_key_is_there_once_and_keeps_its_place() {
        let limits = Limits { attributes: 3, ..Limits::default() };
        let mut attributes = Attributes::default();
        for (key, value) in [("a", 1), ("b", 2), ("c", 3), ("b", 1 << 40), ("d", 4)] {
            attributes.set(key, &Value::I64(value), &limits);
        }
        let seen = |attributes: &Attributes| {
            attributes.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(seen(&attributes), ["a=1", "b=1099511627776", "c=3"]);
        assert_eq!(attributes.dropped, 1);
        assert!(attributes.remove("a") && !attributes.remove("a"));
        attributes.set("d", &Value::I64(4), &limits);
        assert_eq!(seen(&attributes), ["b=1099511627776", "c=3", "d=4"]);
    }
}
