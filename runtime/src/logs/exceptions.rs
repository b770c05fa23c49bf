//! Exceptions as log records.

use std::cell::Cell;
use std::fmt;

use crate::level::Level;
use crate::span::{ExceptionSignal, LoggedException};

/// The target of the log records of exceptions.
pub(super) const TARGET: &str = "spanwise::exception";

/// Sets how errors and panics that spans end with are reported, in the whole process, from now on.
///
/// Call this only if the application does not call [`init`](crate::init), which reads `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`.
///
/// A log record has the target `spanwise::exception`, the level of the exception (`ERROR`, unless the code says otherwise),
/// `exception.type`, `exception.message`, `spanwise.exception.sources`, and the ids of its span. It goes to `tracing`, or else to
/// the crate `log`, whichever is compiled in and has a listener that writes records of that level. If none has, the exception
/// becomes an event of its span, so that it is not lost.
///
/// The span's status and `error.type` are set in any case. An error or a panic that passes through several spans is reported for
/// each of them. Exceptions that the application records by OpenTelemetry's `record_error` are always span events.
///
/// [Exceptions in logs](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/).
///
/// ```
/// use spanwise::logs::{ExceptionSignal, set_exception_signal};
///
/// set_exception_signal(ExceptionSignal::Logs);
/// # set_exception_signal(ExceptionSignal::SpanEvents);
/// ```
pub fn set_exception_signal(signal: ExceptionSignal) {
    crate::span::set_exception_signal(signal, emit);
}

fn emit(exception: &LoggedException<'_>) -> bool {
    #[cfg(feature = "logs")]
    if to_tracing(exception) {
        return true;
    }
    #[cfg(feature = "log")]
    if to_log(exception) {
        return true;
    }
    let _ = exception;
    false
}

/// Joins the texts of the exception's sources.
fn sources(exception: &LoggedException<'_>) -> Option<String> {
    let sources: Vec<&str> = exception.sources.iter().map(|text| text.as_str()).collect();
    (!sources.is_empty()).then(|| sources.join(": "))
}

/// The text of a record, which notes whether somebody has formatted it. A filter may let a record through that nobody writes,
/// because some layers only take spans.
struct TrackedText<'a> {
    text: &'a str,
    is_written: Cell<bool>,
}

impl<'a> TrackedText<'a> {
    fn of(exception: &LoggedException<'a>) -> Self {
        Self { text: exception.message.unwrap_or(exception.kind), is_written: Cell::new(false) }
    }
}

impl fmt::Display for TrackedText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.is_written.set(true);
        f.write_str(self.text)
    }
}

#[cfg(feature = "logs")]
fn to_tracing(exception: &LoggedException<'_>) -> bool {
    macro_rules! at {
        ($level:ident) => {{
            let text = TrackedText::of(exception);
            if tracing::event_enabled!(target: TARGET, tracing::Level::$level) {
                tracing::event!(
                    target: TARGET,
                    tracing::Level::$level,
                    "exception.type" = exception.kind,
                    "exception.message" = exception.message,
                    "spanwise.exception.sources" = sources(exception),
                    "{}",
                    text
                );
            }
            text.is_written.get()
        }};
    }
    match exception.level {
        Level::Error => at!(ERROR),
        Level::Warn => at!(WARN),
        Level::Info => at!(INFO),
        Level::Debug => at!(DEBUG),
        Level::Trace => at!(TRACE),
    }
}

#[cfg(feature = "log")]
fn to_log(exception: &LoggedException<'_>) -> bool {
    use log::kv::Value;

    let level = match exception.level {
        Level::Error => log::Level::Error,
        Level::Warn => log::Level::Warn,
        Level::Info => log::Level::Info,
        Level::Debug => log::Level::Debug,
        Level::Trace => log::Level::Trace,
    };
    if !log::log_enabled!(target: TARGET, level) {
        return false;
    }
    let (text, sources) = (TrackedText::of(exception), sources(exception));
    let mut pairs = vec![("exception.type", Value::from(exception.kind))];
    pairs.extend(exception.message.map(|message| ("exception.message", Value::from(message))));
    pairs.extend(sources.as_deref().map(|sources| ("spanwise.exception.sources", Value::from(sources))));
    let pairs = pairs.as_slice();
    log::logger().log(
        &log::Record::builder()
            .target(TARGET)
            .level(level)
            .args(format_args!("{text}"))
            .key_values(&pairs)
            .build(),
    );
    text.is_written.get()
}
