//! The count of every span on its way:
//!
//! created + adopted = open + buffered + in flight + kept + spooled + exported + discarded + dropped
//!
//! This is exact whenever nothing is moving.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use crate::engine::queue::span_queue::QueueCounts;
use crate::export::ledger::losses::{Dropped, LossReason};
use crate::export::ledger::report::Report;

/// How often a report is tried while spans are being adopted, which takes some nanoseconds.
const MAX_TRIES: u32 = 10_000;

/// Where a span is that the exporter has taken and not delivered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) enum SpanStage {
    /// In memory.
    Kept,
    /// On disk.
    Spooled,
    /// Being sent.
    InFlight,
}

/// The exporter's counters. A span enters each stage once, except for spans that are sent again.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// As many as are adopted, or will be in a moment.
    adopting: AtomicU64,
    adopted: AtomicU64,
    stages: [AtomicU64; 3],
    exported: AtomicU64,
    discarded: AtomicU64,
    discarded_early: AtomicU64,
    dropped: [AtomicU64; LossReason::ALL.len()],
}

impl Ledger {
    /// Counts spans that come to a stage.
    pub(in crate::export) fn enter(&self, stage: SpanStage, spans: u64) {
        self.stages[stage as usize].fetch_add(spans, Ordering::Relaxed);
    }

    fn leave(&self, stage: SpanStage, spans: u64) {
        self.stages[stage as usize].fetch_sub(spans, Ordering::Relaxed);
    }

    /// Counts spans that go from one stage to another.
    pub(in crate::export) fn shift(&self, from: SpanStage, to: SpanStage, spans: u64) {
        self.enter(to, spans);
        self.leave(from, spans);
    }

    /// Counts spans of an ended process that were found on disk.
    pub(in crate::export) fn adopted(&self, spans: u64) {
        // A report that sees them on disk sees that they are being adopted.
        self.adopting.fetch_add(spans, Ordering::Relaxed);
        fence(Ordering::Release);
        self.enter(SpanStage::Spooled, spans);
        self.adopted.fetch_add(spans, Ordering::Release);
    }

    /// Counts spans that are discarded as configured.
    pub(in crate::export) fn discarded(&self, spans: u64) {
        self.discarded.fetch_add(spans, Ordering::Relaxed);
    }

    /// Counts those of the discarded spans whose trace had not ended.
    pub(in crate::export) fn discarded_early(&self, spans: u64) {
        self.discarded_early.fetch_add(spans, Ordering::Relaxed);
    }

    /// Counts spans that have arrived.
    pub(in crate::export) fn delivered(&self, from: SpanStage, spans: u64) {
        self.exported.fetch_add(spans, Ordering::Relaxed);
        self.leave(from, spans);
    }

    /// Counts spans that are lost.
    pub(in crate::export) fn lost(&self, from: SpanStage, spans: u64, reason: LossReason) {
        self.dropped[reason as usize].fetch_add(spans, Ordering::Relaxed);
        self.leave(from, spans);
    }

    /// Counts spans that are delivered without passing a stage, because the destination is done with them at once.
    pub(in crate::export) fn delivered_at_once(&self, spans: u64) {
        self.exported.fetch_add(spans, Ordering::Relaxed);
    }

    /// Counts spans that are lost without having passed a stage.
    pub(in crate::export) fn lost_at_once(&self, spans: u64, reason: LossReason) {
        self.dropped[reason as usize].fetch_add(spans, Ordering::Relaxed);
    }

    /// How many spans the exporter has lost.
    pub(in crate::export) fn total_lost(&self) -> u64 {
        self.dropped.iter().map(|reason| reason.load(Ordering::Relaxed)).sum()
    }

    /// How many spans are in any stage.
    pub(in crate::export) fn waiting(&self) -> u64 {
        self.stages.iter().map(|stage| stage.load(Ordering::Relaxed)).sum()
    }

    /// The report, with what the queue has counted.
    pub(crate) fn report(&self, counts: impl Fn() -> QueueCounts) -> Report {
        // Not for ever: after a fork nobody ends an adoption that was under way.
        for _ in 0..MAX_TRIES {
            let report = self.report_once(&counts);
            fence(Ordering::Acquire);
            if self.adopting.load(Ordering::Relaxed) == report.adopted {
                return report;
            }
            std::thread::yield_now();
        }
        self.report_once(&counts)
    }

    fn report_once(&self, counts: impl Fn() -> QueueCounts) -> Report {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let stage = |stage: SpanStage| load(&self.stages[stage as usize]);
        let adopted = self.adopted.load(Ordering::Acquire);
        let (exported, discarded) = (load(&self.exported), load(&self.discarded));
        let (kept, spooled, in_flight) =
            (stage(SpanStage::Kept), stage(SpanStage::Spooled), stage(SpanStage::InFlight));
        let in_exporter = Dropped::count(|reason| load(&self.dropped[reason as usize]));
        let passed = exported + discarded + kept + spooled + in_flight + in_exporter.total();
        // The queue's counts are read last: a span may move on meanwhile, but none appears from nowhere.
        let counts = counts();
        let in_queue = Dropped::count(|reason| reason.in_queue(&counts));
        Report {
            created: counts.started,
            adopted,
            open: counts.started.saturating_sub(counts.ended),
            buffered: (counts.ended + adopted).saturating_sub(passed + in_queue.total() + counts.discarded),
            in_flight,
            kept,
            spooled,
            exported,
            discarded: discarded + counts.discarded,
            discarded_early: load(&self.discarded_early),
            dropped: Dropped::count(|reason| in_exporter.of(reason) + in_queue.of(reason)),
        }
    }
}
