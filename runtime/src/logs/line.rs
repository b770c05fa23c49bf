//! A log line, before it is written in a format.

use std::time::{SystemTime, UNIX_EPOCH};

use super::ids::{Ids, SPAN_ID, TRACE_FLAGS, TRACE_ID};
use super::value::{FieldValue, LogFields};

/// The names that every line has.
pub(super) const TIMESTAMP: &str = "timestamp";
pub(super) const LEVEL: &str = "level";
pub(super) const TARGET: &str = "target";
pub(super) const MESSAGE: &str = "message";
pub(super) const SPANS: &str = "spans";
pub(super) const FIELDS: &str = "fields";
pub(super) const RESERVED: [&str; 9] =
    [TIMESTAMP, LEVEL, TARGET, MESSAGE, SPANS, FIELDS, TRACE_ID, SPAN_ID, TRACE_FLAGS];

/// A log line.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) time: Option<SystemTime>,
    pub(super) level: &'static str,
    pub(super) target: &'a str,
    pub(super) message: &'a str,
    pub(super) fields: &'a LogFields,
    /// The names of the `tracing` spans around the event, outermost first, if they are to be written.
    pub(super) spans: Vec<&'a str>,
    /// Whether the fields of a JSON line are members of the line itself.
    pub(super) is_flat: bool,
    pub(super) ids: Option<Ids>,
}

impl Line<'_> {
    /// Returns the time in UTC, in microseconds ([RFC 3339](https://www.rfc-editor.org/rfc/rfc3339)).
    pub(super) fn timestamp(&self) -> Option<String> {
        // RFC 3339 ends with the year 9999.
        const MAX_SECONDS: u64 = 253_402_300_799;
        let since = self.time?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = if since.as_secs() > MAX_SECONDS { UNIX_EPOCH } else { UNIX_EPOCH + since };
        Some(humantime::format_rfc3339_micros(time).to_string())
    }

    /// Returns whether a field repeats one of the line's ids: a logger before this one may have added it.
    pub(super) fn repeats_id(&self, name: &str, value: &FieldValue) -> bool {
        let repeats = |ids: &Ids| {
            let FieldValue::Text(text) = value else { return false };
            ids.members().iter().any(|(known, id)| *known == name && id == text)
        };
        self.ids.as_ref().is_some_and(repeats)
    }
}
