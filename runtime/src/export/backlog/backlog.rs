//! The queue of encoded batches: in memory, with a limit in bytes, and on disk if there is a spool. The oldest is sent first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::export::backlog::disk::{Disk, NotWritten, OnDisk};
use crate::export::backlog::lost_spans::log_spans;
use crate::export::encode::batch::Batch;
use crate::export::ledger::ledger::{Ledger, SpanStage};
use crate::export::ledger::losses::LossReason;

/// Batches that wait longer than this go to disk.
const MAX_TIME_IN_MEMORY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(in crate::export) struct Backlog {
    memory: VecDeque<WaitingBatch>,
    /// The size of the batches in memory.
    bytes: usize,
    max_bytes: usize,
    disk: Option<Disk>,
    in_flight: Option<InFlight>,
    /// How many batches were made. They are numbered from 0.
    batches_made: u64,
    ledger: Arc<Ledger>,
    /// Whether lost spans are written to standard error.
    logs_lost_spans: bool,
}

#[derive(Debug)]
struct WaitingBatch {
    number: u64,
    since: Instant,
    batch: Batch,
}

/// The batch that is being sent.
#[derive(Debug)]
enum InFlight {
    /// The oldest one in memory.
    Memory,
    Disk(OnDisk, Bytes),
}

impl Backlog {
    pub(in crate::export) const fn new(
        max_bytes: usize,
        disk: Option<Disk>,
        ledger: Arc<Ledger>,
        logs_lost_spans: bool,
    ) -> Self {
        Self {
            memory: VecDeque::new(),
            bytes: 0,
            max_bytes,
            disk,
            in_flight: None,
            batches_made: 0,
            ledger,
            logs_lost_spans,
        }
    }

    /// Whether a batch can be sent now.
    pub(in crate::export) fn has_some_to_send(&self) -> bool {
        !self.memory.is_empty() || self.disk.as_ref().is_some_and(Disk::has_some_to_send)
    }

    /// Whether more than half of the memory is used.
    pub(in crate::export) const fn is_half_full(&self) -> bool {
        self.bytes > self.max_bytes / 2
    }

    /// How many batches were made.
    pub(in crate::export) const fn batches_made(&self) -> u64 {
        self.batches_made
    }

    /// The number of the oldest batch that is neither delivered nor lost.
    pub(in crate::export) fn batches_settled(&self) -> u64 {
        let in_memory = self.memory.front().map(|waiting| waiting.number);
        let on_disk = self.disk.as_ref().and_then(Disk::oldest_of_ours);
        in_memory.into_iter().chain(on_disk).min().unwrap_or(self.batches_made)
    }

    /// Keeps a batch. If the memory is full, other batches go to disk or are dropped.
    pub(in crate::export) fn keep(&mut self, batch: Batch) {
        self.ledger.enter(SpanStage::Kept, batch.spans);
        self.bytes += batch.bytes.len();
        self.memory.push_back(WaitingBatch { number: self.batches_made, since: Instant::now(), batch });
        self.batches_made += 1;
        // One batch is always kept: whether the collector is available shows only when it is sent.
        while self.bytes > self.max_bytes && self.memory.len() > 1 {
            if !self.move_to_disk() && !self.drop_least_wanted() {
                break;
            }
        }
    }

    /// Drops the newest batch without errors, or else the newest: the beginning of an outage explains it. Returns whether a
    /// batch could be dropped.
    fn drop_least_wanted(&mut self) -> bool {
        let first = usize::from(matches!(self.in_flight, Some(InFlight::Memory)));
        let candidates = first..self.memory.len();
        let without_errors = candidates.clone().rev().find(|index| !self.memory[*index].batch.has_errors);
        let Some(index) = without_errors.or_else(|| candidates.last()) else { return false };
        let Some(WaitingBatch { batch, .. }) = self.memory.remove(index) else { return false };
        self.bytes -= batch.bytes.len();
        self.lose(&batch.bytes, batch.spans, SpanStage::Kept, LossReason::MemoryFull);
        true
    }

    /// Counts spans as lost, and logs them if asked to.
    fn lose(&self, bytes: &[u8], spans: u64, from: SpanStage, reason: LossReason) {
        self.ledger.lost(from, spans, reason);
        if self.logs_lost_spans {
            log_spans(bytes);
        }
    }

    /// Moves batches to disk that have waited for long enough, and adopts those of ended processes.
    pub(in crate::export) fn maintain(&mut self) {
        while self.memory.front().is_some_and(|oldest| oldest.since.elapsed() >= MAX_TIME_IN_MEMORY) {
            if !self.move_to_disk() {
                break;
            }
        }
        if let Some(disk) = &mut self.disk {
            disk.maintain();
        }
    }

    /// When [`maintain`](Self::maintain) has something to do, or the disk can be tried again.
    pub(in crate::export) fn wake_at(&self) -> Option<Instant> {
        let disk = self.disk.as_ref()?;
        let oldest = self.memory.front().map(|oldest| disk.writable_from(oldest.since + MAX_TIME_IN_MEMORY));
        oldest.into_iter().chain(disk.readable_from()).min()
    }

    /// Moves the oldest batch in memory to disk. Returns whether that worked.
    fn move_to_disk(&mut self) -> bool {
        let (Some(disk), Some(oldest)) = (&mut self.disk, self.memory.front()) else { return false };
        let batch = &oldest.batch;
        let sending = match &self.in_flight {
            Some(InFlight::Disk(kept, _)) => Some(kept),
            _ => None,
        };
        let kept = match disk.keep(oldest.number, batch, sending) {
            Ok(kept) => kept,
            Err(NotWritten) => return false,
        };
        // A batch that is being sent stays counted as in flight.
        match self.in_flight {
            Some(InFlight::Memory) => self.in_flight = Some(InFlight::Disk(kept, batch.bytes.clone())),
            _ => self.ledger.shift(SpanStage::Kept, SpanStage::Spooled, batch.spans),
        }
        self.bytes -= batch.bytes.len();
        self.memory.pop_front();
        true
    }

    /// Starts to send the oldest batch. Returns its bytes.
    pub(in crate::export) fn send(&mut self) -> Option<Bytes> {
        if let Some((kept, bytes)) = self.disk.as_mut().and_then(Disk::oldest) {
            self.ledger.shift(SpanStage::Spooled, SpanStage::InFlight, kept.spans);
            self.in_flight = Some(InFlight::Disk(kept, bytes.clone()));
            return Some(bytes);
        }
        let batch = &self.memory.front()?.batch;
        self.ledger.shift(SpanStage::Kept, SpanStage::InFlight, batch.spans);
        self.in_flight = Some(InFlight::Memory);
        Some(batch.bytes.clone())
    }

    /// The batch in flight has arrived, but the collector rejected some of its spans. Returns how many, and the bytes, for reuse.
    pub(in crate::export) fn delivered(&mut self, rejected: u64) -> (u64, Bytes) {
        let Some((spans, bytes)) = self.remove_sent() else { return (0, Bytes::new()) };
        // Whatever the collector says, it cannot reject more than it was sent.
        let rejected = rejected.min(spans);
        self.ledger.delivered(SpanStage::InFlight, spans - rejected);
        self.ledger.lost(SpanStage::InFlight, rejected, LossReason::Rejected);
        (rejected, bytes)
    }

    /// The collector rejected the batch in flight. With a spool it goes to the quarantine, for inspection.
    pub(in crate::export) fn rejected(&mut self) {
        match (&self.in_flight, &mut self.disk, self.memory.front()) {
            (Some(InFlight::Disk(kept, _)), Some(disk), _) => disk.quarantine(kept),
            (Some(InFlight::Memory), Some(disk), Some(oldest)) => disk.write_to_quarantine(&oldest.batch),
            _ => {}
        }
        if let Some((spans, bytes)) = self.remove_sent() {
            self.lose(&bytes, spans, SpanStage::InFlight, LossReason::Rejected);
        }
    }

    /// The batch in flight did not arrive. It stays where it is.
    pub(in crate::export) fn failed(&mut self) {
        match self.in_flight.take() {
            Some(InFlight::Memory) => {
                let spans = self.memory.front().map_or(0, |oldest| oldest.batch.spans);
                self.ledger.shift(SpanStage::InFlight, SpanStage::Kept, spans);
            }
            Some(InFlight::Disk(kept, _)) => {
                self.ledger.shift(SpanStage::InFlight, SpanStage::Spooled, kept.spans)
            }
            None => {}
        }
    }

    /// Moves all batches to disk, where a later process finds them. What cannot be moved is lost. The spool is closed as well, since
    /// the process may end right after this.
    pub(in crate::export) fn close(&mut self) {
        self.failed();
        if let Some(disk) = &mut self.disk {
            disk.end_pause();
        }
        while !self.memory.is_empty() {
            if self.move_to_disk() {
                continue;
            }
            let Some(WaitingBatch { batch, .. }) = self.memory.pop_front() else { break };
            self.bytes -= batch.bytes.len();
            self.lose(&batch.bytes, batch.spans, SpanStage::Kept, LossReason::Undelivered);
        }
        self.disk = None;
    }

    /// Removes the batch in flight. Returns its number of spans and its bytes.
    fn remove_sent(&mut self) -> Option<(u64, Bytes)> {
        match self.in_flight.take()? {
            InFlight::Memory => {
                let WaitingBatch { batch, .. } = self.memory.pop_front()?;
                self.bytes -= batch.bytes.len();
                Some((batch.spans, batch.bytes))
            }
            InFlight::Disk(kept, bytes) => {
                if let Some(disk) = &mut self.disk {
                    disk.acknowledge(&kept);
                }
                Some((kept.spans, bytes))
            }
        }
    }
}
