//! The work without instrumentation.

use std::hint::black_box;

use super::CALLS;

#[inline(never)]
fn work(n: u64) -> u64 {
    black_box(n) + 1
}

pub(crate) fn calls() {
    for n in 0..u64::from(CALLS) {
        black_box(work(n));
    }
}

/// Reads the clock twice, as every span must. This clock is the processor's counter.
pub(crate) fn two_clock_reads() {
    for _ in 0..CALLS {
        black_box((fastant::Instant::now(), fastant::Instant::now()));
    }
}
