//! Spans with names and sizes that the test chooses.

use std::error::Error;
use std::path::Path;

use opentelemetry::KeyValue;
use opentelemetry::global;
use opentelemetry::trace::{Span as _, Tracer as _};

use crate::paced::say_fields;
use crate::say;

/// Reads a command from each line of standard input, and replies with a line. At the end it shuts down and prints the report.
///
/// - `<name> <bytes> <times>`: records spans of this name, with an attribute of so many bytes.
/// - `flush`: flushes, and replies with the result.
/// - `<reason>?`: replies how many spans were lost for this reason.
pub(crate) fn life(spool: Option<&str>) -> Result<(), Box<dyn Error>> {
    let mut builder = spanwise::builder();
    if let Some(directory) = spool {
        builder = builder.spool(Path::new(directory));
    }
    let telemetry = builder.init()?;
    say("started");
    for line in std::io::stdin().lines() {
        let line = line?;
        match *line.split(' ').collect::<Vec<_>>() {
            ["flush"] => {
                say(format_args!("{:?}", telemetry.force_flush_blocking().map_err(|e| e.to_string())))
            }
            [name, bytes, times] => {
                let (bytes, times) = (bytes.parse()?, times.parse()?);
                (0..times).for_each(|_| record(name.to_owned(), bytes));
                say("recorded");
            }
            _ => return Err(format!("no such command: {line:?}").into()),
        }
    }
    let report = telemetry.shutdown_blocking()?;
    say(report);
    say_fields(&report);
    Ok(())
}

fn record(name: String, bytes: usize) {
    let mut span = global::tracer("probe").start(name);
    if bytes > 0 {
        span.set_attribute(KeyValue::new("payload", "x".repeat(bytes)));
    }
    span.end();
}
