//! The work without any instrumentation.

use std::hint::black_box;

use crate::CALLS;

#[inline(never)]
fn work(n: u64) -> u64 {
    black_box(n) + 1
}

pub(crate) fn calls() {
    for n in 0..u64::from(CALLS) {
        black_box(work(n));
    }
}
