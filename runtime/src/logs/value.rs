//! The fields of a line: names, each of which is there once, and values as they were given.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FieldValue {
    #[cfg_attr(not(feature = "log"), allow(dead_code, reason = "tracing has none"))]
    Null,
    Bool(bool),
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F64(f64),
    Text(String),
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
            // JSON has no word for it, and a `null` would not tell which it was.
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

/// Names and values, in the order in which they were given; of a name that was given twice, the last value.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(Cow<'static, str>, FieldValue)>);

impl Fields {
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

    /// The same under names that stand on one level with others: each is made fit by `fit`, and `fields.` is put before
    /// what is `taken` by then.
    pub(super) fn beside<'a>(
        &'a self,
        taken: &[&str],
        fit: impl Fn(&str) -> Cow<'_, str>,
    ) -> Vec<(Cow<'a, str>, &'a FieldValue)> {
        let mut placed: Vec<(Cow<'a, str>, &FieldValue)> = Vec::with_capacity(self.0.len());
        for (name, value) in self.iter() {
            let mut name: Cow<'a, str> = Cow::Owned(fit(name).into_owned());
            while taken.contains(&&*name) || placed.iter().any(|(known, _)| *known == name) {
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
    fn of_a_name_that_is_given_twice_the_last_value_stays() {
        let mut fields = Fields::default();
        fields.set("a", FieldValue::I64(1));
        fields.set("b", FieldValue::I64(2));
        fields.set("a", FieldValue::I64(3));
        assert_eq!(
            fields.iter().collect::<Vec<_>>(),
            [("a", &FieldValue::I64(3)), ("b", &FieldValue::I64(2))]
        );
    }

    #[test]
    fn on_one_level_no_name_is_there_twice() {
        let mut fields = Fields::default();
        for name in ["fields.level", "level", "a b", "a_b"] {
            fields.set(name, FieldValue::Bool(true));
        }
        let placed = fields.beside(&["level"], |name| name.replace(' ', "_").into());
        let names: Vec<_> = placed.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["fields.level", "fields.fields.level", "a_b", "fields.a_b"]);
    }
}
