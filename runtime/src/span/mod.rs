//! What an expansion touches: callsites, the guard, the future's wrapper, outcomes, events; and the
//! same by hand.

mod active;
mod arguments;
mod event;
mod future;
mod guard;
pub(crate) mod linked;
pub(crate) mod lost_context;
mod manual;
mod outcome;
mod panic;
mod parent;
mod progress;
mod signal;
mod start;
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
mod starting;
mod stream;

pub use arguments::{argument, debug_value, display_value, static_value, typed_value};
pub use future::Traced;
pub use guard::{call, future_of, never, stream_of};
pub use manual::{
    Attribute, ManualSpan, attribute, current_span_id, current_trace_id, event, manual, set_attribute,
};
pub use outcome::{Outcome, output};
pub use panic::install_panic_hook;
#[cfg(feature = "logs")]
pub(crate) use panic::unnoticed;
#[cfg(any(feature = "logs", feature = "log"))]
pub use signal::{ExceptionSignal, UnknownSignal};
pub use start::{begin, begin_root, begin_under, enter, enter_in_place, hand_over, hand_over_each_poll};

pub use crate::engine::span::callsite::{Callsite, Crate, Place};
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
pub(crate) use active::ActiveSpan;
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use event::Exception;
#[cfg(feature = "client")]
pub(crate) use event::fail;
#[cfg(feature = "logs")]
pub(crate) use event::{add as add_event, bounded, is_recorded, is_suppressed};
pub(crate) use parent::{Links, Parent, without_span};
pub(crate) use progress::resumed;
#[cfg(feature = "logs")]
pub(crate) use signal::is_on_spans;
#[cfg(any(feature = "logs", feature = "log"))]
pub(crate) use signal::{LoggedException, set_exception_signal};
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
pub(crate) use starting::Starting;
