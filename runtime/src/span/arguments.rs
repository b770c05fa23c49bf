//! Arguments and fields as attribute values.

use std::fmt::{self, Debug, Display};
use std::ops::Deref;

use opentelemetry::Value;

use crate::value::{self, AttributeValue};

/// A field's value as it is.
pub fn typed_value<T: AttributeValue + ?Sized>(value: &T) -> Option<Value> {
    value.to_value()
}

/// A field whose value is a string literal.
#[must_use]
pub fn static_value(text: &'static str) -> Option<Value> {
    Some(Value::from(text))
}

/// `%field`: the `Display` form.
pub fn display_value<T: Display + ?Sized>(value: &T) -> Option<Value> {
    Some(value::display(&value))
}

/// `?field`: the `Debug` form.
pub fn debug_value<T: Debug + ?Sized>(value: &T) -> Option<Value> {
    Some(value::debug(&value))
}

/// An argument that `args` records. Autoref specialization finds the best form: the typed value, or else the form of the type that
/// this one derefs to.
pub struct Argument<'a, T: ?Sized>(DebugArgument<'a, T>);

/// An argument whose type is not an `AttributeValue`: its `Debug` form.
pub struct DebugArgument<'a, T: ?Sized>(NoArgument<'a, T>);

/// An argument that does not implement `Debug`, either: a compile error.
pub struct NoArgument<'a, T: ?Sized>(&'a T);

/// Inspects an argument.
#[inline]
pub const fn argument<T: ?Sized>(of: &T) -> Argument<'_, T> {
    Argument(DebugArgument(NoArgument(of)))
}

impl<T: ?Sized> Debug for Argument<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Argument")
    }
}

impl<T: ?Sized> Debug for DebugArgument<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DebugArgument")
    }
}

impl<T: ?Sized> Debug for NoArgument<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoArgument")
    }
}

impl<'a, T: ?Sized> Deref for Argument<'a, T> {
    type Target = DebugArgument<'a, T>;

    fn deref(&self) -> &DebugArgument<'a, T> {
        &self.0
    }
}

impl<'a, T: ?Sized> Deref for DebugArgument<'a, T> {
    type Target = NoArgument<'a, T>;

    fn deref(&self) -> &NoArgument<'a, T> {
        &self.0
    }
}

impl<T: AttributeValue + ?Sized> Argument<'_, T> {
    /// Returns the argument as it is.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        self.0.0.0.to_value()
    }
}

impl<T: Debug + ?Sized> DebugArgument<'_, T> {
    /// Returns the argument's `Debug` form.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        Some(value::debug(&self.0.0))
    }
}

impl<T: ?Sized> NoArgument<'_, T> {
    /// Does not compile.
    #[must_use]
    pub fn value(&self) -> Option<Value>
    where
        T: Recordable,
    {
        None
    }
}

/// No type implements this: it only makes the error message.
#[diagnostic::on_unimplemented(
    message = "an argument of type `{Self}` cannot be recorded: it implements neither `AttributeValue` nor `Debug`",
    label = "leave it out with `skip(..)`, or derive `Debug` for `{Self}`"
)]
pub trait Recordable {}
