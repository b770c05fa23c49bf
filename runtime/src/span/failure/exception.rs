//! An exception: an error or a panic that a span reports.
//! [Exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use opentelemetry::StringValue;

use crate::level::Level;
use crate::value::{Shown, text};

/// The longest message that is recorded of an exception, in bytes.
pub(in crate::span) const MAX_MESSAGE_BYTES: usize = 4096;

/// The longest chain of sources that is recorded: an error may be its own source.
pub(crate) const MAX_SOURCES: usize = 16;

/// An error or a panic, before it is known whether anybody records it.
pub(crate) struct Exception<'a> {
    /// A name of low cardinality: a type, a status code.
    pub(crate) kind: Cow<'a, str>,
    /// Whether it is recorded as an exception event or log record, besides the span's status.
    pub(crate) has_event: bool,
    /// Its text, if that is to be recorded.
    pub(crate) message: Option<Shown<'a>>,
    /// Its [source](Error::source).
    pub(crate) source: Option<&'a (dyn Error + 'static)>,
    /// Below `Error` it is recorded, and the span does not fail.
    pub(crate) level: Level,
}

impl fmt::Debug for Exception<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

/// An exception as a log record has it.
#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "logs", feature = "log")),
    allow(dead_code, reason = "only the features `logs` and `log` write records")
)]
pub(crate) struct LoggedException<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: Option<&'a str>,
    pub(crate) sources: &'a [StringValue],
    pub(crate) level: Level,
}

/// Returns the text, cut off where it is longer than what is recorded of an exception.
pub(crate) fn bounded(mut text: String) -> String {
    if text.len() > MAX_MESSAGE_BYTES {
        text.truncate(text.floor_char_boundary(MAX_MESSAGE_BYTES));
        text.push('…');
    }
    text
}

/// Returns the texts of an error and of its sources.
pub(in crate::span) fn sources(first: Option<&(dyn Error + 'static)>) -> Vec<StringValue> {
    std::iter::successors(first, |error: &&(dyn Error + 'static)| Error::source(*error))
        .take(MAX_SOURCES)
        .map(|error| bounded(text(format_args!("{error}"))).into())
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_long_message_is_cut_between_characters() {
        let cut = super::bounded("ä".repeat(5000));
        assert!(cut.ends_with("ä…"));
        assert!(cut.len() <= super::MAX_MESSAGE_BYTES + '…'.len_utf8());
        assert_eq!(super::bounded("short".into()), "short");
    }
}
