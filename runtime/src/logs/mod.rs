//! Log lines and traces: each is found by the other.
//!
//! - [`Format`] writes lines of text, JSON or logfmt with `trace_id`, `span_id` and `trace_flags`; [`TraceIds`] adds
//!   them to the lines of another formatter. [`layer`] is all that a program needs.
//! - [`write_record`] is the same for `env_logger`, and [`WithTraceIds`] for any logger of the crate `log` that shows
//!   key-values (feature `log`).
//! - [`SpanEvents`] puts log events on the span that they belong to.
//! - [`Bridge`] makes spans of the trace of the `tracing` spans that other crates have.
//! - [`set_exception_signal`] says where errors are told: on the span, in the log, or in both.

#[cfg(feature = "logs")]
mod bridge;
mod exceptions;
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
pub use line::{Format, UnknownFormat};

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
