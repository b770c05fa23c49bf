//! What has come of the configuration, and whether a span arrives: `cargo run --example doctor`, in the environment that the
//! program in question has.

use std::process::ExitCode;

fn main() -> ExitCode {
    let diagnosis = spanwise::doctor();
    print!("{diagnosis}");
    if diagnosis.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
