//! Counting the spans of traces, in a table that may be full.

use super::*;

fn trace(number: u64) -> TraceId {
    TraceId::from(u128::from(number) << 64 | u128::from(number.wrapping_mul(0xd134_2543_de82_ef95)))
}

fn admitted(limit: &TraceLimit, trace: TraceId, asked: usize) -> usize {
    (0..asked).filter(|_| limit.admits(trace, false)).count()
}

#[test]
fn spans_over_the_limit_are_rejected_and_reported_at_the_end() {
    let limit = TraceLimit::new(3);
    assert!(limit.admits(trace(1), true));
    assert_eq!(admitted(&limit, trace(1), 10), 2);
    assert!(limit.admits(trace(2), true), "another trace");
    assert_eq!(
        (limit.root_ended(trace(1)), limit.root_ended(trace(2)), limit.root_ended(trace(3))),
        (8, 0, 0)
    );
    assert!(!limit.admits(trace(1), true), "the limit is used up");
    assert!(!TraceLimit::new(0).admits(trace(1), true));
}

/// As in a service that calls itself.
#[test]
fn a_trace_with_several_local_roots_has_one_count() {
    let limit = TraceLimit::new(3);
    assert!(limit.admits(trace(1), true) && limit.admits(trace(1), true));
    assert_eq!(limit.root_ended(trace(1)), 0);
    assert!(limit.admits(trace(1), true));
    assert_eq!(limit.root_ended(trace(1)), 0);
    assert!(!limit.admits(trace(1), true), "the fourth");
    assert_eq!(limit.root_ended(trace(1)), 1);
}

/// As when a peer calls this service in a loop.
#[test]
fn a_trace_that_comes_back_later_keeps_its_count() {
    let limit = TraceLimit::new(10);
    let admitted = (0..100).filter(|_| {
        let is_admitted = limit.admits(trace(1), true);
        if is_admitted {
            assert_eq!(limit.root_ended(trace(1)), 0);
        }
        is_admitted
    });
    assert_eq!(admitted.count(), 10);
}

/// However many spans they had. In time open traces of the past are forgotten, too.
#[test]
fn traces_without_open_roots_are_forgotten_first() {
    let limit = TraceLimit::new(1_000);
    for ended in 0..60_000 {
        assert!(limit.admits(trace(ended), true));
        admitted(&limit, trace(ended), 99);
        limit.root_ended(trace(ended));
    }
    let open = 100_000..101_000;
    for one in open.clone() {
        assert!(limit.admits(trace(one), true));
    }
    for one in open {
        assert_eq!((admitted(&limit, trace(one), 1_000), limit.root_ended(trace(one))), (999, 1), "{one}");
    }
    assert_eq!(admitted(&limit, trace(100_000), 1), 0, "the trace is remembered");
    for small in 200_000..1_500_000 {
        limit.admits(trace(small), true);
        limit.root_ended(trace(small));
    }
    assert_eq!(admitted(&limit, trace(100_000), 1), 1, "the trace is forgotten");
}

#[test]
fn traces_of_few_spans_are_forgotten_first() {
    let limit = TraceLimit::new(100);
    assert!(limit.admits(trace(7), true));
    assert_eq!(admitted(&limit, trace(7), 499), 99);
    for other in 1_000..200_000 {
        limit.admits(trace(other), true);
    }
    assert!(!limit.admits(trace(7), false));
    assert_eq!(admitted(&limit, trace(200_000), 500), 100, "a trace is counted even if the table is full");
    assert_eq!(limit.root_ended(trace(7)), 401);
}

#[test]
fn threads_together_do_not_exceed_the_limit() {
    let limit = TraceLimit::new(1_000);
    assert!(limit.admits(trace(5), true));
    let all: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| admitted(&limit, trace(5), 2_000))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!((all, limit.root_ended(trace(5))), (999, 7_001));
}
