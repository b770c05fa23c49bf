//! Which signal reports an exception: span events, log records, or both.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;

use super::exception::LoggedException;
use super::panic_note::catch_panic;
use crate::engine::context::current;
use crate::sampling::flags::public_span_context;

/// How errors and panics are reported: as span events, as log records, or as both.
///
/// It holds for the errors and panics that annotated functions, clients and servers end with.
/// `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` sets it; see the
/// [conventions for exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/).
///
/// ```
/// # fn main() -> Result<(), spanwise::logs::UnknownSignal> {
/// use spanwise::logs::ExceptionSignal;
///
/// assert_eq!("logs/dup".parse::<ExceptionSignal>()?, ExceptionSignal::Both);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    not(any(feature = "logs", feature = "log")),
    allow(unreachable_pub, reason = "public with the features `logs` and `log`")
)]
#[non_exhaustive]
pub enum ExceptionSignal {
    /// As events of the span. The default.
    #[default]
    SpanEvents,
    /// As log records (`logs`).
    Logs,
    /// As both (`logs/dup`).
    Both,
}

/// A value that `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "logs", feature = "log")),
    allow(unreachable_pub, reason = "public with the features `logs` and `log`")
)]
#[non_exhaustive]
pub struct UnknownSignal;

impl fmt::Display for UnknownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is neither `logs` nor `logs/dup`")
    }
}

impl std::error::Error for UnknownSignal {}

/// Parses `logs` or `logs/dup`; an empty text is the default.
impl FromStr for ExceptionSignal {
    type Err = UnknownSignal;

    fn from_str(word: &str) -> Result<Self, UnknownSignal> {
        match word.trim() {
            "" => Ok(Self::SpanEvents),
            "logs" => Ok(Self::Logs),
            "logs/dup" => Ok(Self::Both),
            _ => Err(UnknownSignal),
        }
    }
}

/// Writes a log record; returns `false` where nobody listens.
pub(crate) type Emit = fn(&LoggedException<'_>) -> bool;

static SIGNAL: AtomicU8 = AtomicU8::new(ExceptionSignal::SpanEvents as u8);
static EMIT: OnceLock<Emit> = OnceLock::new();

thread_local! {
    /// Whether this thread is writing a record: the code that writes it may fail under a span itself.
    static EMITTING: Cell<bool> = const { Cell::new(false) };
}

/// Sets how exceptions are reported from now on.
#[cfg(any(feature = "logs", feature = "log"))]
pub(crate) fn set_exception_signal(signal: ExceptionSignal, emit: Emit) {
    // There is only one `emit` in a process.
    let _ = EMIT.set(emit);
    SIGNAL.store(signal as u8, Ordering::Relaxed);
}

/// Returns whether exceptions are reported as span events: always, unless they are reported as log records alone.
#[cfg(feature = "logs")]
pub(crate) fn is_on_spans() -> bool {
    SIGNAL.load(Ordering::Relaxed) != ExceptionSignal::Logs as u8
}

/// Writes the exception to the log, if that is asked for. Returns whether it must be added to its span, too: because that is
/// asked for, or because nobody listens to the log.
pub(in crate::span) fn log(context: &Context, exception: &LoggedException<'_>) -> bool {
    let signal = SIGNAL.load(Ordering::Relaxed);
    if signal == ExceptionSignal::SpanEvents as u8 {
        return true;
    }
    let is_written = emit(context, exception);
    !is_written || signal == ExceptionSignal::Both as u8
}

fn emit(context: &Context, exception: &LoggedException<'_>) -> bool {
    let Some(emit) = EMIT.get() else { return false };
    if EMITTING.replace(true) {
        return false;
    }
    // The span's ids alone: a listener that adds to the current span would come back here.
    let ids = public_span_context(context.span().span_context());
    let attached = current::attach(context.with_remote_span_context(ids));
    // A panic may be unwinding already: a second one, from a logger, would abort the process.
    let is_written = attached.is_some() && catch_panic(|| emit(exception)).unwrap_or(false);
    drop(attached);
    EMITTING.set(false);
    is_written
}
