//! What a spool reports to its caller, which counts every span.

use std::fmt;
use std::ops::AddAssign;

use crate::spool::number::BatchNumber;

/// A batch as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredBatch {
    /// Its name for [`Spool::acknowledge`](crate::spool::queue::Spool::acknowledge) and
    /// [`Spool::quarantine`](crate::spool::queue::Spool::quarantine).
    pub(crate) number: BatchNumber,
    /// The batch.
    pub(crate) bytes: Vec<u8>,
    /// How many spans it holds, by its header.
    pub(crate) spans: u64,
    /// Whether any of them is an error, by its header.
    pub(crate) has_errors: bool,
}

/// A batch that the spool had to give up by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TakenOut {
    /// Which batch.
    pub(crate) number: BatchNumber,
    /// How many spans are lost; `None` if it was found, damaged, in the directory of a dead process
    /// and not even its header can be believed. A batch that was in the queue, and so in
    /// `Spool::spans`, always has a count.
    pub(crate) spans: Option<u64>,
    /// What had happened to it.
    pub(crate) reason: TakenOutReason,
}

/// What had happened to a batch that was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum TakenOutReason {
    /// The content is not what was written. The file was moved to the quarantine if that was possible.
    Corrupt,
    /// Another program has removed it, or replaced it by something that is not a file.
    Missing,
}

impl fmt::Display for TakenOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Corrupt => "damaged",
            Self::Missing => "missing",
        })
    }
}

/// A batch that was deleted to make room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DroppedBatch {
    /// Which batch.
    pub(crate) number: BatchNumber,
    /// How many spans are lost.
    pub(crate) spans: u64,
    /// Whether any of them was an error.
    pub(crate) has_errors: bool,
    /// How much room it gave back.
    pub(crate) bytes: u64,
}

/// What was found in the directories of dead processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Adopted {
    /// Dead processes whose directories were gone through.
    pub(crate) processes: u64,
    /// Batches that are now in the queue.
    pub(crate) batches: u64,
    /// Spans in those batches, and in damaged ones, as far as their headers can be believed.
    pub(crate) spans: u64,
    /// Batches whose process ended while it was writing them. They were deleted: such
    /// batches were never reported as kept.
    pub(crate) torn_writes: u64,
    /// Files and directories that could not be read or moved. They are left to a later call.
    pub(crate) left_behind: u64,
}

impl AddAssign for Adopted {
    fn add_assign(&mut self, other: Self) {
        self.processes += other.processes;
        self.batches += other.batches;
        self.spans = self.spans.saturating_add(other.spans);
        self.torn_writes += other.torn_writes;
        self.left_behind += other.left_behind;
    }
}
