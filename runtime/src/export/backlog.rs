//! Encoded batches that no collector has taken yet: in memory, bounded by their bytes, and on disk where
//! there is a spool. Oldest first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::batch::Batch;
use super::disk::{Disk, NotTaken, OnDisk};
use super::last_resort;
use super::ledger::{Ledger, Reason, Stage};

/// What has not been taken for so long goes to disk.
const TO_DISK_AFTER: Duration = Duration::from_secs(1);

/// The batches that wait.
#[derive(Debug)]
pub(super) struct Backlog {
    memory: VecDeque<Waiting>,
    bytes: usize,
    bound: usize,
    disk: Option<Disk>,
    in_flight: Option<InFlight>,
    /// How many batches have been made. Each has the number that was made before it.
    made: u64,
    ledger: Arc<Ledger>,
    /// Whether lost spans are written to standard error.
    tells_lost: bool,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    since: Instant,
    batch: Batch,
}

/// What is being sent.
#[derive(Debug)]
enum InFlight {
    /// The oldest in memory.
    Memory,
    Disk(OnDisk, Bytes),
}

impl Backlog {
    pub(super) const fn new(bound: usize, disk: Option<Disk>, ledger: Arc<Ledger>, tells_lost: bool) -> Self {
        Self { memory: VecDeque::new(), bytes: 0, bound, disk, in_flight: None, made: 0, ledger, tells_lost }
    }

    /// Whether there is something that can be sent now.
    pub(super) fn has_some_to_send(&self) -> bool {
        !self.memory.is_empty() || self.disk.as_ref().is_some_and(Disk::has_some_to_send)
    }

    pub(super) const fn is_half_full(&self) -> bool {
        self.bytes > self.bound / 2
    }

    /// How many batches have been made.
    pub(super) const fn made(&self) -> u64 {
        self.made
    }

    /// All batches before this number are settled: taken, or given up.
    pub(super) fn settled(&self) -> u64 {
        let in_memory = self.memory.front().map(|waiting| waiting.number);
        let on_disk = self.disk.as_ref().and_then(Disk::oldest_of_ours);
        in_memory.into_iter().chain(on_disk).min().unwrap_or(self.made)
    }

    /// Keeps a batch. Past the bound, some go.
    pub(super) fn keep(&mut self, batch: Batch) {
        self.ledger.enter(Stage::Kept, batch.spans);
        self.bytes += batch.bytes.len();
        self.memory.push_back(Waiting { number: self.made, since: Instant::now(), batch });
        self.made += 1;
        // One batch is always kept: that the collector is away shows only when it is sent.
        while self.bytes > self.bound && self.memory.len() > 1 {
            if !self.move_to_disk() && !self.drop_least_wanted() {
                break;
            }
        }
    }

    /// Past the bound, what has not failed goes first, and of that the newest: what was there when the outage
    /// began is what explains it. Whether there was one that could go.
    fn drop_least_wanted(&mut self) -> bool {
        let first = usize::from(matches!(self.in_flight, Some(InFlight::Memory)));
        let candidates = first..self.memory.len();
        let without_errors = candidates.clone().rev().find(|index| !self.memory[*index].batch.has_errors);
        let Some(index) = without_errors.or_else(|| candidates.last()) else { return false };
        let Some(Waiting { batch, .. }) = self.memory.remove(index) else { return false };
        self.bytes -= batch.bytes.len();
        self.lose(&batch.bytes, batch.spans, Stage::Kept, Reason::MemoryFull);
        true
    }

    fn lose(&self, bytes: &[u8], spans: u64, from: Stage, reason: Reason) {
        self.ledger.gave_up(from, spans, reason);
        if self.tells_lost {
            last_resort::tell(bytes);
        }
    }

    /// Moves to disk what has waited for long enough.
    pub(super) fn look_after(&mut self) {
        while self.memory.front().is_some_and(|oldest| oldest.since.elapsed() >= TO_DISK_AFTER) {
            if !self.move_to_disk() {
                break;
            }
        }
        if let Some(disk) = &mut self.disk {
            disk.look_after();
        }
    }

    /// When there is something to [look after](Self::look_after), or the disk is worth another try.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let disk = self.disk.as_ref()?;
        let oldest = self.memory.front().map(|oldest| disk.takes_from(oldest.since + TO_DISK_AFTER));
        oldest.into_iter().chain(disk.readable_from()).min()
    }

    /// Moves the oldest in memory to disk; whether that has worked.
    fn move_to_disk(&mut self) -> bool {
        let (Some(disk), Some(oldest)) = (&mut self.disk, self.memory.front()) else { return false };
        let batch = &oldest.batch;
        let sending = match &self.in_flight {
            Some(InFlight::Disk(kept, _)) => Some(kept),
            _ => None,
        };
        let kept = match disk.keep(oldest.number, batch, sending) {
            Ok(kept) => kept,
            Err(NotTaken) => return false,
        };
        // What is being sent is counted as that, wherever it is.
        match self.in_flight {
            Some(InFlight::Memory) => self.in_flight = Some(InFlight::Disk(kept, batch.bytes.clone())),
            _ => self.ledger.shift(Stage::Kept, Stage::Spooled, batch.spans),
        }
        self.bytes -= batch.bytes.len();
        self.memory.pop_front();
        true
    }

    /// The oldest batch, which is being sent from now on.
    pub(super) fn send(&mut self) -> Option<Bytes> {
        if let Some((kept, bytes)) = self.disk.as_mut().and_then(Disk::oldest) {
            self.ledger.shift(Stage::Spooled, Stage::InFlight, kept.spans);
            self.in_flight = Some(InFlight::Disk(kept, bytes.clone()));
            return Some(bytes);
        }
        let batch = &self.memory.front()?.batch;
        self.ledger.shift(Stage::Kept, Stage::InFlight, batch.spans);
        self.in_flight = Some(InFlight::Memory);
        Some(batch.bytes.clone())
    }

    /// What was being sent has arrived; `rejected` of its spans the collector did not want. How many these are, and the
    /// bytes, which are needed no more.
    pub(super) fn delivered(&mut self, rejected: u64) -> (u64, Bytes) {
        let Some((spans, bytes)) = self.remove_sent() else { return (0, Bytes::new()) };
        // A collector that rejects more than it was sent is not believed.
        let rejected = rejected.min(spans);
        self.ledger.delivered(Stage::InFlight, spans - rejected);
        self.ledger.gave_up(Stage::InFlight, rejected, Reason::Rejected);
        (rejected, bytes)
    }

    /// What was being sent will never be taken. Someone may want to see what it was.
    pub(super) fn rejected(&mut self) {
        match (&self.in_flight, &mut self.disk, self.memory.front()) {
            (Some(InFlight::Disk(kept, _)), Some(disk), _) => disk.quarantine(kept),
            (Some(InFlight::Memory), Some(disk), Some(oldest)) => disk.quarantine_at_once(&oldest.batch),
            _ => {}
        }
        if let Some((spans, bytes)) = self.remove_sent() {
            self.lose(&bytes, spans, Stage::InFlight, Reason::Rejected);
        }
    }

    /// What was being sent has not arrived. It stays where it is.
    pub(super) fn failed(&mut self) {
        match self.in_flight.take() {
            Some(InFlight::Memory) => {
                let spans = self.memory.front().map_or(0, |oldest| oldest.batch.spans);
                self.ledger.shift(Stage::InFlight, Stage::Kept, spans);
            }
            Some(InFlight::Disk(kept, _)) => self.ledger.shift(Stage::InFlight, Stage::Spooled, kept.spans),
            None => {}
        }
    }

    /// Nobody is left to send what is here: it waits on disk for a later process, or is lost. The spool is left in order
    /// before anyone is told: the process may be over then.
    pub(super) fn close(&mut self) {
        self.failed();
        if let Some(disk) = &mut self.disk {
            disk.try_again();
        }
        while !self.memory.is_empty() {
            if self.move_to_disk() {
                continue;
            }
            let Some(Waiting { batch, .. }) = self.memory.pop_front() else { break };
            self.bytes -= batch.bytes.len();
            self.lose(&batch.bytes, batch.spans, Stage::Kept, Reason::Undelivered);
        }
        self.disk = None;
    }

    fn remove_sent(&mut self) -> Option<(u64, Bytes)> {
        match self.in_flight.take()? {
            InFlight::Memory => {
                let Waiting { batch, .. } = self.memory.pop_front()?;
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

#[cfg(test)]
#[path = "backlog_tests.rs"]
mod tests;
