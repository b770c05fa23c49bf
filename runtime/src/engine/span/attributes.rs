//! The attributes of a running span, encoded.

use std::ops::Range;

use opentelemetry::{Key, KeyValue, Value};

use crate::engine::span::limits::Limits;
use crate::otlp;
use crate::otlp::Fields;
use crate::otlp::fields::span::ATTRIBUTES;

/// Attributes as fields of an OTLP span, each key once; and how many were over the limit.
#[derive(Debug, Default)]
pub(in crate::engine) struct Attributes {
    pub(in crate::engine) encoded: Vec<u8>,
    /// How many there are, those of the callsite included.
    count: u32,
    /// How many were over the limit.
    pub(in crate::engine) dropped: u32,
}

impl Attributes {
    /// Removes all attributes and keeps the memory. `callsite_count` attributes of the callsite count toward the limit.
    pub(in crate::engine) fn clear(&mut self, callsite_count: u32) {
        self.encoded.clear();
        self.count = callsite_count;
        self.dropped = 0;
    }

    /// Adds an attribute, or replaces its value.
    #[inline]
    pub(in crate::engine) fn set(&mut self, key: &str, value: &Value, limits: &Limits) {
        match self.find(key) {
            Some(place) => self.replace(place, key, value, limits),
            None => self.add(key, value, limits),
        }
    }

    /// Adds an attribute whose key is not there yet.
    #[inline]
    pub(in crate::engine) fn add(&mut self, key: &str, value: &Value, limits: &Limits) {
        if self.count_one(limits) {
            otlp::put_attribute(&mut self.encoded, ATTRIBUTES, key, value, limits.value_length);
        }
    }

    /// Adds a text whose key is not there yet.
    #[cfg(any(feature = "client", feature = "server"))]
    #[inline]
    pub(in crate::engine) fn add_text(&mut self, key: &str, text: &str, limits: &Limits) {
        if self.count_one(limits) {
            otlp::put_text_attribute(&mut self.encoded, ATTRIBUTES, key, text, limits.value_length);
        }
    }

    /// Whether the limit allows one more attribute. Counts it as added or as dropped.
    #[inline]
    fn count_one(&mut self, limits: &Limits) -> bool {
        let is_allowed = self.count < limits.attributes;
        let counter = if is_allowed { &mut self.count } else { &mut self.dropped };
        *counter = counter.saturating_add(1);
        is_allowed
    }

    #[cold]
    fn replace(&mut self, place: Range<usize>, key: &str, value: &Value, limits: &Limits) {
        let mut encoded = Vec::new();
        otlp::put_attribute(&mut encoded, ATTRIBUTES, key, value, limits.value_length);
        self.encoded.splice(place, encoded);
    }

    /// Removes an attribute. Returns whether it was there.
    pub(in crate::engine) fn remove(&mut self, key: &str) -> bool {
        let place = self.find(key);
        if let Some(place) = place.clone() {
            self.encoded.drain(place);
            self.count -= 1;
        }
        place.is_some()
    }

    /// Stops counting `count` attributes of the callsite.
    pub(in crate::engine) fn uncount(&mut self, count: u32) {
        self.count = self.count.saturating_sub(count);
    }

    /// The attributes, decoded.
    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        Fields(&self.encoded).filter_map(|(_, attribute)| otlp::read_attribute(attribute.bytes()))
    }

    /// All attributes, as the API has them.
    pub(in crate::engine) fn decoded(&self) -> Vec<KeyValue> {
        self.iter().map(|(key, value)| KeyValue::new(Key::new(key.to_owned()), value)).collect()
    }

    /// The bytes of the attribute with this key.
    #[inline]
    fn find(&self, key: &str) -> Option<Range<usize>> {
        let mut begin = 0;
        while let Some((attribute, end)) = otlp::message_at(&self.encoded, begin) {
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
    use super::*;

    #[test]
    fn a_key_is_unique_and_keeps_its_place() {
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
