//! Spans at a steady pace, with a list of their ids for the test.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use spanwise::instrument;
use spanwise::setup::Report;

use crate::say;

/// The run has this many parts, and prints a line after each.
const PARTS: u32 = 10;
/// Threads that record at the same time. Each part has new ones.
const THREADS: u32 = 2;

#[instrument(args)]
fn one(number: u32) -> Option<String> {
    spanwise::current_span_id()
}

/// Creates spans, writes their ids to a file, waits for a line or the end of standard input, shuts down, and prints the
/// report.
pub(crate) fn life(per_second: u32, milliseconds: u32, path: &Path) -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::init()?;
    let spans = u64::from(per_second) * u64::from(milliseconds) / 1000;
    let of_thread = u32::try_from(spans / u64::from(PARTS * THREADS))?;
    let pause = Duration::from_secs(1) * THREADS / per_second;
    let mut ids = String::new();
    for part in 1..=PARTS {
        let recorded: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| record(of_thread, pause))).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
        });
        recorded.iter().try_for_each(|id| writeln!(ids, "{id}"))?;
        say(format_args!("part {part}"));
    }
    std::fs::write(path, &ids)?;
    say(format_args!("recorded {}", ids.lines().count()));

    std::io::stdin().read_line(&mut String::new())?;
    let report = telemetry.shutdown_blocking()?;
    say(report);
    say_fields(&report);
    Ok(())
}

/// Catches up if it is late.
fn record(spans: u32, pause: Duration) -> Vec<String> {
    let start = Instant::now();
    (0..spans)
        .map(|number| {
            std::thread::sleep((pause * number).saturating_sub(start.elapsed()));
            one(number).expect("it is recorded")
        })
        .collect()
}

pub(crate) fn say_fields(report: &Report) {
    let dropped = report.dropped;
    for (name, value) in [
        ("created", report.created),
        ("adopted", report.adopted),
        ("open", report.open),
        ("buffered", report.buffered),
        ("in_flight", report.in_flight),
        ("kept", report.kept),
        ("spooled", report.spooled),
        ("exported", report.exported),
        ("discarded", report.discarded),
        ("dropped.queue_full", dropped.queue_full),
        ("dropped.memory_full", dropped.memory_full),
        ("dropped.disk_full", dropped.disk_full),
        ("dropped.damaged", dropped.damaged),
        ("dropped.rejected", dropped.rejected),
        ("dropped.refused", dropped.refused),
        ("dropped.too_large", dropped.too_large),
        ("dropped.after_shutdown", dropped.after_shutdown),
        ("dropped.thread_gone", dropped.thread_gone),
        ("dropped.interrupted", dropped.interrupted),
        ("dropped.undelivered", dropped.undelivered),
        ("dropped", dropped.total()),
    ] {
        say(format_args!("{name}={value}"));
    }
}
