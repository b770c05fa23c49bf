//! Collectors that answer, and refuse what they are sent.

use crate::paced::{GRPC, HTTP, Outcome, Paced, Settings};
use crate::scripted::{Came, Scripted};

const HALF_A_SECOND: u32 = 500;

/// The collector serves in this mode until two requests have come, and then accepts everything, which arrives. Returns when
/// the requests came, and the outputs of the probe.
pub(crate) fn is_sent_again(mode: &str, settings: Settings<'_>) -> (Scripted, Outcome) {
    let mut collector = Scripted::start();
    collector.command(&format!("serve {mode}"));
    let probe = Paced::start(&collector, HALF_A_SECOND, settings);
    collector.command("await requests 2");
    collector.command("serve healthy");
    let outcome = probe.delivers_all(&mut collector);
    (collector, outcome)
}

/// The collector always serves in this mode, and no span comes twice.
pub(crate) fn is_not_sent_again(mode: &str, settings: Settings<'_>) -> (Scripted, Outcome) {
    let mut collector = Scripted::start();
    collector.command(&format!("serve {mode}"));
    let mut probe = Paced::start(&collector, HALF_A_SECOND, settings);
    let spans = probe.is_done();
    let outcome = probe.ends();
    assert_eq!(collector.seen(), Came { distinct: spans, again: 0 }, "{}", outcome.stderr);
    (collector, outcome)
}

fn is_rejected(mode: &str, settings: Settings<'_>) {
    let (mut collector, outcome) = is_not_sent_again(mode, settings);
    assert_eq!(outcome.count("dropped.rejected"), outcome.created.len() as u64);
    assert_eq!(collector.taken().distinct, 0);
    assert_eq!(outcome.stderr.matches("rejected a batch: ").count(), 1, "{}", outcome.stderr);
}

#[test]
fn unavailable_is_retried() {
    for settings in [GRPC, HTTP] {
        let (mut collector, _) = is_sent_again("unavailable", settings);
        assert_eq!(collector.taken().again, 0, "what was refused was not taken");
    }
}

#[test]
fn invalid_spans_are_counted_and_not_retried() {
    is_rejected("invalid", GRPC);
    is_rejected("invalid", HTTP);
}

#[test]
fn a_pause_that_the_collector_asks_for_is_kept() {
    for settings in [GRPC, HTTP] {
        // Longer than the default first pause of a quarter of a second.
        let (mut collector, _) = is_sent_again("exhausted 1000", settings);
        let [first, second, ..] = collector.arrivals()[..] else { panic!("two requests have come") };
        assert!(second - first >= 1_000, "{first} {second}");
    }
}

/// The specification allows a retry after `RESOURCE_EXHAUSTED` over gRPC only if the answer has `RetryInfo`.
#[test]
fn exhausted_without_a_pause_is_not_retried_over_grpc() {
    is_rejected("exhausted-for-good", GRPC);
}

/// Over HTTP it allows one after 429.
#[test]
fn exhausted_without_a_pause_is_retried_over_http() {
    is_sent_again("exhausted-for-good", HTTP);
}

#[test]
fn rejected_spans_of_a_batch_are_counted_and_the_rest_is_exported() {
    for settings in [GRPC, HTTP] {
        let (mut collector, outcome) = is_not_sent_again("partial 3", settings);
        let taken = collector.taken().distinct;
        assert!(taken > 0 && taken < outcome.created.len());
        assert_eq!(outcome.count("exported"), taken as u64);
        assert_eq!(outcome.count("dropped.rejected"), (outcome.created.len() - taken) as u64);
        assert_eq!(
            outcome.stderr.matches("rejected 3 spans of a batch that it accepted: \"the last ones").count(),
            1,
            "{}",
            outcome.stderr
        );
    }
}
