//! What a contender's process has used, told to the process that compares.

use std::time::Duration;

use spanwise_benches::{pace, process};

/// Ten seconds, and about a million spans.
const BURSTS: u32 = pace::bursts(10);
/// What each contender makes.
pub(crate) const SPANS: u32 = pace::spans(BURSTS);

/// Makes all traces and delivers what is left of them at the end, and says on standard output what CPU
/// time both took, on all threads.
pub(crate) fn tell(trace: impl FnMut(), deliver: impl FnOnce()) {
    let before = process::cpu_time();
    pace::steadily(BURSTS, trace);
    deliver();
    println!("{}", (process::cpu_time() - before).as_nanos());
}

/// What [`tell`] has said.
pub(crate) fn told(line: &str) -> Duration {
    let [nanoseconds] = process::numbers(line);
    Duration::from_nanos(nanoseconds)
}
