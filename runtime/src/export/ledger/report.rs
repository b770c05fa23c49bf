//! The public report of where all spans are.

use std::fmt;

use crate::export::ledger::losses::{Dropped, LossReason};

/// Where the recorded spans are, in numbers.
///
/// Returned by [`Guard::report`](crate::Guard::report) and by a shutdown. While no span starts, ends or is being exported,
/// `created + adopted` equals the sum of the other counts, apart from `discarded_early`, which is part of `discarded`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Spans that were started and recorded.
    pub created: u64,
    /// Spans that an ended process had left in the [spool](crate::Builder::spool), and that this process sends.
    pub adopted: u64,
    /// Not ended yet. With a [span processor](crate::Builder::span_processor), spans that end after the shutdown stay
    /// counted here, since the SDK does not report them.
    pub open: u64,
    /// Ended, and waiting for the exporter.
    pub buffered: u64,
    /// Being sent.
    pub in_flight: u64,
    /// Kept in memory, to be sent or sent again.
    pub kept: u64,
    /// Kept on disk, to be sent again by this process or a later one.
    pub spooled: u64,
    /// Accepted by a collector or another exporter, written to a file, or shown on the console.
    pub exported: u64,
    /// Discarded because `OTEL_TRACES_EXPORTER=none`, a [`SpanHook`](crate::hook::SpanHook) or
    /// [`KeepOnError`](crate::sampling::KeepOnError) asks for it.
    pub discarded: u64,
    /// The part of `discarded` that [`KeepOnError`](crate::sampling::KeepOnError) gave up before it was known whether the trace
    /// would fail.
    pub discarded_early: u64,
    /// Lost, by reason.
    pub dropped: Dropped,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spans: {} exported", self.created + self.adopted, self.exported)?;
        let others = [
            (self.adopted, "of them adopted from an ended process"),
            (self.open, "still open"),
            (self.buffered, "buffered"),
            (self.in_flight, "being sent"),
            (self.kept, "kept to be sent again"),
            (self.spooled, "kept on disk"),
            (self.discarded, "discarded as configured"),
            (self.discarded_early, "of them before their traces had ended"),
        ];
        let dropped = LossReason::ALL.iter().map(|reason| (self.dropped.of(*reason), reason.text()));
        for (count, what) in others.into_iter().chain(dropped) {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}
