//! The fields of a log line or a `tracing` span. Each name is there once.

use std::borrow::Cow;
use std::fmt;

#[cfg(feature = "logs")]
use opentelemetry::{KeyValue, Value};
use serde::{Serialize, Serializer};

#[cfg(feature = "logs")]
use crate::value::AttributeValue as _;

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FieldValue {
    #[cfg_attr(not(feature = "log"), allow(dead_code, reason = "only the crate `log` has it"))]
    Null,
    Bool(bool),
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F64(f64),
    Text(String),
}

#[cfg(feature = "logs")]
impl FieldValue {
    /// Returns the value as an attribute's; `None` for null.
    pub(super) fn into_value(self) -> Option<Value> {
        match self {
            Self::Null => None,
            Self::Bool(value) => Some(Value::Bool(value)),
            Self::I64(value) => Some(Value::I64(value)),
            Self::U64(value) => value.to_value(),
            Self::I128(value) => value.to_value(),
            Self::U128(value) => value.to_value(),
            Self::F64(value) => Some(Value::F64(value)),
            Self::Text(text) => Some(Value::from(text)),
        }
    }
}

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_none(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::I64(value) => to.serialize_i64(*value),
            Self::U64(value) => to.serialize_u64(*value),
            Self::I128(value) => to.serialize_i128(*value),
            Self::U128(value) => to.serialize_u128(*value),
            Self::F64(value) if value.is_finite() => to.serialize_f64(*value),
            // JSON has no NaN and no infinity, and `null` would not say which it was.
            Self::F64(value) => to.collect_str(value),
            Self::Text(text) => to.serialize_str(text),
        }
    }
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::U64(value) => value.fmt(f),
            Self::I128(value) => value.fmt(f),
            Self::U128(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Names and values, in the order of the first use of each name. A later value replaces an earlier one.
#[derive(Debug, Default)]
pub(super) struct LogFields(Vec<(Cow<'static, str>, FieldValue)>);

impl LogFields {
    pub(super) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: FieldValue) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    #[cfg(feature = "logs")]
    pub(super) fn get(&self, name: &str) -> Option<&FieldValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    #[cfg(feature = "logs")]
    pub(super) fn take(&mut self, name: &str) -> Option<FieldValue> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(index).1)
    }

    #[cfg(feature = "logs")]
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    #[cfg(feature = "logs")]
    pub(super) fn into_iter(self) -> impl Iterator<Item = (Cow<'static, str>, FieldValue)> {
        self.0.into_iter()
    }

    /// Returns the fields as attributes.
    #[cfg(feature = "logs")]
    pub(super) fn into_attributes(self) -> impl Iterator<Item = KeyValue> {
        self.0.into_iter().filter_map(|(name, value)| Some(KeyValue::new(name, value.into_value()?)))
    }

    /// Returns the fields under names that are unique beside the `reserved` ones. `key` makes a name a valid key; `fields.` is
    /// prepended as often as the name is taken.
    pub(super) fn flattened<'a>(
        &'a self,
        reserved: &[&str],
        key: impl Fn(&str) -> Cow<'_, str>,
    ) -> Vec<(Cow<'a, str>, &'a FieldValue)> {
        let mut placed: Vec<(Cow<'a, str>, &FieldValue)> = Vec::with_capacity(self.0.len());
        for (name, value) in self.iter() {
            let mut name: Cow<'a, str> = Cow::Owned(key(name).into_owned());
            while reserved.contains(&&*name) || placed.iter().any(|(known, _)| *known == name) {
                name = Cow::Owned(format!("fields.{name}"));
            }
            placed.push((name, value));
        }
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let mut fields = LogFields::default();
        fields.set("a", FieldValue::I64(1));
        fields.set("b", FieldValue::I64(2));
        fields.set("a", FieldValue::I64(3));
        assert_eq!(
            fields.iter().collect::<Vec<_>>(),
            [("a", &FieldValue::I64(3)), ("b", &FieldValue::I64(2))]
        );
    }

    #[test]
    fn flattened_names_are_unique() {
        let mut fields = LogFields::default();
        for name in ["fields.level", "level", "a b", "a_b"] {
            fields.set(name, FieldValue::Bool(true));
        }
        let placed = fields.flattened(&["level"], |name| name.replace(' ', "_").into());
        let names: Vec<_> = placed.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["fields.level", "fields.fields.level", "a_b", "fields.a_b"]);
    }
}
