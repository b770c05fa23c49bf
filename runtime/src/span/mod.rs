//! What an expansion touches: callsites, the guard, the future's wrapper, outcomes, events; and the
//! same by hand.

mod arguments;
mod callsite;
mod event;
mod future;
mod guard;
mod lazy;
mod manual;
mod outcome;
mod panic;
mod start;

pub use arguments::{
    Argument, DebugArgument, NoArgument, debug_value, display_value, static_value, typed_value,
};
pub use callsite::{Callsite, Place, Scope, function_name};
pub use guard::call;
pub use lazy::Lazy;
pub use manual::{
    Attribute, ManualSpan, attribute, current_span_id, current_trace_id, event, manual, set_attribute,
};
pub use outcome::{AnyOutput, NoText, Output};
pub use panic::install_panic_hook;
pub use start::{Start, begin};

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use event::Exception;
#[cfg(feature = "client")]
pub(crate) use event::fail;
#[cfg(feature = "client")]
pub(crate) use future::Traced;
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use outcome::Outcome;
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use start::OpenSpan;
