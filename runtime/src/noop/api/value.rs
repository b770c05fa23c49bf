//! The values of attributes, as the crate `opentelemetry` has them: a type of the application's own becomes one in both modes.
//!
//! There is no conversion here that is not there, and none is missing: a program that compiles in one mode compiles in the other.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::sync::Arc;

/// The value of an attribute, as the crate `opentelemetry` has it: [`AttributeValue`](crate::AttributeValue) makes it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// A double.
    F64(f64),
    /// A text.
    String(StringValue),
    /// A list of values of one type.
    Array(Array),
}

/// A list of values of one type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Array {
    /// Booleans.
    Bool(Vec<bool>),
    /// Signed integers.
    I64(Vec<i64>),
    /// Doubles.
    F64(Vec<f64>),
    /// Texts.
    String(Vec<StringValue>),
}

/// A text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StringValue(Cow<'static, str>);

impl StringValue {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value {
    /// Returns the value as text.
    #[must_use]
    pub fn as_str(&self) -> Cow<'_, str> {
        match self {
            Self::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        }
    }
}

impl AsRef<str> for StringValue {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<StringValue> for String {
    fn from(text: StringValue) -> Self {
        text.0.into_owned()
    }
}

impl From<Value> for StringValue {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => text,
            other => other.to_string().into(),
        }
    }
}

impl From<Arc<str>> for StringValue {
    fn from(text: Arc<str>) -> Self {
        Self(Cow::Owned((*text).to_owned()))
    }
}

macro_rules! texts {
    ($($ty:ty),*) => {$(
        impl From<$ty> for StringValue {
            fn from(text: $ty) -> Self {
                Self(Cow::from(text))
            }
        }
    )*};
}

macro_rules! values {
    ($($variant:ident: $ty:ty),*) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

macro_rules! arrays {
    ($($variant:ident: $ty:ty),*) => {$(
        impl From<Vec<$ty>> for Array {
            fn from(values: Vec<$ty>) -> Self {
                Self::$variant(values)
            }
        }
    )*};
}

texts!(&'static str, String, Cow<'static, str>);
arrays!(Bool: bool, I64: i64, F64: f64, String: StringValue);
values!(Bool: bool, I64: i64, F64: f64, String: StringValue);
values!(String: &'static str, String: String, String: Arc<str>, String: Cow<'static, str>);

impl Display for StringValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::String(value) => value.fmt(f),
            Self::Array(values) => values.fmt(f),
        }
    }
}

impl Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list(f: &mut fmt::Formatter<'_>, values: &[impl Display], quote: &str) -> fmt::Result {
            f.write_str("[")?;
            for (index, value) in values.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(f, "{comma}{quote}{value}{quote}")?;
            }
            f.write_str("]")
        }
        match self {
            Self::Bool(values) => list(f, values, ""),
            Self::I64(values) => list(f, values, ""),
            Self::F64(values) => list(f, values, ""),
            Self::String(values) => list(f, values, "\""),
        }
    }
}
