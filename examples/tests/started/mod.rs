//! Starting an example.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The example that Cargo has built beside this test (`cargo test` builds both, `--test shop` that alone), in an environment that
/// says nothing of OpenTelemetry.
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
