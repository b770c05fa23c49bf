//! The detectors in other surroundings: a folder for each below `fixtures`, with the files, the variables, what is expected, and
//! in `ORIGIN.md` where the form of it is from.

mod builder;
mod cases;
mod reading;
mod table;

use std::path::PathBuf;

use opentelemetry::KeyValue;

use super::surroundings::Surroundings;

/// Where the cases are.
fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/setup/resource/fixtures")
}

/// Surroundings without any file or variable.
fn nowhere<'a>(lookup: &'a dyn Fn(&str) -> Option<String>, root: PathBuf) -> Surroundings<'a> {
    Surroundings {
        lookup,
        root,
        os: "linux",
        arch: "x86_64",
        host_name: None,
        pid: 7,
        parent_pid: None,
        executable: None,
        arguments: Vec::new(),
        build: None,
    }
}

/// The value of a key, as text.
fn value(attributes: &[KeyValue], key: &str) -> Option<String> {
    crate::value::find(attributes, key).map(ToString::to_string)
}
