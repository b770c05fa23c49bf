//! The items that macro expansions use. Not public API, and not stable.

pub use opentelemetry::trace::SpanKind;

pub use crate::level::{Level, is_enabled};
pub use crate::span::{
    Callsite, Outcome, Traced, after_return, argument, attribute, begin, begin_root, begin_under, call,
    debug_value, display_value, enter, enter_in_place, future_of, hand_over, hand_over_each_poll, manual,
    never, output, static_value, stream_of, typed_value,
};
