//! Exceptions as log records.

use std::cell::Cell;
use std::fmt;

use crate::level::Level;
use crate::span::{ExceptionSignal, LoggedException};

/// Where the log records of exceptions come from.
pub(super) const TARGET: &str = "spanwise::exception";

/// From now on the errors and panics that spans end with are told so, in the whole process.
///
/// For applications that do not call [`init`](crate::init), which takes it from
/// `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`. A log record has the target `spanwise::exception`, the level of the exception
/// (`ERROR`, unless the code says otherwise), `exception.type`, `exception.message`, `spanwise.exception.sources`, and the
/// ids of its span. It goes to `tracing`, or else to the crate `log`, whichever is built and has somebody who listens at
/// that level, and writes it. Where nobody does the exception is told on its span: it is not lost. That a span has failed, its status and
/// `error.type`, is told there in any case, and an error or a panic that passes several spans is told for each of them; so is what an application tells itself, by `record_error` of OpenTelemetry's API.
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

/// The texts of what it came from, as one.
fn sources(exception: &LoggedException<'_>) -> Option<String> {
    let sources: Vec<&str> = exception.sources.iter().map(|text| text.as_str()).collect();
    (!sources.is_empty()).then(|| sources.join(": "))
}

/// A record's text, which tells whether anybody has written it: to be let through by a filter is not to be heard, since
/// layers listen that take spans only.
struct Text<'a> {
    text: &'a str,
    is_written: Cell<bool>,
}

impl<'a> Text<'a> {
    fn of(exception: &LoggedException<'a>) -> Self {
        Self { text: exception.message.unwrap_or(exception.kind), is_written: Cell::new(false) }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.is_written.set(true);
        f.write_str(self.text)
    }
}

#[cfg(feature = "logs")]
fn to_tracing(exception: &LoggedException<'_>) -> bool {
    macro_rules! at {
        ($level:ident) => {{
            let text = Text::of(exception);
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
    let (text, sources) = (Text::of(exception), sources(exception));
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
