//! How many spans a trace may have here, so that one loop cannot cost a month's bill.
//!
//! A table of a fixed size, since a span knows of its trace no more than the id: the API's context tells nothing else, and a
//! root may have been made by any code. A trace has one word in it, which is changed in one step. It stays there when all
//! that it began with here has ended: a peer may come back with it. Where there is no room, what is not open here makes room first, and of
//! that what has the fewest spans; a trace that was forgotten counts anew. Those that are not open age meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::TraceId;

/// Sets of the table, and words of a set: 32,768 traces in 256 KiB.
const SETS: usize = 4096;
const WAYS: usize = 8;

#[derive(Debug)]
pub(in crate::engine) struct TraceCap {
    most: u32,
    /// Of each trace 28 bits of its id, how many spans that it began with here are data, and how many spans were asked for.
    table: Box<[AtomicU64]>,
}

const COUNT: u64 = (1 << 28) - 1;
const ROOT: u64 = 1 << 28;
const ROOTS: u64 = 0xff << 28;
const TAG: u64 = !(COUNT | ROOTS);

/// What becomes of a trace's word where one more is asked for. Where a number is at its end it stays there.
const fn one_more(word: u64, is_root: bool) -> u64 {
    let count = if word & COUNT < COUNT { 1 } else { 0 };
    let root = if is_root && word & ROOTS < ROOTS { ROOT } else { 0 };
    word + count + root
}

/// By what it is chosen whom to forget: the least first.
const fn worth(word: u64) -> (bool, u64) {
    (word & ROOTS != 0, word & COUNT)
}

/// A trace that is not open here is a little less worth whenever its set forgets one: by a sixteenth, so that of ten thousand spans
/// nothing is left after some hundred.
fn aged(word: u64) -> Option<u64> {
    let count = word & COUNT;
    (word & ROOTS == 0 && count > 0).then(|| word - (count / 16).max(1))
}

impl TraceCap {
    pub(in crate::engine) fn new(most: u32) -> Self {
        Self { most, table: (0..SETS * WAYS).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Where a trace stands, and what is known of it there.
    fn place(&self, trace: TraceId) -> (&[AtomicU64], u64) {
        // Ids are random, or may be; what callers make up is spread.
        let [a, b] = [0, 8].map(|from| {
            trace.to_bytes()[from..from + 8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
        });
        let mixed = (a ^ b.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = mixed ^ (mixed >> 29);
        let set = (mixed % SETS as u64) as usize * WAYS;
        // Nothing is zero where no trace stands.
        let tag = (mixed | 1 << 36) & TAG;
        (self.table.get(set..set + WAYS).unwrap_or_default(), tag)
    }

    /// A span of this trace is to start, which may be one that it begins with here: whether it may.
    #[inline]
    pub(in crate::engine) fn admits(&self, trace: TraceId, is_root: bool) -> bool {
        let (set, tag) = self.place(trace);
        loop {
            let mut least = ((true, u64::MAX), None);
            for word in set {
                let now = word.load(Ordering::Relaxed);
                if now & TAG == tag {
                    let more = |now: u64| {
                        // One that is not admitted does not end.
                        let is_root = is_root && now & COUNT < u64::from(self.most);
                        (now & TAG == tag).then(|| one_more(now, is_root))
                    };
                    // It fails where the trace has just been forgotten.
                    if let Ok(before) = word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
                        return before & COUNT < u64::from(self.most);
                    }
                } else if worth(now) < least.0 {
                    least = (worth(now), Some((word, now)));
                }
            }
            let Some((word, now)) = least.1 else { return true };
            let first = one_more(tag, is_root && self.most > 0);
            if word.compare_exchange(now, first, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                if now != 0 {
                    for other in set.iter().filter(|other| !std::ptr::eq(*other, word)) {
                        // It fails where there is nothing to age.
                        let _ = other.fetch_update(Ordering::Relaxed, Ordering::Relaxed, aged);
                    }
                }
                return self.most > 0;
            }
        }
    }

    /// A span that the trace began with here has ended. If it is the last one: how many spans were not admitted since the last one
    /// before.
    pub(in crate::engine) fn root_ended(&self, trace: TraceId) -> u32 {
        let (set, tag) = self.place(trace);
        for word in set {
            let one_less = |now: u64| match (now & TAG == tag, now & ROOTS) {
                (false, _) => None,
                // Nobody knows how many there are.
                (true, ROOTS) => Some(now),
                // It has had its share, and no more is to be told of it.
                (true, 0 | ROOT) => Some(tag | (now & COUNT).min(u64::from(self.most))),
                (true, _) => Some(now - ROOT),
            };
            if let Ok(before) = word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
                let is_last = before & ROOTS <= ROOT;
                let asked = if is_last { u32::try_from(before & COUNT).unwrap_or(u32::MAX) } else { 0 };
                return asked.saturating_sub(self.most);
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::recorder::cap::*;

    fn trace(number: u64) -> TraceId {
        TraceId::from(u128::from(number) << 64 | u128::from(number.wrapping_mul(0xd134_2543_de82_ef95)))
    }

    fn admitted(cap: &TraceCap, trace: TraceId, asked: usize) -> usize {
        (0..asked).filter(|_| cap.admits(trace, false)).count()
    }

    #[test]
    fn so_many_are_admitted_and_the_others_are_told_at_the_end() {
        let cap = TraceCap::new(3);
        assert!(cap.admits(trace(1), true));
        assert_eq!(admitted(&cap, trace(1), 10), 2);
        assert!(cap.admits(trace(2), true), "another trace");
        assert_eq!((cap.root_ended(trace(1)), cap.root_ended(trace(2)), cap.root_ended(trace(3))), (8, 0, 0));
        assert!(!cap.admits(trace(1), true), "it has had its share");
        assert!(!TraceCap::new(0).admits(trace(1), true));
    }

    /// A service that calls itself.
    #[test]
    fn a_trace_that_comes_back_counts_on() {
        let cap = TraceCap::new(3);
        assert!(cap.admits(trace(1), true) && cap.admits(trace(1), true));
        assert_eq!(cap.root_ended(trace(1)), 0);
        assert!(cap.admits(trace(1), true));
        assert_eq!(cap.root_ended(trace(1)), 0);
        assert!(!cap.admits(trace(1), true), "four");
        assert_eq!(cap.root_ended(trace(1)), 1);
    }

    /// A peer that loops over this service.
    #[test]
    fn a_trace_that_comes_back_when_it_has_ended_counts_on() {
        let cap = TraceCap::new(10);
        let admitted = (0..100).filter(|_| {
            let is_admitted = cap.admits(trace(1), true);
            if is_admitted {
                assert_eq!(cap.root_ended(trace(1)), 0);
            }
            is_admitted
        });
        assert_eq!(admitted.count(), 10);
    }

    /// However many spans they had; and in time these are forgotten, too.
    #[test]
    fn what_is_not_open_makes_room_for_what_is() {
        let cap = TraceCap::new(1_000);
        for ended in 0..60_000 {
            assert!(cap.admits(trace(ended), true));
            admitted(&cap, trace(ended), 99);
            cap.root_ended(trace(ended));
        }
        let open = 100_000..101_000;
        for one in open.clone() {
            assert!(cap.admits(trace(one), true));
        }
        for one in open {
            assert_eq!((admitted(&cap, trace(one), 1_000), cap.root_ended(trace(one))), (999, 1), "{one}");
        }
        assert_eq!(admitted(&cap, trace(100_000), 1), 0, "it is remembered");
        for small in 200_000..1_500_000 {
            cap.admits(trace(small), true);
            cap.root_ended(trace(small));
        }
        assert_eq!(admitted(&cap, trace(100_000), 1), 1, "it is forgotten");
    }

    #[test]
    fn a_trace_of_many_spans_is_not_forgotten_for_those_of_few() {
        let cap = TraceCap::new(100);
        assert!(cap.admits(trace(7), true));
        assert_eq!(admitted(&cap, trace(7), 499), 99);
        for other in 1_000..200_000 {
            cap.admits(trace(other), true);
        }
        assert!(!cap.admits(trace(7), false));
        assert_eq!(
            admitted(&cap, trace(200_000), 500),
            100,
            "one that comes when there is no room is counted, too"
        );
        assert_eq!(cap.root_ended(trace(7)), 401);
    }

    #[test]
    fn threads_together_are_admitted_no_more_than_there_is() {
        let cap = TraceCap::new(1_000);
        assert!(cap.admits(trace(5), true));
        let all: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| admitted(&cap, trace(5), 2_000))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!((all, cap.root_ended(trace(5))), (999, 7_001));
    }
}
