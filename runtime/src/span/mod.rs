//! Spans as instrumented code sees them: how they start, become current, and end.
//!
//! Read the files in this order:
//!
//! - `parent`, `pending_link`, `lost_context`: what a new span belongs to.
//! - `pending`: a span that is about to start. Its two fronts are `user_span` (annotated functions and `span!`; `enter` is the
//!   short way for spans without attributes) and `library_span` (the HTTP client, the HTTP server, the bridge from `tracing`).
//! - `active`: a span that is running. `guard`, `future_span` with `future`, and `stream` keep it current and end it.
//! - `outcome`, `arguments`: how return values and arguments are read, by their types.
//! - `exception`, `failure`, `signal`, `panic_note`, `event`: what is added to a span.
//! - `manual`: the functions that people call.

mod active;
mod arguments;
mod enter;
mod event;
mod exception;
mod failure;
mod future;
mod future_span;
mod guard;
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
mod library_span;
pub(crate) mod lost_context;
mod manual;
mod outcome;
mod panic_note;
mod parent;
mod pending;
pub(crate) mod pending_link;
mod signal;
mod stream;
mod user_span;

pub use arguments::{argument, debug_value, display_value, static_value, typed_value};
pub use enter::{enter, enter_in_place, hand_over, hand_over_each_poll};
pub use future::Traced;
pub use guard::{call, future_of, never, stream_of};
pub use manual::{
    Attribute, ManualSpan, attribute, current_span_id, current_trace_id, event, manual, set_attribute,
};
pub use outcome::{Outcome, output};
pub use panic_note::install_panic_hook;
#[cfg(any(feature = "logs", feature = "log"))]
pub use signal::{ExceptionSignal, UnknownSignal};
pub use user_span::{begin, begin_root, begin_under};

pub use crate::engine::span::callsite::{Callsite, Crate, Place};
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
pub(crate) use active::ActiveSpan;
#[cfg(feature = "logs")]
pub(crate) use event::{add as add_event, is_recorded, is_suppressed};
/// Whether a span can start in this build.
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) const CAN_RECORD: bool = true;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use exception::Exception;
#[cfg(any(feature = "logs", feature = "log"))]
pub(crate) use exception::LoggedException;
#[cfg(feature = "logs")]
pub(crate) use exception::{MAX_SOURCES, bounded};
#[cfg(feature = "client")]
pub(crate) use failure::fail;
pub(crate) use future_span::resumed;
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
pub(crate) use library_span::Starting;
#[cfg(feature = "logs")]
pub(crate) use panic_note::catch_panic;
pub(crate) use parent::{Links, Parent};
pub(crate) use pending_link::without_span;
#[cfg(feature = "logs")]
pub(crate) use signal::is_on_spans;
#[cfg(any(feature = "logs", feature = "log"))]
pub(crate) use signal::set_exception_signal;
