//! What sets a global of the process: a provider, a propagator, the signal for exceptions.
//!
//! One test would change what another one sees, so each runs in a process of its own: the test starts this binary
//! again, for itself alone.

mod carriers;
mod exception_signal;
mod late_bridge;
mod late_provider;
mod late_task;
#[path = "../logs/lines.rs"]
mod lines;
mod metrics;
mod tracer_provider;

use std::process::Command;

/// Set in the process that runs one test.
const ALONE: &str = "SPANWISE_TEST_ALONE";

/// Runs a test in a process of its own, given its name: `file::function`.
fn in_own_process(name: &str, test: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some() {
        return test();
    }
    let this = std::env::current_exe().expect("the path of this binary");
    let output =
        Command::new(this).args([name, "--exact", "--nocapture"]).env(ALONE, "1").output().expect("it runs");
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success() && out.contains("1 passed"), "{name} in its own process:\n{out}\n{err}");
}
