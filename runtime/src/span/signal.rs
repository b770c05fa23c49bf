//! By what signal an exception is told.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, StringValue};

use super::panic::unnoticed;
use crate::engine::context::current;
use crate::level::Level;
use crate::sampling::flags::public_span_context;

/// How the errors and panics that annotated functions, clients and servers end with are told:
/// what `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` says, as the
/// [conventions for exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/) have it.
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
#[cfg_attr(not(any(feature = "logs", feature = "log")), allow(unreachable_pub, reason = "of the logs' part"))]
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

/// A word that `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(any(feature = "logs", feature = "log")), allow(unreachable_pub, reason = "of the logs' part"))]
#[non_exhaustive]
pub struct UnknownSignal;

impl fmt::Display for UnknownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is neither `logs` nor `logs/dup`")
    }
}

impl std::error::Error for UnknownSignal {}

/// `logs` or `logs/dup`; nothing at all is the default.
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

/// An exception as a log record has it.
#[derive(Debug)]
#[cfg_attr(not(any(feature = "logs", feature = "log")), allow(dead_code, reason = "nobody writes it"))]
pub(crate) struct LoggedException<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: Option<&'a str>,
    pub(crate) sources: &'a [StringValue],
    pub(crate) level: Level,
}

/// Writes a log record, under the span's identity; `false` where nobody listens.
pub(crate) type Emit = fn(&LoggedException<'_>) -> bool;

static SIGNAL: AtomicU8 = AtomicU8::new(ExceptionSignal::SpanEvents as u8);
static EMIT: OnceLock<Emit> = OnceLock::new();

thread_local! {
    /// Whether a record is being written: what writes it may fail under a span itself.
    static EMITTING: Cell<bool> = const { Cell::new(false) };
}

/// From now on exceptions are told so.
#[cfg(any(feature = "logs", feature = "log"))]
pub(crate) fn set_exception_signal(signal: ExceptionSignal, emit: Emit) {
    // There is one only, in a process.
    let _ = EMIT.set(emit);
    SIGNAL.store(signal as u8, Ordering::Relaxed);
}

/// Whether exceptions are told by the span's events, which they are unless logs alone are.
#[cfg(feature = "logs")]
pub(crate) fn is_on_spans() -> bool {
    SIGNAL.load(Ordering::Relaxed) != ExceptionSignal::Logs as u8
}

/// Tells the exception in the log, if that is asked for. Whether it is still to be told on its span: asked for, or
/// because nobody listens to the log.
pub(super) fn is_left_to_span(context: &Context, exception: &LoggedException<'_>) -> bool {
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
    // The span's identity alone: a listener that adds to the current span would come back here.
    let identity = public_span_context(context.span().span_context());
    let attached = current::attach(context.with_remote_span_context(identity));
    // A panic may be passing through already: a second one, of a logger, would end the process.
    let is_written = attached.is_some() && unnoticed(|| emit(exception)).unwrap_or(false);
    drop(attached);
    EMITTING.set(false);
    is_written
}
