//! Spans at a steady pace that every exporter can keep up with: a burst of traces, then a pause.

use std::thread;
use std::time::{Duration, Instant};

/// The spans below each root span.
pub const CHILDREN: u32 = 100;
/// The traces in a burst: 505 spans each 5 ms, or 101,000 spans per second.
const TRACES_PER_BURST: u32 = 5;
/// The time from the start of one burst to the start of the next.
const BURST_INTERVAL: Duration = Duration::from_millis(5);

/// Returns the number of bursts in so many seconds.
#[must_use]
pub const fn bursts(seconds: u32) -> u32 {
    seconds * 200
}

/// Returns the number of spans in so many bursts.
#[must_use]
pub const fn spans(bursts: u32) -> u32 {
    bursts * TRACES_PER_BURST * (CHILDREN + 1)
}

/// Calls `trace`, which records a root span and its children, burst after burst.
///
/// A late burst delays those after it. Nobody has to catch up with two bursts at once.
pub fn run(bursts: u32, mut trace: impl FnMut()) {
    let mut next = Instant::now();
    for _ in 0..bursts {
        for _ in 0..TRACES_PER_BURST {
            trace();
        }
        next = (next + BURST_INTERVAL).max(Instant::now());
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}
