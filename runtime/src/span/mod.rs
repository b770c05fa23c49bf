//! Spans as instrumented code sees them: how they start, become current, and end.
//!
//! - [`start`]: a span starts.
//! - `active`: a span that is running. `guard`, `future_span` with `future`, and `stream` keep it current and end it.
//! - `outcome`, `return_value`, `arguments`: how return values and arguments are read, by their types. `after_return`: whether
//!   the span ends with the function, or goes on with a future that it returns.
//! - [`failure`]: how errors and panics are reported. `event`: other events.
//! - `own_fields`: fields that set the span's name, kind and status. `manual`: the functions that people call.

mod active;
mod after_return;
mod arguments;
mod event;
mod failure;
mod future;
mod future_span;
mod guard;
mod manual;
mod outcome;
mod own_fields;
mod return_value;
mod start;
mod stream;

pub use after_return::after_return;
pub use arguments::{argument, debug_value, display_value, static_value, typed_value};
pub use failure::panic_note::install_panic_hook;
#[cfg(any(feature = "logs", feature = "log"))]
pub use failure::signal::{ExceptionSignal, UnknownSignal};
pub use future::Traced;
pub use guard::{call, future_of, never, stream_of};
pub use manual::{
    Attribute, ManualSpan, attribute, current_span_id, current_trace_id, event, manual, set_attribute,
};
pub use outcome::Outcome;
pub use return_value::output;
pub use start::enter::{enter, enter_in_place, hand_over, hand_over_each_poll};
pub use start::user_span::{begin, begin_root, begin_under};

pub use crate::engine::span::callsite::Callsite;
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
pub(crate) use active::ActiveSpan;
#[cfg(feature = "logs")]
pub(crate) use event::{add as add_event, is_recorded, is_suppressed};
/// Whether a span can start in this build.
pub(crate) const CAN_RECORD: bool = true;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use failure::exception::Exception;
#[cfg(any(feature = "logs", feature = "log"))]
pub(crate) use failure::exception::LoggedException;
#[cfg(feature = "logs")]
pub(crate) use failure::exception::{MAX_SOURCES, bounded};
#[cfg(feature = "logs")]
pub(crate) use failure::panic_note::catch_panic;
#[cfg(feature = "client")]
pub(crate) use failure::record::fail;
#[cfg(feature = "logs")]
pub(crate) use failure::signal::is_on_spans;
#[cfg(any(feature = "logs", feature = "log"))]
pub(crate) use failure::signal::set_exception_signal;
pub(crate) use future_span::resumed;
#[cfg(feature = "logs")]
pub(crate) use own_fields::{StatusFields, kind_of};
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
pub(crate) use start::library_span::LibrarySpanBuilder;
pub(crate) use start::parent::{Links, Parent};
pub(crate) use start::pending_link::without_span;
pub(crate) use start::{lost_context, pending_link};
