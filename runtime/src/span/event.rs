//! Events and exceptions. All of them pass here, because OpenTelemetry is moving exceptions from
//! span events to log records, and one place can follow: [`signal`](super::signal) says by which they are told.

use std::borrow::Cow;
use std::error::Error;

use opentelemetry::trace::{Span as _, Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, StringValue, Value};

use super::signal::{self, LoggedException};
use crate::engine::context::current;
use crate::level::{Level, is_enabled};
use crate::value::{Shown, text};

/// An error as a span tells it.
/// [Exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).
pub(crate) struct Exception<'a> {
    /// A name of low cardinality: a type, a status code.
    pub(crate) kind: Cow<'a, str>,
    /// Whether it is recorded as an exception event, too.
    pub(crate) has_event: bool,
    /// Its text, if that was asked for.
    pub(crate) message: Option<Shown<'a>>,
    /// What it came from.
    pub(crate) source: Option<&'a (dyn Error + 'static)>,
    /// Below `Error` it is told, and the span has not failed.
    pub(crate) level: Level,
}

impl std::fmt::Debug for Exception<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exception").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<'a> Exception<'a> {
    pub(crate) const fn new(kind: Cow<'a, str>) -> Self {
        Self { kind, has_event: false, message: None, source: None, level: Level::Error }
    }

    #[inline]
    pub(crate) fn of_type<E>() -> Self {
        Self::new(Cow::Borrowed(std::any::type_name::<E>()))
    }

    pub(crate) const fn with_message(mut self, message: Shown<'a>) -> Self {
        self.message = Some(message);
        self.has_event = true;
        self
    }
}

/// The longest text that is recorded of an error, in bytes.
pub(super) const LONGEST_MESSAGE: usize = 4096;

/// The longest chain of sources: an error may be its own.
const MOST_SOURCES: usize = 16;

/// Marks the span of `context` as failed.
pub(crate) fn fail(context: &Context, exception: Exception<'_>) {
    let span = context.span();
    if !span.is_recording() || !is_enabled(exception.level) {
        return;
    }
    let kind = exception.kind.into_owned();
    let message = exception.message.map(|message| bounded(message.text()));
    let failed = exception.level == Level::Error;
    if failed {
        span.set_attribute(KeyValue::new("error.type", kind.clone()));
    }
    if exception.has_event {
        let (level, sources) = (exception.level, sources(exception.source));
        let logged = LoggedException { kind: &kind, message: message.as_deref(), sources: &sources, level };
        if signal::is_left_to_span(context, &logged) {
            let mut attributes = vec![KeyValue::new("exception.type", kind)];
            if let Some(message) = &message {
                attributes.push(KeyValue::new("exception.message", message.clone()));
            }
            if !sources.is_empty() {
                attributes.push(KeyValue::new("spanwise.exception.sources", Value::Array(sources.into())));
            }
            if !failed {
                attributes.push(KeyValue::new("spanwise.level", level.as_str()));
            }
            span.add_event("exception", attributes);
        }
    }
    if failed {
        span.set_status(Status::error(message.unwrap_or_default()));
    }
}

/// The texts of an error and of those it came from.
fn sources(first: Option<&(dyn Error + 'static)>) -> Vec<StringValue> {
    std::iter::successors(first, |error: &&(dyn Error + 'static)| Error::source(*error))
        .take(MOST_SOURCES)
        .map(|error| bounded(text(format_args!("{error}"))).into())
        .collect()
}

/// Adds an event to the current span.
pub(crate) fn add(name: Cow<'static, str>, attributes: Vec<KeyValue>) {
    let mut event = Some((name, attributes));
    current::with_unpublished(|span| event.take().map(|(name, attributes)| span.add_event(name, attributes)));
    if let (Some((name, attributes)), Some(context)) = (event, current::get()) {
        context.span().add_event(name, attributes);
    }
}

/// Whether nothing is to be recorded here, and no span looked at: it may be ending, and locked by that.
#[cfg(feature = "logs")]
pub(crate) fn is_suppressed() -> bool {
    current::with(Context::is_telemetry_suppressed) != Some(false)
}

/// Whether an event of the current span would be recorded.
#[cfg(feature = "logs")]
pub(crate) fn is_recorded() -> bool {
    if is_suppressed() {
        return false;
    }
    let is_aside = current::with_unpublished(|span| span.is_recording());
    is_aside.unwrap_or_else(|| current::get().is_some_and(|context| context.span().is_recording()))
}

/// The text, cut off where it is longer than what is recorded of an error.
pub(crate) fn bounded(mut text: String) -> String {
    if text.len() > LONGEST_MESSAGE {
        text.truncate(text.floor_char_boundary(LONGEST_MESSAGE));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_long_message_is_cut_between_characters() {
        let cut = super::bounded("ä".repeat(5000));
        assert!(cut.ends_with("ä…"));
        assert!(cut.len() <= super::LONGEST_MESSAGE + '…'.len_utf8());
        assert_eq!(super::bounded("short".into()), "short");
    }
}
