//! Collectors that answer, and do not take what they are sent.

use crate::paced::{GRPC, HTTP, Outcome, Paced, Settings};
use crate::scripted::{Came, Scripted};

const HALF_A_SECOND: u32 = 500;

/// Serves in this mode until two requests have come, and well from then on: everything arrives. How the
/// requests came, and what the probe said.
pub(crate) fn is_sent_again(mode: &str, settings: Settings<'_>) -> (Scripted, Outcome) {
    let mut collector = Scripted::start();
    collector.tell(&format!("serve {mode}"));
    let probe = Paced::start(&collector, HALF_A_SECOND, settings);
    collector.tell("await requests 2");
    collector.tell("serve healthy");
    let outcome = probe.delivers_all(&mut collector);
    (collector, outcome)
}

/// Serves in this mode all the time; no span comes twice.
pub(crate) fn is_not_sent_again(mode: &str, settings: Settings<'_>) -> (Scripted, Outcome) {
    let mut collector = Scripted::start();
    collector.tell(&format!("serve {mode}"));
    let mut probe = Paced::start(&collector, HALF_A_SECOND, settings);
    let spans = probe.is_done();
    let outcome = probe.ends();
    assert_eq!(collector.seen(), Came { distinct: spans, again: 0 }, "{}", outcome.complaints);
    (collector, outcome)
}

fn is_rejected(mode: &str, settings: Settings<'_>) {
    let (mut collector, outcome) = is_not_sent_again(mode, settings);
    assert_eq!(outcome.count("dropped.rejected"), outcome.created.len() as u64);
    assert_eq!(collector.taken().distinct, 0);
    assert_eq!(outcome.complaints.matches("rejected a batch: ").count(), 1, "{}", outcome.complaints);
}

#[test]
fn what_is_unavailable_is_tried_again() {
    for settings in [GRPC, HTTP] {
        let (mut collector, _) = is_sent_again("unavailable", settings);
        assert_eq!(collector.taken().again, 0, "what was refused was not taken");
    }
}

#[test]
fn what_is_invalid_is_counted_and_not_tried_again() {
    is_rejected("invalid", GRPC);
    is_rejected("invalid", HTTP);
}

#[test]
fn a_collector_that_asks_for_a_pause_is_left_alone_for_as_long() {
    for settings in [GRPC, HTTP] {
        // Longer than the first pause without a wish, which is a quarter of a second.
        let (mut collector, _) = is_sent_again("exhausted 1000", settings);
        let [first, second, ..] = collector.arrivals()[..] else { panic!("two requests have come") };
        assert!(second - first >= 1_000, "{first} {second}");
    }
}

/// The specification: over gRPC, `RESOURCE_EXHAUSTED` may be tried again only where a time is given.
#[test]
fn a_collector_that_is_exhausted_and_gives_no_time_is_not_tried_again_over_grpc() {
    is_rejected("exhausted-for-good", GRPC);
}

/// And over HTTP 429 may be.
#[test]
fn a_collector_that_is_exhausted_and_gives_no_time_is_tried_again_over_http() {
    is_sent_again("exhausted-for-good", HTTP);
}

#[test]
fn what_is_rejected_of_a_batch_is_counted_and_the_rest_is_exported() {
    for settings in [GRPC, HTTP] {
        let (mut collector, outcome) = is_not_sent_again("partial 3", settings);
        let taken = collector.taken().distinct;
        assert!(taken > 0 && taken < outcome.created.len());
        assert_eq!(outcome.count("exported"), taken as u64);
        assert_eq!(outcome.count("dropped.rejected"), (outcome.created.len() - taken) as u64);
        assert_eq!(
            outcome
                .complaints
                .matches("rejected 3 spans of a batch that it accepted: \"the last ones")
                .count(),
            1,
            "{}",
            outcome.complaints
        );
    }
}
