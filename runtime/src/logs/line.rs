//! A line, before it is written in one format or another.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::ids::{Ids, SPAN_ID, TRACE_FLAGS, TRACE_ID};
use super::value::{FieldValue, Fields};
use super::{json, logfmt, text};

/// How log lines are written. Each is one line for one event, whatever is in it, and has `trace_id`, `span_id` and
/// `trace_flags` of the span that is current.
///
/// With the feature `logs` it is a formatter for `tracing-subscriber`; [`Formatter`](super::Formatter) has what can be
/// changed. With `log`, [`write_record`](super::write_record) writes the records of the crate `log` so.
///
/// ```text
/// 2026-11-21T03:45:06.146565Z  INFO shop::orders: confirmation sent order=7 trace_id=ca7c587b861435c171c1627040b527a8 span_id=4756b85de4d8abc0 trace_flags=03
/// {"timestamp":"2026-11-21T03:45:06.146565Z","level":"INFO","target":"shop::orders","message":"confirmation sent","fields":{"order":7},"trace_id":"ca7c587b861435c171c1627040b527a8","span_id":"4756b85de4d8abc0","trace_flags":"03"}
/// timestamp=2026-11-21T03:45:06.146565Z level=INFO target=shop::orders message="confirmation sent" order=7 trace_id=ca7c587b861435c171c1627040b527a8 span_id=4756b85de4d8abc0 trace_flags=03
/// ```
///
/// ```
/// # fn main() -> Result<(), spanwise::logs::UnknownFormat> {
/// use spanwise::logs::Format;
///
/// let format: Format = "json".parse()?; // as a variable of the application's may say
/// assert_eq!(format, Format::Json);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// For people: the time, the level, where it comes from, the message, and fields as `key=value`.
    #[default]
    Text,
    /// One JSON object: `timestamp`, `level`, `target`, `message`, `fields`, and the ids.
    Json,
    /// `key=value`, with quotes where they are needed.
    Logfmt,
}

/// A name that is no [`Format`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no log format: there are `text`, `json` and `logfmt`")
    }
}

impl std::error::Error for UnknownFormat {}

/// `text`, `json`, `logfmt`, in small letters or in capitals.
impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let formats = [("text", Self::Text), ("json", Self::Json), ("logfmt", Self::Logfmt)];
        let found = formats.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.map(|(_, format)| format).ok_or(UnknownFormat)
    }
}

/// The names that a line has itself.
pub(super) const TIMESTAMP: &str = "timestamp";
pub(super) const LEVEL: &str = "level";
pub(super) const TARGET: &str = "target";
pub(super) const MESSAGE: &str = "message";
pub(super) const SPANS: &str = "spans";
pub(super) const FIELDS: &str = "fields";
pub(super) const RESERVED: [&str; 9] =
    [TIMESTAMP, LEVEL, TARGET, MESSAGE, SPANS, FIELDS, TRACE_ID, SPAN_ID, TRACE_FLAGS];

/// What a line tells.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) time: Option<SystemTime>,
    pub(super) level: &'static str,
    pub(super) target: &'a str,
    pub(super) message: &'a str,
    pub(super) fields: &'a Fields,
    /// The names of the spans that it was written in, from the outermost on, where they are asked for.
    pub(super) spans: Vec<&'a str>,
    /// Whether the fields of a JSON line stand beside the rest.
    pub(super) is_flat: bool,
    pub(super) ids: Option<Ids>,
}

impl Line<'_> {
    /// The line, without its end.
    pub(super) fn written(&self, format: Format) -> String {
        match format {
            Format::Text => text::written(self),
            Format::Json => json::written(self),
            Format::Logfmt => logfmt::written(self),
        }
    }

    /// The time of day in UTC, to the microsecond
    /// ([RFC 3339](https://www.rfc-editor.org/rfc/rfc3339)).
    pub(super) fn timestamp(&self) -> Option<String> {
        // Years that the format has no room for begin in 10000.
        const LAST: u64 = 253_402_300_799;
        let since = self.time?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = if since.as_secs() > LAST { UNIX_EPOCH } else { UNIX_EPOCH + since };
        Some(humantime::format_rfc3339_micros(time).to_string())
    }

    /// The fields but for those that say again what the line's own ids say: a logger further up may have added them.
    pub(super) fn is_said(&self, name: &str, value: &FieldValue) -> bool {
        let said = |ids: &Ids| {
            let FieldValue::Text(text) = value else { return false };
            ids.members().iter().any(|(known, id)| *known == name && id == text)
        };
        self.ids.as_ref().is_some_and(said)
    }
}
