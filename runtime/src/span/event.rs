//! Events and exceptions. All of them pass here, because OpenTelemetry is moving exceptions from
//! span events to log records, and one place can follow.

use std::borrow::Cow;
use std::fmt::Display;

use opentelemetry::trace::{Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value};

/// An error as a span tells it.
/// [Exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).
pub(crate) struct Exception<'a> {
    /// A name of low cardinality: a type, a status code.
    pub(crate) kind: Cow<'a, str>,
    /// Its text, recorded with an exception event, if it was asked for.
    pub(crate) message: Option<&'a dyn Display>,
}

impl std::fmt::Debug for Exception<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exception").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The longest text that is recorded of an error, in bytes.
const LONGEST_MESSAGE: usize = 4096;

/// Marks the span of `context` as failed.
pub(crate) fn fail(context: &Context, exception: Exception<'_>) {
    let span = context.span();
    if !span.is_recording() {
        return;
    }
    let kind = exception.kind.into_owned();
    let message = exception.message.map(|message| bounded(message.to_string()));
    span.set_attribute(KeyValue::new("error.type", kind.clone()));
    if let Some(message) = &message {
        let attributes =
            vec![KeyValue::new("exception.type", kind), KeyValue::new("exception.message", message.clone())];
        span.add_event("exception", attributes);
    }
    span.set_status(Status::error(message.unwrap_or_default()));
}

/// Adds an event to the span of `context`.
pub(crate) fn add(
    context: &Context,
    name: Cow<'static, str>,
    attributes: Vec<(&'static str, Option<Value>)>,
) {
    let attributes = attributes.into_iter().filter_map(|(key, value)| Some(KeyValue::new(key, value?)));
    context.span().add_event(name, attributes.collect());
}

fn bounded(mut text: String) -> String {
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
