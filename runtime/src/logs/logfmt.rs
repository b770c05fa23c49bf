//! A line as `key=value` after `key=value`.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use super::line::{LEVEL, Line, MESSAGE, RESERVED, SPANS, TARGET, TIMESTAMP};
use super::value::FieldValue;

pub(super) fn written(line: &Line<'_>) -> String {
    let mut out = String::with_capacity(160);
    if let Some(timestamp) = line.timestamp() {
        put(&mut out, TIMESTAMP, &timestamp);
    }
    put(&mut out, LEVEL, line.level);
    put(&mut out, TARGET, line.target);
    put(&mut out, MESSAGE, line.message);
    for (name, value) in line.fields.beside(&RESERVED, fit) {
        if !line.is_said(name.trim_start_matches("fields."), value) {
            put_value(&mut out, &name, value);
        }
    }
    if !line.spans.is_empty() {
        put(&mut out, SPANS, &line.spans.join(":"));
    }
    for (name, id) in line.ids.iter().flat_map(super::ids::Ids::members) {
        put(&mut out, name, &id);
    }
    out
}

/// A field of any value, a space before it where something is.
pub(super) fn put_value(out: &mut String, name: &str, value: &FieldValue) {
    match value {
        FieldValue::Text(text) => put(out, name, text),
        value => put_plain(out, name, value),
    }
}

fn put(out: &mut String, name: &str, text: &str) {
    if is_plain(text) {
        put_plain(out, name, &text);
    } else {
        put_plain(out, name, &Quoted(text));
    }
}

fn put_plain(out: &mut String, name: &str, value: &dyn Display) {
    if !out.is_empty() {
        out.push(' ');
    }
    // Writing to a string does not fail.
    let _ = write!(out, "{name}={value}");
}

/// What ends a word, or a line, to some reader: it has to be written otherwise.
pub(super) fn breaks(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Whether a text can stand without quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.chars().any(|one| one.is_whitespace() || breaks(one) || matches!(one, '"' | '=' | '\\'))
}

/// A text in quotes, with the escapes that JSON has.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"")?;
        for one in self.0.chars() {
            match one {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                one => escaped(one, f)?,
            }
        }
        f.write_str("\"")
    }
}

/// A character of a text that is to stay on its line.
pub(super) fn escaped(one: char, out: &mut impl std::fmt::Write) -> std::fmt::Result {
    match one {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        // All of these are of the first plane: four digits.
        one if breaks(one) => write!(out, "\\u{:04x}", u32::from(one)),
        one => out.write_char(one),
    }
}

/// A name that stands before a `=`: what would end it is an underscore.
pub(super) fn fit(name: &str) -> Cow<'_, str> {
    let ends = |one: char| one.is_whitespace() || breaks(one) || matches!(one, '"' | '=' | '\\');
    match name {
        "" => Cow::Borrowed("_"),
        name if name.contains(ends) => Cow::Owned(name.replace(ends, "_")),
        name => Cow::Borrowed(name),
    }
}
