//! Spans at a steady pace that a pipeline can follow: bursts of traces, and rest in between.

use std::thread;
use std::time::{Duration, Instant};

/// Spans below each root.
pub const CHILDREN: u32 = 100;
/// Traces in a burst, and how long after one burst the next begins: 505 spans, 101,000 in a second.
const TRACES: u32 = 5;
const EVERY: Duration = Duration::from_millis(5);

/// Bursts that fill this time.
#[must_use]
pub const fn bursts(seconds: u32) -> u32 {
    seconds * 200
}

/// Spans in so many bursts.
#[must_use]
pub const fn spans(bursts: u32) -> u32 {
    bursts * TRACES * (CHILDREN + 1)
}

/// Calls `trace`, which makes a root and its children, burst after burst. A burst that is late stays
/// late: nobody is made to catch up with two at once.
pub fn steadily(bursts: u32, mut trace: impl FnMut()) {
    let mut next = Instant::now();
    for _ in 0..bursts {
        for _ in 0..TRACES {
            trace();
        }
        next = (next + EVERY).max(Instant::now());
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}
