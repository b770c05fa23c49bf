//! Outages under load, at a thousand spans a second.
//!
//! `SPANWISE_LONG_TESTS=1` makes them ten times as long.

use crate::paced::{GRPC, HTTP, Paced, Settings};
use crate::scripted::Scripted;

/// How long spans are recorded.
fn milliseconds() -> u32 {
    if std::env::var_os("SPANWISE_LONG_TESTS").is_some() { 40_000 } else { 4_000 }
}

fn nothing_is_lost_while_it_is_away(settings: Settings<'_>) {
    let mut collector = Scripted::start();
    let mut probe = Paced::start(&collector, milliseconds(), settings);
    collector.command("await count 1");
    probe.reaches(2);
    collector.command("away");
    let before = collector.taken();
    probe.reaches(8);
    assert_eq!(collector.taken(), before, "it was away");
    collector.command("back");
    let outcome = probe.delivers_all(&mut collector);
    assert!(before.distinct < outcome.created.len(), "there was something to lose");
    assert_eq!(outcome.stderr.matches("does not accept spans").count(), 1, "{}", outcome.stderr);
    assert_eq!(outcome.stderr.matches("accepts spans again").count(), 1, "{}", outcome.stderr);
}

#[test]
fn spans_of_a_long_outage_arrive_after_it() {
    nothing_is_lost_while_it_is_away(GRPC);
}

#[test]
fn spans_of_a_long_outage_arrive_after_it_over_http() {
    nothing_is_lost_while_it_is_away(HTTP);
}

/// Some spans may arrive twice: after a lost connection it is unknown whether the last batch was accepted.
fn nothing_is_lost_while_it_comes_and_goes(settings: Settings<'_>) {
    let mut collector = Scripted::start();
    let mut probe = Paced::start(&collector, milliseconds(), settings);
    collector.command("flap 300 400");
    probe.reaches(10);
    assert!(collector.number("flaps") > 1, "it came and went");
    collector.command("back");
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
