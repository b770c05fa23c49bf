//! Limits how many spans a trace may have in this process, so that a loop cannot cost a month's bill.
//!
//! The counts are in a table of fixed size, found by trace id. They cannot travel with the spans, because the API's context has
//! no room for them and any code may have made a root. A trace has one word, which is changed in one atomic step.
//!
//! The word stays when the trace's local roots have ended, since a peer may come back with the trace. If the table is full, a
//! trace without an open local root is forgotten first, and of these the one with the fewest spans. A forgotten trace is
//! counted from 0 again. Traces without an open local root lose weight each time.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::TraceId;

/// The table has this many sets of [`WAYS`] words: 32,768 traces in 256 KiB.
const SETS: usize = 4096;
const WAYS: usize = 8;

#[derive(Debug)]
pub(in crate::engine) struct TraceLimit {
    max_spans: u32,
    /// A word for each trace: 28 bits of its id, the number of open local roots, and the number of spans asked for.
    table: Box<[AtomicU64]>,
}

const COUNT: u64 = (1 << 28) - 1;
const ROOT: u64 = 1 << 28;
const ROOTS: u64 = 0xff << 28;
const TAG: u64 = !(COUNT | ROOTS);

/// The word after one more span was asked for. Both numbers saturate.
const fn one_more(word: u64, is_root: bool) -> u64 {
    let count = if word & COUNT < COUNT { 1 } else { 0 };
    let root = if is_root && word & ROOTS < ROOTS { ROOT } else { 0 };
    word + count + root
}

/// The order in which traces are forgotten: the smallest first.
const fn worth(word: u64) -> (bool, u64) {
    (word & ROOTS != 0, word & COUNT)
}

/// The word of a trace without open local roots after its set has forgotten another trace: its count shrinks by a sixteenth,
/// so that nothing is left of ten thousand spans after some hundred traces. `None` if there is nothing to shrink.
fn aged(word: u64) -> Option<u64> {
    let count = word & COUNT;
    (word & ROOTS == 0 && count > 0).then(|| word - (count / 16).max(1))
}

impl TraceLimit {
    pub(in crate::engine) fn new(max_spans: u32) -> Self {
        Self { max_spans, table: (0..SETS * WAYS).map(|_| AtomicU64::new(0)).collect() }
    }

    /// The set that a trace's word is in, and the tag that it is found by.
    fn place(&self, trace: TraceId) -> (&[AtomicU64], u64) {
        // The id may not be random, so it is mixed.
        let [a, b] = [0, 8].map(|from| {
            trace.to_bytes()[from..from + 8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
        });
        let mixed = (a ^ b.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = mixed ^ (mixed >> 29);
        let set = (mixed % SETS as u64) as usize * WAYS;
        // A tag is never 0, which is an empty word.
        let tag = (mixed | 1 << 36) & TAG;
        (self.table.get(set..set + WAYS).unwrap_or_default(), tag)
    }

    /// Whether one more span of this trace may start. `is_root`: it is a local root.
    #[inline]
    pub(in crate::engine) fn admits(&self, trace: TraceId, is_root: bool) -> bool {
        let (set, tag) = self.place(trace);
        loop {
            let mut least = ((true, u64::MAX), None);
            for word in set {
                let now = word.load(Ordering::Relaxed);
                if now & TAG == tag {
                    let more = |now: u64| {
                        // A root that is not admitted will not end.
                        let is_root = is_root && now & COUNT < u64::from(self.max_spans);
                        (now & TAG == tag).then(|| one_more(now, is_root))
                    };
                    // It fails if the trace was forgotten just now.
                    if let Ok(before) = word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
                        return before & COUNT < u64::from(self.max_spans);
                    }
                } else if worth(now) < least.0 {
                    least = (worth(now), Some((word, now)));
                }
            }
            let Some((word, now)) = least.1 else { return true };
            let first = one_more(tag, is_root && self.max_spans > 0);
            if word.compare_exchange(now, first, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                if now != 0 {
                    for other in set.iter().filter(|other| !std::ptr::eq(*other, word)) {
                        // It fails if there is nothing to shrink.
                        let _ = other.fetch_update(Ordering::Relaxed, Ordering::Relaxed, aged);
                    }
                }
                return self.max_spans > 0;
            }
        }
    }

    /// Records that a local root of this trace has ended. If no other is open, returns how many spans were not admitted since
    /// the last time.
    pub(in crate::engine) fn root_ended(&self, trace: TraceId) -> u32 {
        let (set, tag) = self.place(trace);
        for word in set {
            let one_less = |now: u64| match (now & TAG == tag, now & ROOTS) {
                (false, _) => None,
                // The number is saturated, so the real one is unknown.
                (true, ROOTS) => Some(now),
                // The rejected spans are reported now, so they are not counted again.
                (true, 0 | ROOT) => Some(tag | (now & COUNT).min(u64::from(self.max_spans))),
                (true, _) => Some(now - ROOT),
            };
            if let Ok(before) = word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
                let is_last = before & ROOTS <= ROOT;
                let asked = if is_last { u32::try_from(before & COUNT).unwrap_or(u32::MAX) } else { 0 };
                return asked.saturating_sub(self.max_spans);
            }
        }
        0
    }
}

#[cfg(test)]
mod tests;
