//! A line as a JSON object.

use std::io;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Serializer as Json;
use serde_json::ser::Formatter;

use super::line::{FIELDS, LEVEL, Line, MESSAGE, RESERVED, SPANS, TARGET, TIMESTAMP};

pub(super) fn write(line: &Line<'_>) -> String {
    let mut text = Vec::new();
    let written = line.serialize(&mut Json::with_formatter(&mut text, OneLine));
    // Writing to memory does not fail, and JSON has all types of values that a line has.
    written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}

/// JSON that is one line for every reader, and safe on a terminal: all control characters and line breaks are escaped, not only
/// those that JSON requires.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_control) {
            let (before, controls) = rest.split_at(at);
            to.write_all(before.as_bytes())?;
            let mut characters = controls.chars();
            // All of them are below U+10000: four digits are enough.
            if let Some(one) = characters.next() {
                write!(to, "\\u{:04x}", u32::from(one))?;
            }
            rest = characters.as_str();
        }
        to.write_all(rest.as_bytes())
    }
}

fn is_control(one: char) -> bool {
    one.is_control() || matches!(one, '\u{2028}' | '\u{2029}')
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(None)?;
        if let Some(timestamp) = self.timestamp() {
            object.serialize_entry(TIMESTAMP, &timestamp)?;
        }
        object.serialize_entry(LEVEL, self.level)?;
        object.serialize_entry(TARGET, self.target)?;
        object.serialize_entry(MESSAGE, self.message)?;
        if self.is_flat {
            for (name, value) in self.fields.flattened(&RESERVED, |name| name.into()) {
                if !self.repeats_id(name.trim_start_matches("fields."), value) {
                    object.serialize_entry(&*name, value)?;
                }
            }
        } else if !self.fields.is_empty() {
            object.serialize_entry(FIELDS, &NestedFields(self))?;
        }
        if !self.spans.is_empty() {
            object.serialize_entry(SPANS, &self.spans)?;
        }
        for (name, id) in self.ids.iter().flat_map(super::ids::Ids::members) {
            object.serialize_entry(name, &id)?;
        }
        object.end()
    }
}

/// The fields as an object of their own, where any name is allowed.
struct NestedFields<'a>(&'a Line<'a>);

impl Serialize for NestedFields<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.fields.iter().filter(|(name, value)| !self.0.repeats_id(name, value)))
    }
}
