//! The CPU time of a contender: measured and printed in its process, parsed in the process that compares.

use std::time::Duration;

use spanwise_benches::{pace, process};

/// Ten seconds, and about a million spans.
const BURSTS: u32 = pace::bursts(10);
/// The spans that each contender records.
pub(crate) const SPANS: u32 = pace::spans(BURSTS);

/// Records all traces, delivers the spans that are left at the end, and prints the CPU time that both took on all threads,
/// in nanoseconds.
pub(crate) fn print(trace: impl FnMut(), deliver: impl FnOnce()) {
    let before = process::cpu_time();
    pace::run(BURSTS, trace);
    deliver();
    println!("{}", (process::cpu_time() - before).as_nanos());
}

/// Parses the line that [`print`] prints.
pub(crate) fn parse(line: &str) -> Duration {
    let [nanoseconds] = process::parse_numbers(line);
    Duration::from_nanos(nanoseconds)
}
