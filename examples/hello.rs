//! The ten lines of the README: a trace in the terminal.

use spanwise::instrument;

#[instrument(fields(user.id = id), err)]
fn greet(id: u64) -> Result<String, std::num::TryFromIntError> {
    let short = u8::try_from(id)?;
    Ok(format!("hello, user {short}"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let telemetry = spanwise::init()?;
    println!("{:?} {:?}", greet(7), greet(700));
    telemetry.shutdown_blocking()?;
    Ok(())
}
