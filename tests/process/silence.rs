//! Collectors whose answer says nothing, or never comes.

use crate::paced::{GRPC, HTTP, Paced, Settings};
use crate::refusals::{is_not_sent_again, is_sent_again};
use crate::scripted::Scripted;

const SOON: (&str, &str) = ("OTEL_EXPORTER_OTLP_TIMEOUT", "200");

fn and<'a>(settings: Settings<'a>, more: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    settings.iter().copied().chain([more]).collect()
}

#[test]
fn what_is_never_answered_is_sent_again() {
    for settings in [GRPC, HTTP] {
        is_sent_again("never", &and(settings, SOON));
    }
}

#[test]
fn what_is_never_answered_to_the_end_is_counted() {
    let mut collector = Scripted::start();
    collector.tell("serve never");
    let mut probe = Paced::start(&collector, 100, &and(GRPC, SOON));
    let spans = probe.is_done();
    let outcome = probe.ends();
    assert_eq!(outcome.count("dropped.undelivered"), spans as u64);
    assert_eq!(collector.taken().distinct, 0);
}

#[test]
fn what_is_cut_off_on_its_way_is_sent_again() {
    for settings in [GRPC, HTTP] {
        let (mut collector, _) = is_sent_again("break", settings);
        assert_eq!(collector.taken().again, 0, "what was cut off was not taken");
    }
}

/// It cannot be told from what was cut off on its way: it arrives twice, and is counted once.
#[test]
fn what_was_taken_without_an_answer_is_sent_again() {
    for settings in [GRPC, HTTP] {
        let (mut collector, _) = is_sent_again("lose", settings);
        assert!(collector.taken().again > 0, "it was there already");
    }
}

/// It was taken: the protocol says so, whatever the message is.
#[test]
fn what_is_answered_with_nonsense_is_exported() {
    for settings in [GRPC, HTTP] {
        let (mut collector, outcome) = is_not_sent_again("garbage", settings);
        outcome.is_all_with(&mut collector);
    }
}

/// Something before the collector has answered, and it has not seen the spans.
#[test]
fn what_is_answered_with_a_page_is_sent_again() {
    for settings in [GRPC, HTTP] {
        is_sent_again("page", settings);
    }
}
