//! The work without any instrumentation.

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

/// What a span cannot do without: two looks at the clock, here at the processor's counter.
pub(crate) fn two_looks() {
    for _ in 0..CALLS {
        black_box((fastant::Instant::now(), fastant::Instant::now()));
    }
}
