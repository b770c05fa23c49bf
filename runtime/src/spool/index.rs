//! What is in the queue, without the bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::spool::number::BatchNumber;
use crate::spool::segment::format::SegmentHeader;

/// The batches of one spool, with running totals. Memory holds only this; batches stay on disk.
#[derive(Debug, Default)]
pub(crate) struct Index {
    batches: BTreeMap<BatchNumber, SegmentHeader>,
    /// Those of them that are evicted first.
    without_errors: BTreeSet<BatchNumber>,
    /// Those that are being sent, or are set aside: they are neither the oldest nor evicted.
    taken: BTreeSet<BatchNumber>,
    bytes: u64,
    /// Wide, since adopted headers may claim any count: the sum must come back down exactly.
    spans: u128,
}

impl Index {
    /// Adds a batch whose number is not in use; see [`free_from`](Self::free_from).
    pub(crate) fn insert(&mut self, number: BatchNumber, header: SegmentHeader) {
        self.remove(number);
        self.batches.insert(number, header);
        if !header.has_errors {
            self.without_errors.insert(number);
        }
        self.bytes = self.bytes.saturating_add(header.file_size());
        self.spans += u128::from(header.spans);
    }

    /// Takes a batch out of the queue.
    pub(crate) fn remove(&mut self, number: BatchNumber) -> Option<SegmentHeader> {
        let header = self.batches.remove(&number)?;
        self.without_errors.remove(&number);
        self.taken.remove(&number);
        self.bytes = self.bytes.saturating_sub(header.file_size());
        self.spans -= u128::from(header.spans);
        Some(header)
    }

    /// Takes a batch: it stays in the queue, but is not returned again until it is put back.
    pub(crate) fn take(&mut self, number: BatchNumber) {
        if self.batches.contains_key(&number) {
            self.taken.insert(number);
        }
    }

    /// Puts back a batch that was taken.
    pub(crate) fn put_back(&mut self, number: BatchNumber) {
        self.taken.remove(&number);
    }

    /// Whether there is a batch that is not taken.
    pub(crate) fn has_some(&self) -> bool {
        self.batches.len() > self.taken.len()
    }

    /// The oldest batch that is not taken, or the oldest after the one with the given number.
    pub(crate) fn oldest(&self, after: Option<BatchNumber>) -> Option<(BatchNumber, SegmentHeader)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut following = self.batches.range((start, Bound::Unbounded));
        let free = following.find(|(number, _)| !self.taken.contains(number));
        free.map(|(number, header)| (*number, *header))
    }

    pub(crate) fn get(&self, number: BatchNumber) -> Option<&SegmentHeader> {
        self.batches.get(&number)
    }

    pub(crate) fn newest(&self) -> Option<BatchNumber> {
        self.batches.last_key_value().map(|(number, _)| *number)
    }

    /// What should go when something must: the newest without errors, then the newest, of those that are not taken.
    ///
    /// Errors are what telemetry is kept for. And the newest goes because the beginning of an outage explains more than its
    /// middle.
    pub(crate) fn least_wanted(&self) -> Option<BatchNumber> {
        let is_free = |number: &&BatchNumber| !self.taken.contains(number);
        let without_errors = self.without_errors.iter().rev().find(is_free);
        without_errors.or_else(|| self.batches.keys().rev().find(is_free)).copied()
    }

    /// The first number from `wanted` on that is not in use; `None` if there is none up to the last.
    pub(crate) fn free_from(&self, wanted: BatchNumber) -> Option<BatchNumber> {
        let mut number = wanted;
        while self.batches.contains_key(&number) {
            if number.next() == number {
                return None;
            }
            number = number.next();
        }
        Some(number)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.batches.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    #[cfg(test)]
    pub(crate) fn spans(&self) -> u64 {
        u64::try_from(self.spans).unwrap_or(u64::MAX)
    }
}
