//! Outages under load: a thousand spans a second go on, whatever the collector does.
//!
//! `SPANWISE_LONG_TESTS=1` makes them ten times as long.

use crate::paced::{GRPC, HTTP, Paced, Settings};
use crate::scripted::Scripted;

/// How long the spans go on.
fn milliseconds() -> u32 {
    if std::env::var_os("SPANWISE_LONG_TESTS").is_some() { 40_000 } else { 4_000 }
}

fn nothing_is_lost_while_it_is_away(settings: Settings<'_>) {
    let mut collector = Scripted::start();
    let mut probe = Paced::start(&collector, milliseconds(), settings);
    collector.tell("await count 1");
    probe.reaches(2);
    collector.tell("away");
    let before = collector.taken();
    probe.reaches(8);
    assert_eq!(collector.taken(), before, "it was away");
    collector.tell("back");
    let outcome = probe.delivers_all(&mut collector);
    assert!(before.distinct < outcome.created.len(), "there was something to lose");
    assert_eq!(outcome.complaints.matches("does not accept spans").count(), 1, "{}", outcome.complaints);
    assert_eq!(outcome.complaints.matches("accepts spans again").count(), 1, "{}", outcome.complaints);
}

#[test]
fn what_ends_during_a_long_outage_arrives_after_it() {
    nothing_is_lost_while_it_is_away(GRPC);
}

#[test]
fn what_ends_during_a_long_outage_arrives_after_it_over_http() {
    nothing_is_lost_while_it_is_away(HTTP);
}

/// Some of it may arrive twice: whoever loses the connection cannot know whether the last batch was
/// taken.
fn nothing_is_lost_while_it_comes_and_goes(settings: Settings<'_>) {
    let mut collector = Scripted::start();
    let mut probe = Paced::start(&collector, milliseconds(), settings);
    collector.tell("flap 300 400");
    probe.reaches(10);
    assert!(collector.number("flaps") > 1, "it came and went");
    collector.tell("back");
    probe.delivers_all(&mut collector);
}

#[test]
fn a_collector_that_comes_and_goes_gets_everything() {
    nothing_is_lost_while_it_comes_and_goes(GRPC);
}

#[test]
fn a_collector_that_comes_and_goes_gets_everything_over_http() {
    nothing_is_lost_while_it_comes_and_goes(HTTP);
}
