//! Which batches are kept, sent and lost, in memory and on disk.

use std::sync::Arc;

use bytes::Bytes;

use crate::engine::queue::span_queue::QueueCounts;
use crate::export::backlog::backlog::{Backlog, Refused, TooLarge};
use crate::export::backlog::disk::Disk;
use crate::export::encode::batch::Batch;
use crate::export::encode::batch::tests::{batch_of, names_in};
use crate::export::ledger::ledger::Ledger;

fn batch(text: &'static str, spans: u64, has_errors: bool) -> Batch {
    Batch { bytes: Bytes::from_static(text.as_bytes()), spans, has_errors }
}

fn backlog(bound: usize) -> (Backlog, Arc<Ledger>) {
    let ledger = Arc::new(Ledger::default());
    (Backlog::new(bound, None, Arc::clone(&ledger), false), ledger)
}

/// The remaining batches, oldest first.
fn left(backlog: &mut Backlog) -> Vec<String> {
    let mut left = Vec::new();
    while let Some(bytes) = backlog.send() {
        left.push(String::from_utf8_lossy(&bytes).into_owned());
        backlog.delivered(0);
    }
    left
}

#[test]
fn the_oldest_goes_first() {
    let (mut backlog, ledger) = backlog(100);
    for (text, spans) in [("one", 1), ("two", 2), ("three", 3)] {
        backlog.keep(batch(text, spans, false));
    }
    assert_eq!(left(&mut backlog), ["one", "two", "three"]);
    let report = ledger.report(QueueCounts::default);
    assert_eq!((report.exported, report.kept, report.in_flight), (6, 0, 0));
}

#[test]
fn the_newest_batch_without_errors_is_dropped_first() {
    let (mut backlog, ledger) = backlog(8);
    backlog.keep(batch("old", 1, false));
    backlog.keep(batch("bad", 2, true));
    backlog.keep(batch("new", 4, false));
    assert_eq!(ledger.total_lost(), 4, "the newest");
    backlog.keep(batch("evil", 8, true));
    assert_eq!(ledger.total_lost(), 5, "the one that has not failed");
    backlog.keep(batch("ugly", 16, true));
    assert_eq!(ledger.total_lost(), 21, "the newest of those that have");
    assert_eq!(left(&mut backlog), ["bad", "evil"]);
    let report = ledger.report(QueueCounts::default);
    assert_eq!((report.exported, report.dropped.memory_full), (10, 21));
}

#[test]
fn what_is_being_sent_is_not_dropped() {
    let (mut backlog, ledger) = backlog(4);
    backlog.keep(batch("one", 1, false));
    assert!(backlog.send().is_some());
    backlog.keep(batch("two", 2, false));
    assert_eq!(ledger.total_lost(), 2);
    assert_eq!(backlog.delivered(0).0, 0);
    assert_eq!(backlog.next_send_at(), None);
}

#[test]
fn one_batch_fits_whatever_the_bound_is() {
    let (mut backlog, ledger) = backlog(0);
    backlog.keep(batch("one", 1, false));
    backlog.keep(batch("two", 2, false));
    assert_eq!(ledger.total_lost(), 2);
    assert_eq!(left(&mut backlog), ["one"]);
}

#[test]
fn a_failed_attempt_changes_nothing() {
    let (mut backlog, ledger) = backlog(100);
    backlog.keep(batch("one", 1, false));
    for _ in 0..3 {
        assert!(backlog.send().is_some());
        assert_eq!(ledger.report(QueueCounts::default).in_flight, 1);
        backlog.failed();
        assert_eq!(ledger.report(QueueCounts::default).kept, 1);
    }
    assert_eq!(left(&mut backlog), ["one"]);
}

#[test]
fn a_collector_that_rejects_more_than_it_was_sent_is_not_believed() {
    let (mut backlog, ledger) = backlog(8);
    backlog.keep(batch("one", 1, false));
    backlog.send();
    assert_eq!(backlog.delivered(u64::MAX).0, 1);
    let report = ledger.report(QueueCounts::default);
    assert_eq!((report.dropped.rejected, report.exported), (1, 0));
}

#[test]
fn batches_made_and_settled_are_counted() {
    let (mut backlog, _) = backlog(100);
    assert_eq!((backlog.batches_made(), backlog.batches_settled()), (0, 0));
    backlog.keep(batch("one", 1, false));
    backlog.keep(batch("two", 1, false));
    assert_eq!((backlog.batches_made(), backlog.batches_settled()), (2, 0));
    backlog.send();
    backlog.delivered(0);
    assert_eq!(backlog.batches_settled(), 1);
    backlog.send();
    backlog.rejected();
    assert_eq!(backlog.batches_settled(), 2);
}

mod refused;

mod on_disk {
    use super::*;

    fn with_disk(directory: &std::path::Path, room: u64) -> (Backlog, Arc<Ledger>) {
        let ledger = Arc::new(Ledger::default());
        let disk = Disk::open(directory, room, Arc::clone(&ledger)).expect("a spool");
        // Memory for one batch.
        (Backlog::new(1, Some(disk), Arc::clone(&ledger), false), ledger)
    }

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a directory")
    }

    #[test]
    fn the_oldest_batch_goes_to_disk_and_is_sent_first() {
        let directory = directory();
        let (mut backlog, ledger) = with_disk(directory.path(), 1 << 20);
        for text in ["one", "two", "three", "four"] {
            backlog.keep(batch(text, 1, false));
        }
        let report = ledger.report(QueueCounts::default);
        assert_eq!((report.kept, report.spooled), (1, 3));
        assert_eq!(left(&mut backlog), ["one", "two", "three", "four"]);
        assert_eq!(ledger.report(QueueCounts::default).exported, 4);
    }

    #[test]
    fn batches_left_at_the_end_are_adopted_by_the_next_process() {
        let directory = directory();
        let (mut backlog, ledger) = with_disk(directory.path(), 1 << 20);
        backlog.keep(batch("one", 3, false));
        backlog.keep(batch("two", 4, true));
        backlog.send();
        backlog.close();
        let report = ledger.report(QueueCounts::default);
        assert_eq!((report.spooled, report.dropped.total()), (7, 0));

        let (mut successor, ledger) = with_disk(directory.path(), 1 << 20);
        let report = ledger.report(QueueCounts::default);
        assert_eq!((report.adopted, report.spooled), (7, 7));
        assert_eq!(left(&mut successor), ["one", "two"]);
        assert_eq!(ledger.report(QueueCounts::default).exported, 7);
    }

    #[test]
    fn in_a_full_spool_batches_with_errors_replace_others_except_the_one_in_flight() {
        let directory = directory();
        // Room for two small batches.
        let (mut backlog, ledger) = with_disk(directory.path(), 100);
        for (text, spans, has_errors) in [("first", 1, false), ("other", 2, false), ("bad", 4, true)] {
            backlog.keep(batch(text, spans, has_errors));
        }
        assert!(backlog.send().is_some(), "the first");
        backlog.keep(batch("worse", 8, true));
        let report = ledger.report(QueueCounts::default);
        assert_eq!((report.in_flight, report.spooled, report.kept), (1, 4, 8));
        assert_eq!((report.dropped.disk_full, report.dropped.memory_full), (2, 0));
        // The only batch without errors is being sent.
        backlog.keep(batch("worst", 16, true));
        let report = ledger.report(QueueCounts::default);
        assert_eq!((report.in_flight, report.spooled, report.kept), (1, 4, 8));
        assert_eq!(report.dropped.memory_full, 16);
        backlog.delivered(0);
        assert_eq!(left(&mut backlog), ["bad", "worse"]);
    }

    /// A batch on disk stays there until each of its parts has arrived or is lost.
    #[test]
    fn a_crash_between_two_parts_loses_nothing() {
        let directory = directory();
        let (mut backlog, ledger) = with_disk(directory.path(), 1 << 20);
        backlog.keep(batch_of(&["a", "b"]));
        backlog.keep(batch_of(&["c", "d"]));
        assert_eq!(ledger.report(QueueCounts::default).spooled, 2);
        backlog.send();
        assert!(matches!(backlog.too_large(), Some(TooLarge::Halved { .. })), "it has two spans");
        backlog.send();
        backlog.delivered(0);
        // The process is killed: nothing is closed.
        let (mut successor, ledger) = with_disk(directory.path(), 1 << 20);
        assert_eq!(ledger.report(QueueCounts::default).adopted, 0, "the other one still holds its lock");
        backlog.close();
        successor.close();
        let (mut successor, ledger) = with_disk(directory.path(), 1 << 20);
        assert_eq!(ledger.report(QueueCounts::default).adopted, 4, "one arrives twice");
        let mut arrived = Vec::new();
        while let Some(request) = successor.send() {
            arrived.extend(names_in(&request));
            successor.delivered(0);
        }
        assert_eq!(arrived.concat(), "abcd");
    }

    #[test]
    fn a_batch_on_disk_is_gone_once_its_parts_are_settled() {
        let directory = directory();
        let (mut backlog, ledger) = with_disk(directory.path(), 1 << 20);
        backlog.keep(batch_of(&["a", "b"]));
        backlog.keep(batch_of(&["c", "d"]));
        backlog.send();
        backlog.too_large();
        backlog.send();
        backlog.delivered(0);
        backlog.send();
        backlog.too_large();
        let report = ledger.report(QueueCounts::default);
        assert_eq!((report.exported, report.dropped.too_large, report.kept + report.spooled), (1, 1, 2));
        backlog.send();
        backlog.delivered(0);
        backlog.close();
        let (_, ledger) = with_disk(directory.path(), 1 << 20);
        assert_eq!(ledger.report(QueueCounts::default).adopted, 0);
        let quarantine = std::fs::read_dir(directory.path().join("quarantine")).expect("it is there");
        assert_eq!(quarantine.count(), 1, "the one that was too large");
    }

    /// A failure may pass: too many open files, no room, permissions that somebody corrects.
    #[tokio::test(start_paused = true)]
    async fn a_spool_that_cannot_be_opened_is_tried_again() {
        let directory = directory();
        let path = directory.path().join("spool");
        std::fs::write(&path, "a file").expect("our directory");
        let (mut backlog, ledger) = backlog(1 << 20);
        backlog.use_disk(Disk::unopened(path.clone(), 1 << 20, Arc::clone(&ledger)));
        backlog.keep(batch("one", 3, false));
        std::fs::remove_file(&path).expect("our file");
        while ledger.report(QueueCounts::default).spooled == 0 {
            tokio::time::sleep_until(backlog.wake_at().expect("it is tried again")).await;
            backlog.maintain();
        }
        backlog.close();
        let (_, ledger) = with_disk(&path, 1 << 20);
        assert_eq!(ledger.report(QueueCounts::default).adopted, 3);
    }

    #[test]
    fn rejected_batches_go_to_the_quarantine() {
        let directory = directory();
        let (mut backlog, ledger) = with_disk(directory.path(), 1 << 20);
        for (text, spans) in [("on disk", 1), ("in memory", 2)] {
            backlog.keep(batch(text, spans, false));
        }
        for spans in [1, 2] {
            let before = ledger.total_lost();
            backlog.send();
            backlog.rejected();
            assert_eq!(ledger.total_lost() - before, spans);
        }
        assert_eq!(ledger.report(QueueCounts::default).dropped.rejected, 3);
        let quarantine = std::fs::read_dir(directory.path().join("quarantine")).expect("it is there");
        assert_eq!(quarantine.count(), 2);
    }
}

/// In any order of events, each span is counted once.
mod arbitrary {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        /// Whether each of its spans has failed.
        Keep(Vec<bool>),
        Send,
        Delivered(u64),
        Rejected,
        Refused,
        TooLarge,
        Failed,
        Maintain,
        Close,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => vec(any::<bool>(), 1..6).prop_map(Step::Keep),
            4 => Just(Step::Send),
            3 => (0..4_u64).prop_map(Step::Delivered),
            1 => Just(Step::Rejected),
            3 => Just(Step::Refused),
            1 => Just(Step::TooLarge),
            2 => Just(Step::Failed),
            1 => Just(Step::Maintain),
            1 => Just(Step::Close),
        ]
    }

    /// Runs the steps. Returns how many spans were put in, and the report.
    fn run(mut backlog: Backlog, ledger: &Ledger, steps: &[Step]) -> (u64, crate::export::Report) {
        let (mut put_in, mut in_flight) = (0, false);
        for step in steps {
            match step {
                Step::Keep(spans) => {
                    put_in += spans.len() as u64;
                    let names: Vec<_> =
                        spans.iter().map(|failed| if *failed { "error" } else { "ok" }).collect();
                    backlog.keep(batch_of(&names));
                }
                // One at a time, as the collector does it.
                Step::Send if !in_flight => in_flight = backlog.send().is_some(),
                Step::Delivered(rejected) if in_flight => {
                    backlog.delivered(*rejected);
                    in_flight = false;
                }
                Step::Rejected if in_flight => {
                    backlog.rejected();
                    in_flight = false;
                }
                Step::Refused if in_flight => {
                    backlog.refused();
                    in_flight = false;
                }
                Step::TooLarge if in_flight => {
                    backlog.too_large();
                    in_flight = false;
                }
                Step::Failed
                | Step::Send
                | Step::Delivered(_)
                | Step::Rejected
                | Step::Refused
                | Step::TooLarge => {
                    backlog.failed();
                    in_flight = false;
                }
                Step::Maintain => backlog.maintain(),
                Step::Close => {
                    backlog.close();
                    in_flight = false;
                }
            }
            let report = ledger.report(QueueCounts::default);
            let somewhere = report.kept + report.spooled + report.in_flight + report.exported;
            assert_eq!(somewhere + report.dropped.total(), put_in, "{step:?}: {report:?}");
            assert_eq!(report.in_flight > 0, in_flight, "{step:?}: {report:?}");
            assert!(backlog.batches_settled() <= backlog.batches_made());
        }
        (put_in, ledger.report(QueueCounts::default))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_sum_is_right_in_memory(bound in 0..900_usize, steps in vec(step(), 0..60)) {
            let (backlog, ledger) = backlog(bound);
            let (put_in, report) = run(backlog, &ledger, &steps);
            prop_assert!(report.spooled == 0 && report.exported <= put_in);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_sum_is_right_on_disk(bound in 0..900_usize, room in 0..1_200_u64, steps in vec(step(), 0..60)) {
            let directory = tempfile::tempdir().expect("a directory");
            let ledger = Arc::new(Ledger::default());
            let disk = Disk::open(directory.path(), room, Arc::clone(&ledger)).expect("a spool");
            run(Backlog::new(bound, Some(disk), Arc::clone(&ledger), false), &ledger, &steps);
        }
    }
}
