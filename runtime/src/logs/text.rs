//! The format `text`, for people.

use std::fmt::Write as _;

use super::line::{Line, RESERVED};
use super::logfmt::{key, push_field, write_escaped};

pub(super) fn write(line: &Line<'_>) -> String {
    let mut out = String::with_capacity(160);
    // Writing to a string does not fail.
    if let Some(timestamp) = line.timestamp() {
        let _ = write!(out, "{timestamp} ");
    }
    let _ = write!(out, "{:>5} ", line.level);
    if !line.spans.is_empty() {
        for one in line.spans.join(":").chars() {
            let _ = write_escaped(one, &mut out);
        }
        out.push_str(": ");
    }
    for one in line.target.chars() {
        let _ = write_escaped(one, &mut out);
    }
    out.push(':');
    if !line.message.is_empty() {
        out.push(' ');
        for one in line.message.chars() {
            let _ = write_escaped(one, &mut out);
        }
    }
    for (name, value) in line.fields.flattened(&RESERVED, key) {
        if !line.repeats_id(name.trim_start_matches("fields."), value) {
            push_field(&mut out, &name, value);
        }
    }
    if let Some(ids) = &line.ids {
        let _ = write!(out, " {ids}");
    }
    out
}
