//! A line as a JSON object.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::line::{FIELDS, LEVEL, Line, MESSAGE, RESERVED, SPANS, TARGET, TIMESTAMP};

pub(super) fn written(line: &Line<'_>) -> String {
    // Writing to memory does not fail, and a line's values are all of a kind that JSON has.
    serde_json::to_string(line).unwrap_or_default()
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
            for (name, value) in self.fields.beside(&RESERVED, |name| name.into()) {
                if !self.is_said(name.trim_start_matches("fields."), value) {
                    object.serialize_entry(&*name, value)?;
                }
            }
        } else if !self.fields.is_empty() {
            object.serialize_entry(FIELDS, &Nested(self))?;
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

/// The fields as an object of their own, where any name may be.
struct Nested<'a>(&'a Line<'a>);

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.fields.iter().filter(|(name, value)| !self.0.is_said(name, value)))
    }
}
