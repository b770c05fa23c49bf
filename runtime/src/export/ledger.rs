//! The count of every span on its way.
//!
//! created + adopted = open + buffered + in flight + kept + spooled + exported + discarded + dropped, exact whenever
//! nothing is moving.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::queue::span_queue::QueueCounts;

/// Where a span is that the exporter has encoded and no collector has taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// In memory.
    Kept,
    /// On disk.
    Spooled,
    /// Being sent.
    InFlight,
}

/// Why a span was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    MemoryFull,
    DiskFull,
    Damaged,
    Rejected,
    Undelivered,
    Unwritten,
}

/// QueueCounts. Each span passes each stage once, but for those that are sent again.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    adopted: AtomicU64,
    stages: [AtomicU64; 3],
    exported: AtomicU64,
    discarded: AtomicU64,
    discarded_early: AtomicU64,
    dropped: [AtomicU64; 6],
}

/// Where the spans are that were recorded, in numbers.
///
/// Made by [`Guard::report`](crate::Guard::report) and by a shutdown. `created` and `adopted` together are the sum of
/// the others; exactly so, whenever no span is starting, ending or being exported at the moment of the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Spans that were started and recorded.
    pub created: u64,
    /// Spans that a process which is gone had left on disk, and that this one took over to send.
    pub adopted: u64,
    /// Not ended yet. With a [span processor](crate::Builder::span_processor) those that end after the shutdown are counted
    /// here for good: the SDK does not tell of them.
    pub open: u64,
    /// Ended, and waiting for the exporter.
    pub buffered: u64,
    /// Being sent.
    pub in_flight: u64,
    /// Kept in memory, to be sent (again).
    pub kept: u64,
    /// Kept on disk, to be sent again, by a later process if need be.
    pub spooled: u64,
    /// Taken by a collector or another exporter, or shown on the console.
    pub exported: u64,
    /// Thrown away, as `OTEL_TRACES_EXPORTER=none`, a [`SpanHook`](crate::SpanHook) or
    /// [`KeepOnError`](crate::sampling::KeepOnError) asks.
    pub discarded: u64,
    /// Those of `discarded` that were held to be kept [on error](crate::sampling::KeepOnError), and given up before it was known whether
    /// there would be one. They are no part of the sum.
    pub discarded_early: u64,
    /// Lost, and why.
    pub dropped: Dropped,
}

/// The spans that were lost, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Ended faster than the exporter took them (`OTEL_BSP_MAX_QUEUE_SIZE`).
    pub queue_full: u64,
    /// The collector was away for longer than the memory set aside for it lasts.
    pub memory_full: u64,
    /// It was away for longer than the room on disk lasts. (Where the disk itself takes no more they are kept in memory.)
    pub disk_full: u64,
    /// Their files on disk were damaged, or deleted by someone else.
    pub damaged: u64,
    /// The collector, or another exporter, answered that it will not take them.
    pub rejected: u64,
    /// Ended after the shutdown.
    pub after_shutdown: u64,
    /// Started in the destructor of a thread-local variable, when the thread had no context any more.
    pub thread_gone: u64,
    /// Still not taken when the shutdown's deadline had passed.
    pub undelivered: u64,
    /// Could not be written to the file, or to standard output, that they were for.
    pub unwritten: u64,
    /// Never recorded, because their traces had [as many spans as they may have](crate::Builder::max_spans_per_trace).
    pub over_the_cap: u64,
}

impl Dropped {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason().iter().map(|(count, _)| count).sum()
    }

    /// Each count with what it says.
    pub(super) const fn by_reason(&self) -> [(u64, &'static str); 10] {
        [
            (self.queue_full, "dropped because the queue was full"),
            (self.memory_full, "dropped because the memory for an outage was full"),
            (self.disk_full, "dropped because the room on disk was full"),
            (self.damaged, "dropped because their files on disk were damaged"),
            (self.rejected, "rejected by the collector"),
            (self.after_shutdown, "dropped because they ended after the shutdown"),
            (self.thread_gone, "dropped because their threads were being torn down"),
            (self.undelivered, "dropped because no collector took them in time"),
            (self.unwritten, "not written where they were to be"),
            (self.over_the_cap, "not recorded because their traces had too many"),
        ]
    }
}

impl Ledger {
    /// Spans have come to a stage.
    pub(super) fn enter(&self, stage: Stage, spans: u64) {
        self.stages[stage as usize].fetch_add(spans, Ordering::Relaxed);
    }

    fn leave(&self, stage: Stage, spans: u64) {
        self.stages[stage as usize].fetch_sub(spans, Ordering::Relaxed);
    }

    pub(super) fn shift(&self, from: Stage, to: Stage, spans: u64) {
        self.enter(to, spans);
        self.leave(from, spans);
    }

    /// Spans of a process that is gone have been found on disk.
    pub(super) fn adopted(&self, spans: u64) {
        self.adopted.fetch_add(spans, Ordering::Relaxed);
        self.enter(Stage::Spooled, spans);
    }

    pub(super) fn discarded(&self, spans: u64) {
        self.discarded.fetch_add(spans, Ordering::Relaxed);
    }

    /// Some of those discarded were so before their time.
    pub(super) fn discarded_early(&self, spans: u64) {
        self.discarded_early.fetch_add(spans, Ordering::Relaxed);
    }

    /// Spans have arrived.
    pub(super) fn delivered(&self, from: Stage, spans: u64) {
        self.exported.fetch_add(spans, Ordering::Relaxed);
        self.leave(from, spans);
    }

    /// Spans are given up.
    pub(super) fn gave_up(&self, from: Stage, spans: u64, reason: Reason) {
        self.dropped[reason as usize].fetch_add(spans, Ordering::Relaxed);
        self.leave(from, spans);
    }

    /// How many have been lost here.
    pub(super) fn lost(&self) -> u64 {
        self.dropped.iter().map(|reason| reason.load(Ordering::Relaxed)).sum()
    }

    /// How many have not been taken: kept, on disk or not, or being sent.
    pub(super) fn waiting(&self) -> u64 {
        self.stages.iter().map(|stage| stage.load(Ordering::Relaxed)).sum()
    }

    /// The whole of it, with what was counted before it came here.
    pub(crate) fn report(&self, counts: impl FnOnce() -> QueueCounts) -> Report {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let stage = |stage: Stage| load(&self.stages[stage as usize]);
        let lost = |reason: Reason| load(&self.dropped[reason as usize]);
        let (exported, discarded, adopted) =
            (load(&self.exported), load(&self.discarded), load(&self.adopted));
        let (kept, spooled, in_flight) = (stage(Stage::Kept), stage(Stage::Spooled), stage(Stage::InFlight));
        let mut dropped = Dropped {
            memory_full: lost(Reason::MemoryFull),
            disk_full: lost(Reason::DiskFull),
            damaged: lost(Reason::Damaged),
            rejected: lost(Reason::Rejected),
            undelivered: lost(Reason::Undelivered),
            unwritten: lost(Reason::Unwritten),
            ..Dropped::default()
        };
        let passed = exported + discarded + kept + spooled + in_flight + dropped.total();
        // Read after the others: a span may move on while this is read, but not appear from nowhere.
        let counts = counts();
        dropped.queue_full = counts.full;
        dropped.after_shutdown = counts.after_close;
        dropped.thread_gone = counts.thread_gone;
        dropped.over_the_cap = counts.over_the_cap;
        let before =
            counts.full + counts.after_close + counts.thread_gone + counts.over_the_cap + counts.discarded;
        Report {
            created: counts.started,
            adopted,
            open: counts.started.saturating_sub(counts.ended),
            buffered: (counts.ended + adopted).saturating_sub(passed + before),
            in_flight,
            kept,
            spooled,
            exported,
            discarded: discarded + counts.discarded,
            discarded_early: load(&self.discarded_early),
            dropped,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spans: {} exported", self.created + self.adopted, self.exported)?;
        let others = [
            (self.adopted, "of them taken over from a process that is gone"),
            (self.open, "still open"),
            (self.buffered, "buffered"),
            (self.in_flight, "being sent"),
            (self.kept, "kept to be sent again"),
            (self.spooled, "kept on disk"),
            (self.discarded, "thrown away as asked"),
            (self.discarded_early, "of them before their traces had ended"),
        ];
        for (count, what) in others.into_iter().chain(self.dropped.by_reason()) {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}
