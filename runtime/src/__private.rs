//! The names that an expansion may touch. Not for people, and not stable.

pub use opentelemetry::trace::SpanKind;

pub use crate::span::{
    AnyOutput, Argument, Callsite, DebugArgument, Lazy, NoArgument, NoText, Output, Place, Scope, Start,
    attribute, begin, call, debug_value, display_value, function_name, manual, static_value, typed_value,
};
