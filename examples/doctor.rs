//! Shows the configuration in effect and checks that a test span reaches the collector.
//!
//! Run `cargo run --example doctor` with the environment variables of the program that has the problem.

use std::process::ExitCode;

fn main() -> ExitCode {
    let diagnosis = spanwise::doctor();
    print!("{diagnosis}");
    if diagnosis.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
