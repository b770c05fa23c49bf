//! The detectors on simulated hosts: a folder for each below `fixtures`, with its files, its variables, the expected attributes,
//! and the source of its layout in `ORIGIN.md`.

mod builder;
mod cases;
mod reading;
mod table;

use std::path::PathBuf;

use opentelemetry::KeyValue;

use super::host_view::HostView;

/// The folder of the cases.
fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/setup/resource/fixtures")
}

/// A host without any file or variable.
fn nowhere<'a>(lookup: &'a dyn Fn(&str) -> Option<String>, root: PathBuf) -> HostView<'a> {
    HostView {
        lookup,
        root,
        os: "linux",
        arch: "x86_64",
        host_name: None,
        pid: 7,
        parent_pid: None,
        executable: None,
        arguments: Vec::new(),
        build_info: None,
    }
}

/// The value of a key, as text.
fn value(attributes: &[KeyValue], key: &str) -> Option<String> {
    crate::value::find(attributes, key).map(ToString::to_string)
}
