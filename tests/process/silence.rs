//! Collectors whose answer is empty, broken or missing.

use crate::paced::{GRPC, HTTP, Paced, Settings};
use crate::refusals::{is_not_sent_again, is_sent_again};
use crate::scripted::Scripted;

const SOON: (&str, &str) = ("OTEL_EXPORTER_OTLP_TIMEOUT", "200");

fn and<'a>(settings: Settings<'a>, more: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    settings.iter().copied().chain([more]).collect()
}

/// A healthy collector closes connections now and then (`max_connection_age`). That is no outage.
#[test]
fn a_connection_that_is_closed_once_is_no_warning() {
    for settings in [GRPC, HTTP] {
        let mut collector = Scripted::start();
        let mut probe = Paced::start(&collector, 1_000, settings);
        for part in [3, 6] {
            probe.reaches(part);
            collector.command("reset");
        }
        let outcome = probe.delivers_all(&mut collector);
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn unanswered_spans_are_sent_again() {
    for settings in [GRPC, HTTP] {
        is_sent_again("never", &and(settings, SOON));
    }
}

#[test]
fn unanswered_spans_are_counted_at_the_end() {
    let mut collector = Scripted::start();
    collector.command("serve never");
    let mut probe = Paced::start(&collector, 100, &and(GRPC, SOON));
    let spans = probe.is_done();
    let outcome = probe.ends();
    assert_eq!(outcome.count("dropped.undelivered"), spans as u64);
    assert_eq!(collector.taken().distinct, 0);
}

#[test]
fn spans_of_a_broken_request_are_sent_again() {
    for settings in [GRPC, HTTP] {
        let (mut collector, _) = is_sent_again("break", settings);
        assert_eq!(collector.taken().again, 0, "what was cut off was not taken");
    }
}

/// To the client this looks like a broken connection. The spans arrive twice, and are counted once.
#[test]
fn accepted_spans_without_an_answer_are_sent_again() {
    for settings in [GRPC, HTTP] {
        let (mut collector, _) = is_sent_again("lose", settings);
        assert!(collector.taken().again > 0, "it was there already");
    }
}

/// The protocol says that it was accepted, whatever the message is.
#[test]
fn spans_with_a_garbage_answer_count_as_exported() {
    for settings in [GRPC, HTTP] {
        let (mut collector, outcome) = is_not_sent_again("garbage", settings);
        outcome.is_all_with(&mut collector);
    }
}

/// A proxy answered in place of the collector, which has not seen the spans.
#[test]
fn spans_answered_with_a_web_page_are_sent_again() {
    for settings in [GRPC, HTTP] {
        is_sent_again("page", settings);
    }
}
