//! The ten lines of the README: `cargo run --example hello` prints two traces in the terminal.
//!
//! A span is one timed step of a program; a trace is all the spans of one piece of work.

use spanwise::instrument;

// Each call is recorded as a span named `greet`. `fields` stores the argument in the span as `user.id`.
// A returned `Err` marks the span as failed; `err` also stores the error's message.
#[instrument(fields(user.id = id), err)]
fn greet(id: u64) -> Result<String, std::num::TryFromIntError> {
    let short = u8::try_from(id)?;
    Ok(format!("hello, user {short}"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Starts recording. The `OTEL_*` environment variables say where spans go; without any, to the terminal.
    let guard = spanwise::init()?;
    println!("{:?} {:?}", greet(7), greet(700));
    // Sends the spans that are still waiting, then stops. Dropping the guard does the same.
    guard.shutdown_blocking()?;
    Ok(())
}
