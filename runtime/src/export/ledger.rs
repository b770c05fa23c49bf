//! The count of every span on its way.
//!
//! created = open + buffered + kept + exported + discarded + dropped, exact whenever nothing is moving.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::Counts;

/// Counts. Each span passes each stage once.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    exported: AtomicU64,
    discarded: AtomicU64,
    kept: AtomicU64,
    memory_full: AtomicU64,
    rejected: AtomicU64,
    undelivered: AtomicU64,
}

/// Why a span was dropped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason {
    MemoryFull,
    Rejected,
    Undelivered,
}

/// Where the spans are that were recorded, in numbers.
///
/// Made by [`Guard::report`](crate::Guard::report) and by a shutdown. `created` is the sum of the
/// others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Spans that were started and recorded.
    pub created: u64,
    /// Not ended yet.
    pub open: u64,
    /// Ended, and waiting for the exporter.
    pub buffered: u64,
    /// Encoded, and not taken by a collector yet: being sent, or to be sent again.
    pub kept: u64,
    /// Taken by a collector, or shown on the console.
    pub exported: u64,
    /// Thrown away, as `OTEL_TRACES_EXPORTER=none` or a [`SpanHook`](crate::SpanHook) asks.
    pub discarded: u64,
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
    /// The collector answered that it will not take them.
    pub rejected: u64,
    /// Ended after the shutdown.
    pub after_shutdown: u64,
    /// Started in the destructor of a thread-local variable, when the thread had no context any more.
    pub thread_gone: u64,
    /// Still not taken when the shutdown's deadline had passed.
    pub undelivered: u64,
}

impl Dropped {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.queue_full
            + self.memory_full
            + self.rejected
            + self.after_shutdown
            + self.thread_gone
            + self.undelivered
    }
}

impl Ledger {
    pub(super) fn kept(&self, spans: u64) {
        self.kept.fetch_add(spans, Ordering::Relaxed);
    }

    pub(super) fn discarded(&self, spans: u64) {
        self.discarded.fetch_add(spans, Ordering::Relaxed);
    }

    /// Spans that were kept have arrived.
    pub(super) fn delivered(&self, spans: u64) {
        self.exported.fetch_add(spans, Ordering::Relaxed);
        self.kept.fetch_sub(spans, Ordering::Relaxed);
    }

    /// Spans that were kept are given up.
    pub(super) fn gave_up(&self, spans: u64, reason: Reason) {
        self.dropped(spans, reason);
        self.kept.fetch_sub(spans, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self, spans: u64, reason: Reason) {
        let counter = match reason {
            Reason::MemoryFull => &self.memory_full,
            Reason::Rejected => &self.rejected,
            Reason::Undelivered => &self.undelivered,
        };
        counter.fetch_add(spans, Ordering::Relaxed);
    }

    pub(super) fn spans_kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// The whole of it, with what was counted before it came here.
    pub(crate) fn report(&self, counts: impl FnOnce() -> Counts) -> Report {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (exported, kept, discarded) = (load(&self.exported), load(&self.kept), load(&self.discarded));
        // Read after the others: a span may move on while this is read, but not appear from nowhere.
        let counts = counts();
        let dropped = Dropped {
            queue_full: counts.full,
            memory_full: load(&self.memory_full),
            rejected: load(&self.rejected),
            after_shutdown: counts.after_close,
            thread_gone: counts.thread_gone,
            undelivered: load(&self.undelivered),
        };
        let discarded = discarded + counts.discarded;
        Report {
            created: counts.started,
            open: counts.started.saturating_sub(counts.ended),
            buffered: counts.ended.saturating_sub(exported + discarded + kept + dropped.total()),
            kept,
            exported,
            discarded,
            dropped,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spans: {} exported", self.created, self.exported)?;
        let Dropped { queue_full, memory_full, rejected, after_shutdown, thread_gone, undelivered } =
            self.dropped;
        for (count, what) in [
            (self.open, "still open"),
            (self.buffered, "buffered"),
            (self.kept, "kept to be sent again"),
            (self.discarded, "thrown away as asked"),
            (queue_full, "dropped because the queue was full"),
            (memory_full, "dropped because the memory for an outage was full"),
            (rejected, "rejected by the collector"),
            (after_shutdown, "dropped because they ended after the shutdown"),
            (thread_gone, "dropped because their threads were being torn down"),
            (undelivered, "dropped because no collector took them in time"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}
