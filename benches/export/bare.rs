//! The same calls at the same pace without spans: the cost of the pace alone.

use std::hint::black_box;

use spanwise_benches::pace::CHILDREN;

use crate::cost;

#[inline(never)]
fn work(n: i64) -> i64 {
    black_box(n) + 1
}

fn trace() {
    for n in 0..i64::from(CHILDREN) {
        black_box(work(n));
    }
}

pub(crate) fn run(_endpoint: &str) {
    cost::print(trace, || ());
}
