//! A segment is one batch in one file.

pub(super) mod file;
pub(super) mod format;
