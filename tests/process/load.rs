//! 200,000 spans a second, with a collector that is healthy, slow, or away: each span is delivered, kept or counted, and the memory
//! has a bound.
//!
//! `SPANWISE_LONG_TESTS=1` makes it ten times as long.

use crate::paced::{GRPC, Outcome, Paced};
use crate::scripted::Scripted;

const PER_SECOND: u32 = 200_000;
/// The memory for an outage, the queue, and the ids that the probe itself keeps.
#[cfg(target_os = "linux")]
const MAX_MEBIBYTES: u64 = 400;

fn milliseconds() -> u32 {
    if std::env::var_os("SPANWISE_LONG_TESTS").is_some() { 10_000 } else { 1_000 }
}

/// The probe asserts that the sum is right. Returns what became of the spans.
fn under_load(collector: &mut Scripted, mode: &str) -> Outcome {
    let mut probe = Paced::start_at(PER_SECOND, collector, milliseconds(), GRPC);
    probe.reaches(1);
    collector.command(mode);
    let spans = probe.is_done();
    assert!(spans as u64 >= u64::from(PER_SECOND) * u64::from(milliseconds()) / 1_000 * 9 / 10, "{spans}");
    #[cfg(target_os = "linux")]
    {
        let memory = probe.peak_memory_mebibytes();
        assert!(memory < MAX_MEBIBYTES, "{memory} MiB");
    }
    probe.ends()
}

#[test]
fn a_healthy_collector_gets_what_the_report_says() {
    let mut collector = Scripted::start();
    let outcome = under_load(&mut collector, "serve healthy");
    assert_eq!(collector.taken().distinct as u64, outcome.count("exported"), "{}", outcome.stderr);
    assert!(outcome.count("exported") > 0);
}

/// It takes some, and what has no room is counted.
#[test]
fn a_slow_collector_gets_what_the_report_says() {
    let mut collector = Scripted::start();
    let outcome = under_load(&mut collector, "serve slow 300");
    // What was on its way at the deadline may have been taken.
    assert!(collector.taken().distinct as u64 >= outcome.count("exported"), "{}", outcome.stderr);
    assert!(outcome.count("exported") > 0);
}

#[test]
fn with_the_collector_away_each_span_is_kept_or_counted() {
    let mut collector = Scripted::start();
    let outcome = under_load(&mut collector, "away");
    let dropped = outcome.count("dropped");
    assert_eq!(outcome.count("created"), outcome.count("exported") + dropped, "{}", outcome.stderr);
    assert!(dropped > 0);
}
