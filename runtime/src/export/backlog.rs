//! Encoded batches that no collector has taken yet: oldest first, bounded by their bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::Batch;
use super::ledger::{Ledger, Reason};
use crate::diag;

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
        // One batch is always kept: that the collector is away shows only when it is sent.
        if !self.is_empty() && self.bytes + batch.bytes.len() > self.bound {
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
    /// How many these are.
    pub(super) fn delivered(&mut self, rejected: u64) -> u64 {
        let Some(batch) = self.remove_oldest() else { return 0 };
        let rejected = rejected.min(batch.spans);
        self.ledger.delivered(batch.spans - rejected);
        if rejected > 0 {
            self.ledger.gave_up(rejected, Reason::Rejected);
        }
        rejected
    }

    /// The oldest batch will never be taken; how many spans were in it.
    pub(super) fn rejected(&mut self) -> u64 {
        let Some(batch) = self.remove_oldest() else { return 0 };
        self.ledger.gave_up(batch.spans, Reason::Rejected);
        batch.spans
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::engine::Counts;

    fn batch(text: &'static str, spans: u64) -> Batch {
        Batch { bytes: Bytes::from_static(text.as_bytes()), spans, has_errors: false }
    }

    #[test]
    fn the_oldest_goes_first_and_past_the_bound_the_newest_is_dropped() {
        let ledger = Arc::new(Ledger::default());
        let mut backlog = Backlog::new(8, Arc::clone(&ledger));
        assert!(backlog.keep(batch("one", 1)));
        assert!(backlog.keep(batch("three", 3)));
        assert!(!backlog.keep(batch("more", 4)), "three and five bytes are all there is room for");
        assert_eq!(backlog.oldest().map(|batch| batch.spans), Some(1));
        backlog.delivered(0);
        assert_eq!(backlog.oldest().map(|batch| batch.spans), Some(3));
        assert!(backlog.keep(batch("six", 6)), "there is room again");
        // A partial success: one of three was not wanted.
        backlog.delivered(1);
        backlog.rejected();
        assert!(backlog.is_empty());
        let report = ledger.report(Counts::default);
        assert_eq!((report.exported, report.kept), (3, 0));
        assert_eq!((report.dropped.memory_full, report.dropped.rejected), (4, 7));
    }

    #[test]
    fn one_batch_fits_whatever_the_bound_is() {
        let mut backlog = Backlog::new(0, Arc::default());
        assert!(backlog.keep(batch("one", 1)));
        assert!(!backlog.keep(batch("two", 2)));
    }

    #[test]
    fn a_collector_that_rejects_more_than_it_was_sent_is_not_believed() {
        let ledger = Arc::new(Ledger::default());
        let mut backlog = Backlog::new(8, Arc::clone(&ledger));
        backlog.keep(batch("one", 1));
        backlog.delivered(u64::MAX);
        assert_eq!(ledger.report(Counts::default).dropped.rejected, 1);
        assert_eq!(ledger.report(Counts::default).exported, 0);
    }
}
