//! What the tests of the examples share: how an example is started.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Returns the command that runs an example, without the `OTEL_*` variables of whoever runs the tests.
///
/// `cargo test` builds the examples next to the tests. `cargo test --test shop` builds only the test: then the example is
/// missing, or is an old one.
pub(crate) fn example(name: &str) -> Command {
    let mut path: PathBuf = std::env::current_exe().expect("this test has a path");
    path.pop();
    path.pop();
    path.push("examples");
    path.push(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
    command
}
