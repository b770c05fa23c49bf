//! Arguments and fields as attribute values.

use std::fmt::{self, Debug, Display};
use std::ops::Deref;

use opentelemetry::Value;

use crate::value::{self, AttributeValue};

/// A field as it is.
pub fn typed_value<T: AttributeValue + ?Sized>(value: &T) -> Option<Value> {
    value.to_value()
}

/// A field that is text in the source.
#[must_use]
pub fn static_value(text: &'static str) -> Option<Value> {
    Some(Value::from(text))
}

/// `%field`
pub fn display_value<T: Display + ?Sized>(value: &T) -> Option<Value> {
    Some(value::display(&value))
}

/// `?field`
pub fn debug_value<T: Debug + ?Sized>(value: &T) -> Option<Value> {
    Some(value::debug(&value))
}

/// An argument under `args`, found by type: typed where it can be, or else by what it derefs to.
pub struct Argument<'a, T: ?Sized>(DebugArgument<'a, T>);

/// One that is no attribute's type: by `Debug`.
pub struct DebugArgument<'a, T: ?Sized>(NoArgument<'a, T>);

/// One that has no `Debug` either: all it gives is a message.
pub struct NoArgument<'a, T: ?Sized>(&'a T);

/// Looks at an argument.
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
    /// The argument as it is.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        self.0.0.0.to_value()
    }
}

impl<T: Debug + ?Sized> DebugArgument<'_, T> {
    /// The argument by its `Debug` form.
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

/// Nothing is.
#[diagnostic::on_unimplemented(
    message = "an argument of type `{Self}` cannot be recorded: it is no attribute's type, and has no `Debug`",
    label = "leave it out with `skip(..)`, or derive `Debug` for `{Self}`"
)]
pub trait Recordable {}
