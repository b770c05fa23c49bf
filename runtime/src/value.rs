//! Attribute values, and how Rust values become them.
//!
//! [Attribute values](https://opentelemetry.io/docs/specs/otel/common/#attribute): booleans, signed
//! 64-bit integers, doubles, strings, and arrays of one of these.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::num::{NonZero, Saturating, Wrapping};
use std::rc::Rc;
use std::sync::Arc;

#[cfg(feature = "record")]
use crate::api::KeyValue;
use crate::api::{Array, StringValue, Value};
use crate::redacted::Redacted;

/// A value that becomes a typed attribute, without being formatted.
///
/// It is implemented for booleans, integers (`NonZero`, `Wrapping` and `Saturating` among them), floats and strings; for slices,
/// arrays and vectors of these; for `format_args!` and `dyn Error`, which become text; for `Option` (`None` means no attribute);
/// and for references and smart pointers. An integer beyond the range of `i64`, which OpenTelemetry cannot
/// hold, becomes its decimal text.
///
/// For any other type, `%value` records the `Display` form and `?value` the `Debug` form.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an attribute's value",
    label = "use `%` to record its `Display` form, or `?` to record its `Debug` form",
    note = "for example `fields(name = %value)` or `fields(name = ?value)`"
)]
pub trait AttributeValue {
    /// Returns the attribute's value; `None` for no attribute.
    fn to_value(&self) -> Option<Value>;
}

macro_rules! scalars {
    ($($ty:ty => $as:ty),* $(,)?) => {$(
        impl AttributeValue for $ty {
            fn to_value(&self) -> Option<Value> {
                Some(Value::from(<$as>::from(*self)))
            }
        }

        impl AttributeValue for [$ty] {
            fn to_value(&self) -> Option<Value> {
                let values: Vec<$as> = self.iter().map(|value| <$as>::from(*value)).collect();
                Some(Value::Array(Array::from(values)))
            }
        }
    )*};
}

scalars!(bool => bool, i8 => i64, i16 => i64, i32 => i64, i64 => i64, u8 => i64, u16 => i64, u32 => i64, f32 => f64, f64 => f64);

macro_rules! wide_integers {
    ($($ty:ty),*) => {$(
        impl AttributeValue for $ty {
            fn to_value(&self) -> Option<Value> {
                Some(match i64::try_from(*self) {
                    Ok(value) => Value::I64(value),
                    Err(_) => Value::from(self.to_string()),
                })
            }
        }

        impl AttributeValue for [$ty] {
            fn to_value(&self) -> Option<Value> {
                let values: Result<Vec<i64>, _> = self.iter().map(|value| i64::try_from(*value)).collect();
                Some(Value::Array(match values {
                    Ok(values) => Array::I64(values),
                    Err(_) => Array::String(self.iter().map(|value| value.to_string().into()).collect()),
                }))
            }
        }
    )*};
}

wide_integers!(isize, u64, usize, i128, u128);

macro_rules! through {
    ($($wrapper:ident: $get:expr => $($ty:ty),*;)*) => {$($(
        impl AttributeValue for $wrapper<$ty> {
            fn to_value(&self) -> Option<Value> {
                $get(*self).to_value()
            }
        }

        impl AttributeValue for [$wrapper<$ty>] {
            fn to_value(&self) -> Option<Value> {
                self.iter().map(|value| $get(*value)).collect::<Vec<$ty>>().to_value()
            }
        }
    )*)*};
}

through! {
    NonZero: NonZero::get => i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize;
    Wrapping: (|value: Wrapping<_>| value.0) => i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize;
    Saturating: (|value: Saturating<_>| value.0) => i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize;
}

/// The text.
impl AttributeValue for fmt::Arguments<'_> {
    fn to_value(&self) -> Option<Value> {
        Some(Value::from(text(*self)))
    }
}

macro_rules! errors {
    ($($ty:ty),*) => {$(
        /// The error's text, without its sources.
        impl AttributeValue for $ty {
            fn to_value(&self) -> Option<Value> {
                Some(Value::from(text(format_args!("{self}"))))
            }
        }
    )*};
}

errors!(dyn Error + '_, dyn Error + Send + '_, dyn Error + Send + Sync + '_);

impl AttributeValue for str {
    fn to_value(&self) -> Option<Value> {
        Some(Value::from(self.to_owned()))
    }
}

impl AttributeValue for String {
    fn to_value(&self) -> Option<Value> {
        self.as_str().to_value()
    }
}

impl AttributeValue for char {
    fn to_value(&self) -> Option<Value> {
        Some(Value::from(self.to_string()))
    }
}

impl AttributeValue for Value {
    fn to_value(&self) -> Option<Value> {
        Some(self.clone())
    }
}

macro_rules! string_lists {
    ($($ty:ty),*) => {$(
        impl AttributeValue for [$ty] {
            fn to_value(&self) -> Option<Value> {
                let values: Vec<StringValue> = self.iter().map(|value| value.to_string().into()).collect();
                Some(Value::Array(Array::String(values)))
            }
        }
    )*};
}

string_lists!(String, &str);

impl<T: AttributeValue> AttributeValue for Option<T> {
    fn to_value(&self) -> Option<Value> {
        self.as_ref()?.to_value()
    }
}

impl<T, const N: usize> AttributeValue for [T; N]
where
    [T]: AttributeValue,
{
    fn to_value(&self) -> Option<Value> {
        self.as_slice().to_value()
    }
}

impl<T> AttributeValue for Vec<T>
where
    [T]: AttributeValue,
{
    fn to_value(&self) -> Option<Value> {
        self.as_slice().to_value()
    }
}

impl<T: AttributeValue + ToOwned + ?Sized> AttributeValue for Cow<'_, T> {
    fn to_value(&self) -> Option<Value> {
        self.as_ref().to_value()
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: AttributeValue + ?Sized> AttributeValue for $pointer {
            fn to_value(&self) -> Option<Value> {
                (**self).to_value()
            }
        }
    )*};
}

pointers!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

/// Never an attribute.
impl<T> AttributeValue for Redacted<T> {
    fn to_value(&self) -> Option<Value> {
        None
    }
}

/// Returns the value of this key, if there is one.
#[cfg(feature = "record")]
pub(crate) fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|attribute| &attribute.value)
}

/// A value that is converted only if it is recorded.
#[cfg_attr(
    not(feature = "record"),
    allow(dead_code, unreachable_pub, reason = "used only with recording on")
)]
pub enum Shown<'a> {
    /// The typed value.
    Typed(&'a dyn AttributeValue),
    /// The `Debug` form.
    Debug(&'a dyn Debug),
    /// The `Display` form.
    Display(&'a dyn Display),
}

impl Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}

#[cfg(feature = "record")]
impl Shown<'_> {
    pub(crate) fn to_value(&self) -> Option<Value> {
        match self {
            Self::Typed(value) => value.to_value(),
            Self::Debug(value) => Some(debug(value)),
            Self::Display(value) => Some(display(value)),
        }
    }

    pub(crate) fn text(&self) -> String {
        self.to_value().map(|value| value.to_string()).unwrap_or_default()
    }
}

/// Returns the `Display` form of a value.
#[cfg(feature = "record")]
pub(crate) fn display(value: &dyn Display) -> Value {
    Value::from(text(format_args!("{value}")))
}

/// Returns the `Debug` form of a value.
#[cfg(feature = "record")]
pub(crate) fn debug(value: &dyn Debug) -> Value {
    Value::from(text(format_args!("{value:?}")))
}

/// Returns the formatted text. If formatting fails, where `ToString` would panic, the text ends there.
pub(crate) fn text(of: fmt::Arguments<'_>) -> String {
    let mut text = String::new();
    let _ = fmt::write(&mut text, of);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_their_type() {
        assert_eq!(7_u16.to_value(), Some(Value::I64(7)));
        assert_eq!((-1_isize).to_value(), Some(Value::I64(-1)));
        assert_eq!(1.5_f32.to_value(), Some(Value::F64(1.5)));
        assert_eq!(true.to_value(), Some(Value::Bool(true)));
        assert_eq!(NonZero::<u8>::MIN.to_value(), Some(Value::I64(1)));
        assert_eq!(
            [NonZero::<u64>::MAX].to_value().map(|list| list.to_string()),
            Some(format!("[\"{}\"]", u64::MAX))
        );
        assert_eq!((Wrapping(7_i32), Saturating(8_usize)).0.to_value(), Some(Value::I64(7)));
        assert_eq!(vec![Saturating(8_usize)].to_value(), Some(Value::Array(Array::I64(vec![8]))));
        assert_eq!("text".to_value(), Some(Value::from("text")));
    }

    #[test]
    fn arguments_and_errors_become_text() {
        let error: Box<dyn Error + Send + Sync> = "broken".into();
        assert_eq!(error.to_value(), Some(Value::from("broken")));
        assert_eq!((&*error as &(dyn Error + 'static)).to_value(), Some(Value::from("broken")));
        assert_eq!(format_args!("{}-{}", 1, 2).to_value(), Some(Value::from("1-2")));
    }

    #[test]
    fn an_integer_beyond_i64_becomes_text() {
        assert_eq!(u64::MAX.to_value(), Some(Value::from("18446744073709551615")));
        assert_eq!(
            [1, u64::MAX].to_value(),
            Some(Value::Array(Array::String(vec!["1".into(), "18446744073709551615".into()])))
        );
    }

    #[test]
    fn none_is_no_attribute_and_references_are_followed() {
        assert_eq!(None::<u8>.to_value(), None);
        assert_eq!(Some(&"x").to_value(), Some(Value::from("x")));
        assert_eq!(vec![1_i32, 2].to_value(), Some(Value::Array(Array::I64(vec![1, 2]))));
        assert_eq!(["a", "b"].to_value(), Some(Value::Array(Array::String(vec!["a".into(), "b".into()]))));
    }
}
