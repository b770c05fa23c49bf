//! The names that an expansion may touch. Not for people, and not stable.

pub use opentelemetry::trace::SpanKind;

pub use crate::span::{
    Callsite, Level, Outcome, Place, Scope, Traced, argument, attribute, begin, call, debug_value,
    display_value, enter, enter_in_place, hand_over, manual, output, static_value, typed_value,
};
