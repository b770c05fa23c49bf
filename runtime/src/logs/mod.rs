//! Log lines with trace ids, log events on spans, and spans from `tracing`.
//!
//! - [`Format`] writes lines of text, JSON or logfmt with `trace_id`, `span_id` and `trace_flags`; [`layer`] is all that most
//!   programs need. [`TraceIds`] adds the ids to the lines of another formatter.
//! - [`write_record`] writes the same lines for `env_logger`; [`WithTraceIds`] adds the ids for any logger of the crate `log` that
//!   writes key-values (feature `log`).
//! - [`SpanEvents`] adds log events to the current span.
//! - [`Bridge`] turns the `tracing` spans of other crates into spans of the trace.
//! - [`set_exception_signal`] sets where errors are reported: on the span, in the log, or in both.

#[cfg(feature = "logs")]
mod bridge;
mod exceptions;
mod format;
#[cfg(feature = "logs")]
mod formatter;
mod ids;
mod json;
mod line;
mod logfmt;
#[cfg(feature = "log")]
mod record;
#[cfg(feature = "logs")]
mod span_events;
mod text;
#[cfg(feature = "logs")]
mod trace_ids;
mod value;
#[cfg(feature = "logs")]
mod visit;

pub use exceptions::set_exception_signal;
pub use format::{Format, UnknownFormat};

#[cfg(feature = "logs")]
pub use bridge::Bridge;
#[cfg(feature = "logs")]
pub use formatter::{Formatter, layer};
#[cfg(feature = "log")]
pub use record::{WithTraceIds, write_record};
#[cfg(feature = "logs")]
pub use span_events::SpanEvents;
#[cfg(feature = "logs")]
pub use trace_ids::TraceIds;

pub use crate::span::{ExceptionSignal, UnknownSignal};
