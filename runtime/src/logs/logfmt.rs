//! The format `logfmt`: `key=value` after `key=value`.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

use super::line::{LEVEL, Line, MESSAGE, RESERVED, SPANS, TARGET, TIMESTAMP};
use super::value::FieldValue;

pub(super) fn write(line: &Line<'_>) -> String {
    let mut out = String::with_capacity(160);
    if let Some(timestamp) = line.timestamp() {
        push_text(&mut out, TIMESTAMP, &timestamp);
    }
    push_text(&mut out, LEVEL, line.level);
    push_text(&mut out, TARGET, line.target);
    push_text(&mut out, MESSAGE, line.message);
    for (name, value) in line.fields.flattened(&RESERVED, key) {
        if !line.repeats_id(name.trim_start_matches("fields."), value) {
            push_field(&mut out, &name, value);
        }
    }
    if !line.spans.is_empty() {
        push_text(&mut out, SPANS, &line.spans.join(":"));
    }
    for (name, id) in line.ids.iter().flat_map(super::ids::Ids::members) {
        push_text(&mut out, name, &id);
    }
    out
}

/// Appends a field, after a space if something is there.
pub(super) fn push_field(out: &mut String, name: &str, value: &FieldValue) {
    match value {
        FieldValue::Text(text) => push_text(out, name, text),
        value => push_plain(out, name, value),
    }
}

fn push_text(out: &mut String, name: &str, text: &str) {
    if is_plain(text) {
        push_plain(out, name, &text);
    } else {
        push_plain(out, name, &Quoted(text));
    }
}

fn push_plain(out: &mut String, name: &str, value: &dyn Display) {
    if !out.is_empty() {
        out.push(' ');
    }
    // Writing to a string does not fail.
    let _ = write!(out, "{name}={value}");
}

/// Returns whether a character must be escaped, because it ends a word or a line for some reader.
fn is_control(one: char) -> bool {
    one.is_control() || matches!(one, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Returns whether a text needs no quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.chars().any(|one| one.is_whitespace() || is_control(one) || matches!(one, '"' | '=' | '\\'))
}

/// A text in quotes, with JSON's escapes.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for one in self.0.chars() {
            match one {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                one => write_escaped(one, f)?,
            }
        }
        f.write_str("\"")
    }
}

/// Writes a character, escaped if it would end the line.
pub(super) fn write_escaped(one: char, out: &mut impl fmt::Write) -> fmt::Result {
    match one {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        // All of these are below U+10000: four digits are enough.
        one if is_control(one) => write!(out, "\\u{:04x}", u32::from(one)),
        one => out.write_char(one),
    }
}

/// Returns a name as a key before `=`: characters that would end it become underscores.
pub(super) fn key(name: &str) -> Cow<'_, str> {
    let ends = |one: char| one.is_whitespace() || is_control(one) || matches!(one, '"' | '=' | '\\');
    match name {
        "" => Cow::Borrowed("_"),
        name if name.contains(ends) => Cow::Owned(name.replace(ends, "_")),
        name => Cow::Borrowed(name),
    }
}
