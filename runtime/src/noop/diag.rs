//! Nothing is recorded, so there is nothing to warn about.

use std::fmt::Display;

pub(crate) fn warn(_message: impl Display) {}

pub(crate) fn shown(_text: &str) -> &'static str {
    ""
}
