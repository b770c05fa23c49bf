//! The queue of encoded batches: in memory, with a limit in bytes, and on disk if there is a spool. The oldest is sent first, unless
//! the collector refuses it and accepts others.

mod responses;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

pub(in crate::export) use self::responses::{Refused, TooLarge};
use crate::export::backlog::disk::{Disk, NotWritten, OnDisk, UnopenedDisk};
use crate::export::backlog::lost_spans::log_spans;
use crate::export::backlog::suspects::{Suspect, Suspects, Trial};
use crate::export::backlog::waiting_batch::{BatchPlace, WaitingBatch};
use crate::export::encode::batch::Batch;
use crate::export::ledger::ledger::{Ledger, SpanStage};
use crate::export::ledger::losses::LossReason;

/// Batches that wait longer than this go to disk.
const MAX_TIME_IN_MEMORY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(in crate::export) struct Backlog {
    /// Parts of batches that were too large. They are sent before all others.
    parts: VecDeque<WaitingBatch>,
    memory: VecDeque<WaitingBatch>,
    disk: Option<Disk>,
    /// What becomes the disk when it can be opened.
    unopened: Option<UnopenedDisk>,
    /// The size of all batches that are not on disk alone.
    bytes: usize,
    max_bytes: usize,
    in_flight: Option<InFlight>,
    /// The oldest batch, while another one shows whether the collector refuses this one or all.
    questioned: Option<WaitingBatch>,
    /// How often that was asked.
    questions: u64,
    /// How often in a row the oldest batch was refused.
    refusals: u32,
    /// How many batches that were no suspects were refused since one was accepted.
    since_accepted: u32,
    suspects: Suspects,
    /// How many batches were made. They are numbered from 0.
    batches_made: u64,
    ledger: Arc<Ledger>,
    /// Whether lost spans are written to standard error.
    logs_lost_spans: bool,
}

/// The batch that is being sent.
#[derive(Debug)]
struct InFlight {
    waiting: WaitingBatch,
    turn: Turn,
}

/// Why a batch is sent.
#[derive(Debug)]
enum Turn {
    /// It is a part of a batch that was too large.
    Part,
    Oldest,
    /// It shows whether the collector accepts this one, though not the one before. Some of them are the newest, so that two
    /// batches in a row that are never accepted do not vouch for each other.
    Newest,
    Suspect(Trial),
}

impl Backlog {
    pub(in crate::export) fn new(
        max_bytes: usize,
        disk: Option<Disk>,
        ledger: Arc<Ledger>,
        logs_lost_spans: bool,
    ) -> Self {
        Self {
            parts: VecDeque::new(),
            memory: VecDeque::new(),
            disk,
            unopened: None,
            bytes: 0,
            max_bytes,
            in_flight: None,
            questioned: None,
            questions: 0,
            refusals: 0,
            since_accepted: 0,
            suspects: Suspects::default(),
            batches_made: 0,
            ledger,
            logs_lost_spans,
        }
    }

    /// Uses this disk, as soon as it can be opened.
    pub(in crate::export) fn use_disk(&mut self, disk: UnopenedDisk) {
        self.unopened = Some(disk);
        self.open_disk();
    }

    /// Tries to open the disk, if that has failed so far.
    fn open_disk(&mut self) {
        if let Some(disk) = self.unopened.as_mut().and_then(UnopenedDisk::open) {
            self.disk = Some(disk);
            self.unopened = None;
        }
    }

    /// When a batch can be sent: now, except if there are only suspects.
    pub(in crate::export) fn next_send_at(&self) -> Option<Instant> {
        match self.has_others() || self.questioned.is_some() {
            true => Some(Instant::now()),
            false => self.suspects.wake_at(),
        }
    }

    /// Whether there is a batch that can be sent and is no suspect.
    fn has_others(&self) -> bool {
        !self.parts.is_empty()
            || !self.memory.is_empty()
            || self.disk.as_ref().is_some_and(Disk::has_some_to_send)
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
        let in_flight = self.in_flight.as_ref().map(|in_flight| &in_flight.waiting);
        let oldest = self.memory.front();
        let waiting = in_flight.into_iter().chain(&self.questioned).chain(&self.parts).chain(oldest);
        let numbers = waiting.chain(self.suspects.iter()).filter_map(|waiting| waiting.number);
        let on_disk = self.disk.as_ref().and_then(Disk::oldest_of_ours);
        numbers.chain(on_disk).min().unwrap_or(self.batches_made)
    }

    /// Keeps a batch. If the memory is full, other batches go to disk or are dropped.
    pub(in crate::export) fn keep(&mut self, batch: Batch) {
        self.ledger.enter(SpanStage::Kept, batch.spans);
        self.bytes += batch.bytes.len();
        self.memory.push_back(WaitingBatch {
            number: Some(self.batches_made),
            since: Instant::now(),
            batch,
            place: BatchPlace::Memory,
        });
        self.batches_made += 1;
        // One batch is always kept: whether the collector is available shows only when it is sent.
        while self.bytes > self.max_bytes && self.has_several() {
            if !self.move_to_disk() && !self.drop_least_wanted() {
                break;
            }
        }
    }

    /// Whether the newest batch is not the only one that would be lost in a crash.
    fn has_several(&self) -> bool {
        let in_flight = self.in_flight.as_ref().map(|in_flight| &in_flight.waiting);
        let mut apart = in_flight.into_iter().chain(&self.questioned).chain(&self.parts);
        self.memory.len() > 1
            || !self.suspects.is_empty()
            || apart.any(|waiting| !matches!(waiting.place, BatchPlace::Disk(_)))
    }

    /// Drops a suspect, or else the newest batch without errors, or else the newest: the beginning of an outage explains it. Returns
    /// whether a batch could be dropped.
    fn drop_least_wanted(&mut self) -> bool {
        if let Some(suspect) = self.suspects.take_first() {
            self.give_up(suspect, LossReason::MemoryFull);
            return true;
        }
        let without_errors = self.memory.iter().rposition(|waiting| !waiting.batch.has_errors);
        let index = without_errors.or_else(|| self.memory.len().checked_sub(1));
        let Some(dropped) = index.and_then(|index| self.memory.remove(index)) else { return false };
        self.give_up(dropped, LossReason::MemoryFull);
        true
    }

    /// Counts the spans of a batch that is not in flight as lost, and logs them if asked to.
    fn give_up(&mut self, waiting: WaitingBatch, reason: LossReason) {
        self.ledger.shift(waiting.stage(), SpanStage::InFlight, waiting.batch.spans);
        self.lose(waiting, reason);
    }

    /// Counts the spans of the batch that was in flight as lost, and logs them if asked to.
    fn lose(&mut self, waiting: WaitingBatch, reason: LossReason) {
        self.ledger.lost(SpanStage::InFlight, waiting.batch.spans, reason);
        if self.logs_lost_spans {
            log_spans(&waiting.batch.bytes);
        }
        self.settle(waiting);
    }

    /// Forgets a batch that was delivered or lost. Returns its bytes.
    fn settle(&mut self, waiting: WaitingBatch) -> Bytes {
        self.bytes -= waiting.batch.bytes.len();
        if let BatchPlace::Disk(on_disk) = &waiting.place {
            self.acknowledge(on_disk);
        }
        self.part_is_gone(&waiting.place);
        waiting.batch.bytes
    }

    /// The last part of a batch on disk takes the batch with it.
    fn part_is_gone(&mut self, place: &BatchPlace) {
        let BatchPlace::PartOf(whole) = place else { return };
        let in_flight = self.in_flight.as_ref().map(|in_flight| &in_flight.waiting);
        let mut others =
            in_flight.into_iter().chain(&self.questioned).chain(&self.parts).chain(self.suspects.iter());
        if !others.any(|other| other.is_part_of(whole)) {
            drop(others);
            self.acknowledge(whole);
        }
    }

    fn acknowledge(&mut self, on_disk: &OnDisk) {
        if let Some(disk) = &mut self.disk {
            disk.acknowledge(on_disk);
        }
    }

    /// Moves batches to disk that have waited for long enough, and adopts those of ended processes.
    pub(in crate::export) fn maintain(&mut self) {
        if self.unopened.as_ref().is_some_and(|disk| disk.next_try() <= Instant::now()) {
            self.open_disk();
        }
        let is_old = |waiting: &WaitingBatch| waiting.since.elapsed() >= MAX_TIME_IN_MEMORY;
        let apart = self.questioned.iter_mut().chain(&mut self.parts).chain(self.suspects.iter_mut());
        for waiting in apart.filter(|waiting| is_old(waiting)) {
            if !write(self.disk.as_mut(), waiting, &self.ledger) {
                break;
            }
        }
        while self.oldest_in_memory().is_some_and(is_old) {
            if !self.move_to_disk() {
                break;
            }
        }
        if let Some(disk) = &mut self.disk {
            disk.maintain();
        }
    }

    /// The oldest batch that is only in memory.
    fn oldest_in_memory(&self) -> Option<&WaitingBatch> {
        let in_flight = self.in_flight.as_ref().map(|in_flight| &in_flight.waiting);
        in_flight.filter(|waiting| matches!(waiting.place, BatchPlace::Memory)).or(self.memory.front())
    }

    /// When [`maintain`](Self::maintain) has something to do, or the disk can be tried again.
    pub(in crate::export) fn wake_at(&self) -> Option<Instant> {
        let Some(disk) = &self.disk else { return self.unopened.as_ref().map(UnopenedDisk::next_try) };
        let oldest =
            self.oldest_in_memory().map(|oldest| disk.writable_from(oldest.since + MAX_TIME_IN_MEMORY));
        oldest.into_iter().chain(disk.readable_from()).min()
    }

    /// Moves the oldest batch in memory to disk. Returns whether that worked.
    fn move_to_disk(&mut self) -> bool {
        if let Some(InFlight { waiting, .. }) = &mut self.in_flight
            && matches!(waiting.place, BatchPlace::Memory)
        {
            // It stays counted as in flight.
            return written(self.disk.as_mut(), waiting);
        }
        let Some(oldest) = self.memory.front_mut() else { return false };
        if !write(self.disk.as_mut(), oldest, &self.ledger) {
            return false;
        }
        if let Some(oldest) = self.memory.pop_front() {
            self.leave_on_disk(oldest);
        }
        true
    }

    /// Forgets the bytes of a batch that is on disk, which can be sent from there.
    fn leave_on_disk(&mut self, waiting: WaitingBatch) {
        self.bytes -= waiting.batch.bytes.len();
        if let (Some(disk), BatchPlace::Disk(on_disk)) = (&mut self.disk, &waiting.place) {
            disk.put_back(on_disk);
        }
    }

    /// Starts to send a batch. Returns its bytes.
    pub(in crate::export) fn send(&mut self) -> Option<Bytes> {
        let (waiting, turn) = self.take_next()?;
        self.ledger.shift(waiting.stage(), SpanStage::InFlight, waiting.batch.spans);
        let bytes = waiting.batch.bytes.clone();
        self.in_flight = Some(InFlight { waiting, turn });
        Some(bytes)
    }

    fn take_next(&mut self) -> Option<(WaitingBatch, Turn)> {
        if self.questioned.is_none()
            && let Some(Suspect { waiting, trial }) = self.suspects.next_due(self.has_others())
        {
            return Some((waiting, Turn::Suspect(trial)));
        }
        if let Some(part) = self.parts.pop_front() {
            return Some((part, Turn::Part));
        }
        if self.questioned.is_some()
            && self.questions.is_multiple_of(2)
            && let Some(newest) = self.memory.pop_back()
        {
            return Some((newest, Turn::Newest));
        }
        if let Some(oldest) = self.take_oldest() {
            return Some((oldest, Turn::Oldest));
        }
        self.questioned.take().map(|waiting| (waiting, Turn::Oldest))
    }

    fn take_oldest(&mut self) -> Option<WaitingBatch> {
        if let Some((on_disk, number, batch)) = self.disk.as_mut().and_then(Disk::take_oldest) {
            self.bytes += batch.bytes.len();
            let (since, place) = (Instant::now(), BatchPlace::Disk(on_disk));
            return Some(WaitingBatch { number, since, batch, place });
        }
        self.memory.pop_front()
    }

    /// Whether nothing waits but batches that were refused while others were accepted, and that have been tried just now.
    pub(in crate::export) fn has_only_refused(&self) -> bool {
        let is_idle = self.in_flight.is_none() && self.questioned.is_none() && !self.has_others();
        is_idle && self.suspects.wake_at().is_some_and(|at| at > Instant::now())
    }

    /// Tries all batches without a pause.
    pub(in crate::export) fn try_now(&mut self) {
        self.suspects.try_now();
    }

    /// Moves all batches to disk, where a later process finds them. What cannot be moved is lost. The spool is closed as well, since
    /// the process may end right after this.
    pub(in crate::export) fn close(&mut self) {
        self.failed();
        self.open_disk();
        self.unopened = None;
        if let Some(disk) = &mut self.disk {
            disk.end_pause();
        }
        let apart = self.questioned.take().into_iter().chain(std::mem::take(&mut self.parts));
        let suspects = std::iter::from_fn(|| self.suspects.take_first());
        let memory = std::mem::take(&mut self.memory);
        let all: Vec<_> = apart.chain(suspects).chain(memory).collect();
        for mut waiting in all {
            if let BatchPlace::PartOf(_) = waiting.place {
                // The whole batch is still on disk. What of it has arrived is sent once more.
                self.ledger.shift(SpanStage::Kept, SpanStage::Spooled, waiting.batch.spans);
                self.bytes -= waiting.batch.bytes.len();
            } else if write(self.disk.as_mut(), &mut waiting, &self.ledger) {
                self.leave_on_disk(waiting);
            } else {
                self.give_up(waiting, LossReason::Undelivered);
            }
        }
        self.disk = None;
    }
}

/// Writes a batch that is only in memory to disk, and counts it there. Returns whether it is on disk.
fn write(disk: Option<&mut Disk>, waiting: &mut WaitingBatch, ledger: &Ledger) -> bool {
    let before = waiting.stage();
    if !written(disk, waiting) {
        return false;
    }
    ledger.shift(before, waiting.stage(), waiting.batch.spans);
    true
}

/// Writes a batch to disk if it is only in memory. Returns whether it is on disk.
fn written(disk: Option<&mut Disk>, waiting: &mut WaitingBatch) -> bool {
    if !matches!(waiting.place, BatchPlace::Memory) {
        return true;
    }
    let Some(disk) = disk else { return false };
    match disk.keep(waiting.number, &waiting.batch) {
        Ok(on_disk) => {
            waiting.place = BatchPlace::Disk(on_disk);
            true
        }
        Err(NotWritten) => false,
    }
}
