//! Arguments and fields as attribute values.

use std::fmt::{Debug, Display};

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

/// An argument under `args`: typed where it can be, which is found by type, or else by `Debug`.
#[derive(Debug)]
pub struct Argument<'a, T: ?Sized>(pub &'a T);

impl<T: AttributeValue + ?Sized> Argument<'_, T> {
    /// The argument as it is.
    pub fn value(&self) -> Option<Value> {
        self.0.to_value()
    }
}

/// What any other argument is recorded by.
pub trait DebugArgument {
    /// The argument by its `Debug` form.
    fn value(&self) -> Option<Value>;
}

impl<T: Debug> DebugArgument for Argument<'_, T> {
    fn value(&self) -> Option<Value> {
        Some(value::debug(self.0))
    }
}

/// Where neither can be done, this comes last, one reference further away; all it gives is a message.
pub trait NoArgument {
    /// The argument's type.
    type Type: ?Sized;

    /// Does not compile.
    fn value(&self) -> Option<Value>
    where
        Self::Type: Recordable;
}

impl<T: ?Sized> NoArgument for &Argument<'_, T> {
    type Type = T;

    fn value(&self) -> Option<Value>
    where
        T: Recordable,
    {
        None
    }
}

/// Nothing is.
#[diagnostic::on_unimplemented(
    message = "`args` cannot record an argument of type `{Self}`: it is no attribute's type, and has no `Debug`",
    label = "leave it out with `skip(..)`, or derive `Debug` for `{Self}`"
)]
pub trait Recordable {}
