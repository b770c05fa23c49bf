//! What the expansions of `span!` and `attributes!` call. Their values are checked by the compiler, and never evaluated.

use std::fmt::{Debug, Display};

use super::span::{Attribute, Links, ManualSpan, Parent};
use crate::api::Value;
pub use crate::api::trace::SpanKind;
pub use crate::engine::span::callsite::Callsite;
use crate::value::AttributeValue;

/// `key = value`
pub fn typed_value<T: AttributeValue + ?Sized>(value: &T) -> Option<Value> {
    value.to_value()
}

/// `key = %value`
pub fn display_value<T: Display + ?Sized>(_value: &T) -> Option<Value> {
    None
}

/// `key = ?value`
pub fn debug_value<T: Debug + ?Sized>(_value: &T) -> Option<Value> {
    None
}

/// A key and a value.
#[must_use]
pub fn attribute(_key: &'static str, _value: Option<Value>) -> Attribute {
    Attribute::none()
}

/// A span that is not going to start.
#[must_use]
#[derive(Debug)]
pub struct NoSpanBuilder;

/// `span!` without a parent.
pub fn begin(_callsite: &'static Callsite) -> NoSpanBuilder {
    NoSpanBuilder
}

/// `span!` with a parent.
pub fn begin_under<P: Parent + ?Sized>(_callsite: &'static Callsite, _parent: &P) -> NoSpanBuilder {
    NoSpanBuilder
}

impl NoSpanBuilder {
    /// Whether attributes are worth evaluating.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        false
    }

    /// Adds an attribute.
    pub fn attribute(&mut self, _key: &'static str, _value: Option<Value>) {}

    /// Links the span to others.
    pub fn links<L: Links + ?Sized>(&mut self, _links: &L) {}
}

/// The end of the expansion of `span!`.
pub fn manual(_builder: NoSpanBuilder) -> ManualSpan {
    ManualSpan::none()
}
