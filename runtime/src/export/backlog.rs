//! Encoded batches that no collector has taken yet: oldest first, bounded by their bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::ledger::{Ledger, Reason};
use crate::diag;

/// One request's bytes, and how many spans are in them.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) bytes: Bytes,
    pub(super) spans: u64,
}

/// The batches that wait. Past the bound the newest goes: what was there when the outage began is
/// what explains it.
#[derive(Debug)]
pub(super) struct Backlog {
    batches: VecDeque<Batch>,
    bytes: usize,
    bound: usize,
    ledger: Arc<Ledger>,
}

impl Backlog {
    pub(super) fn new(bound: usize, ledger: Arc<Ledger>) -> Self {
        Self { batches: VecDeque::new(), bytes: 0, bound, ledger }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Keeps a batch, if there is room; whether there was.
    pub(super) fn keep(&mut self, batch: Batch) -> bool {
        if self.bytes + batch.bytes.len() > self.bound {
            self.ledger.dropped(batch.spans, Reason::MemoryFull);
            diag::warn_once("memory full", || {
                format!(
                    "the collector has been away for so long that the {} MiB of memory for it are full; spans that \
                     end now are dropped and counted until it is back (further ones are not told)",
                    self.bound >> 20
                )
            });
            return false;
        }
        self.ledger.kept(batch.spans);
        self.bytes += batch.bytes.len();
        self.batches.push_back(batch);
        true
    }

    /// The oldest batch. It stays until it is settled.
    pub(super) fn oldest(&self) -> Option<&Batch> {
        self.batches.front()
    }

    /// The oldest batch has arrived; `rejected` of its spans the collector did not want.
    pub(super) fn delivered(&mut self, rejected: u64) {
        let Some(batch) = self.remove_oldest() else { return };
        let rejected = rejected.min(batch.spans);
        self.ledger.delivered(batch.spans - rejected);
        if rejected > 0 {
            self.ledger.gave_up(rejected, Reason::Rejected);
        }
    }

    /// The oldest batch will never be taken.
    pub(super) fn rejected(&mut self) {
        if let Some(batch) = self.remove_oldest() {
            self.ledger.gave_up(batch.spans, Reason::Rejected);
        }
    }

    /// Nobody is left to send what is here.
    pub(super) fn give_up(&mut self) {
        while let Some(batch) = self.remove_oldest() {
            self.ledger.gave_up(batch.spans, Reason::Undelivered);
        }
    }

    fn remove_oldest(&mut self) -> Option<Batch> {
        let batch = self.batches.pop_front()?;
        self.bytes -= batch.bytes.len();
        Some(batch)
    }
}
