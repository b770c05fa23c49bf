//! A batch that waits to be accepted, and where it is.

use tokio::time::Instant;

use crate::export::backlog::disk::OnDisk;
use crate::export::encode::batch::Batch;
use crate::export::ledger::ledger::SpanStage;

/// A batch that waits to be accepted.
#[derive(Debug)]
pub(super) struct WaitingBatch {
    /// `None` for one of another process.
    pub(super) number: Option<u64>,
    pub(super) since: Instant,
    pub(super) batch: Batch,
    pub(super) place: BatchPlace,
}

/// Where a batch outlives a crash, if anywhere.
#[derive(Clone, Copy, Debug)]
pub(super) enum BatchPlace {
    Memory,
    Disk(OnDisk),
    /// It is a part of a batch on disk, which stays there until all of its parts are settled.
    PartOf(OnDisk),
}

impl WaitingBatch {
    /// Where its spans are counted while it is not being sent.
    pub(super) fn stage(&self) -> SpanStage {
        match self.place {
            BatchPlace::Disk(_) => SpanStage::Spooled,
            BatchPlace::Memory | BatchPlace::PartOf(_) => SpanStage::Kept,
        }
    }

    pub(super) fn is_part_of(&self, whole: &OnDisk) -> bool {
        matches!(&self.place, BatchPlace::PartOf(other) if other.number == whole.number)
    }

    /// Two halves of it, in order. The sum of their spans is the same.
    pub(super) fn halves(&self) -> Option<[Self; 2]> {
        let place = match self.place {
            BatchPlace::Disk(whole) | BatchPlace::PartOf(whole) => BatchPlace::PartOf(whole),
            BatchPlace::Memory => BatchPlace::Memory,
        };
        let half = |batch| Self { number: self.number, since: self.since, batch, place };
        Some(self.batch.halves()?.map(half))
    }
}
