//! The spool, as the backlog uses it. A failure of the disk is logged once and counted, and the spans stay in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::diag;
use crate::export::encode::batch::Batch;
use crate::export::ledger::ledger::{Ledger, SpanStage};
use crate::export::ledger::losses::LossReason;
use crate::spool::error::{KeepError, SpoolError};
use crate::spool::number::BatchNumber;
use crate::spool::queue::Spool;
use crate::spool::report::StoredBatch;

/// How often batches of ended processes are looked for.
const ADOPTION_INTERVAL: Duration = Duration::from_secs(10);
/// How long nothing is written or read after an I/O error.
const ERROR_PAUSE: Duration = Duration::from_secs(10);
/// How long nothing is written after the spool was full.
const FULL_PAUSE: Duration = Duration::from_secs(1);

/// A spool that could not be opened, and is tried again: there may have been too many open files, or no room.
#[derive(Debug)]
pub(in crate::export) struct UnopenedDisk {
    directory: PathBuf,
    max_bytes: u64,
    ledger: Arc<Ledger>,
    next_try: Instant,
}

impl UnopenedDisk {
    pub(super) const fn next_try(&self) -> Instant {
        self.next_try
    }

    /// Opens it. The first failure is logged.
    pub(super) fn open(&mut self) -> Option<Disk> {
        self.next_try = Instant::now() + ERROR_PAUSE;
        let opened = Disk::open(&self.directory, self.max_bytes, Arc::clone(&self.ledger));
        opened.inspect_err(|error| diag::warn_once("spool", || {
            format!("{error}; spans are kept in memory only until it can be used (it is tried again and again)")
        })).ok()
    }
}

#[derive(Debug)]
pub(in crate::export) struct Disk {
    spool: Spool,
    /// The numbers of this process's batches in the backlog. Adopted batches have none.
    ours: BTreeMap<BatchNumber, u64>,
    ledger: Arc<Ledger>,
    /// How many adopted spans have been counted.
    adopted: u64,
    next_adoption: Instant,
    /// Nothing is written before this.
    writable_at: Option<Instant>,
    /// Nothing is read before this.
    readable_at: Option<Instant>,
}

/// A batch on disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnDisk {
    pub(super) number: BatchNumber,
}

/// A batch was not written: it stays where it is.
#[derive(Debug)]
pub(super) struct NotWritten;

impl Disk {
    /// One to be opened when the backlog is first maintained.
    pub(in crate::export) fn unopened(
        directory: PathBuf,
        max_bytes: u64,
        ledger: Arc<Ledger>,
    ) -> UnopenedDisk {
        UnopenedDisk { directory, max_bytes, ledger, next_try: Instant::now() }
    }

    pub(in crate::export) fn open(
        directory: &Path,
        max_bytes: u64,
        ledger: Arc<Ledger>,
    ) -> Result<Self, SpoolError> {
        let spool = Spool::open(directory, max_bytes)?;
        let next_adoption = Instant::now() + ADOPTION_INTERVAL;
        let mut disk = Self {
            spool,
            ours: BTreeMap::new(),
            ledger,
            adopted: 0,
            next_adoption,
            writable_at: None,
            readable_at: None,
        };
        disk.count_adopted();
        Ok(disk)
    }

    /// Whether there is a batch that can be read now.
    pub(super) fn has_some_to_send(&self) -> bool {
        self.spool.has_some() && self.readable_from().is_none()
    }

    /// When a batch can be written, at the earliest at `then`.
    pub(super) fn writable_from(&self, then: Instant) -> Instant {
        self.writable_at.map_or(then, |at| at.max(then))
    }

    /// When batches can be read again, if they cannot be read now.
    pub(super) fn readable_from(&self) -> Option<Instant> {
        self.readable_at.filter(|at| Instant::now() < *at)
    }

    /// Ends the pause after a failed write, since there is no later.
    pub(super) fn end_pause(&mut self) {
        self.writable_at = None;
    }

    /// The number of the oldest batch of this process.
    pub(super) fn oldest_of_ours(&self) -> Option<u64> {
        self.ours.values().min().copied()
    }

    /// Writes a batch, which is then taken. If the spool is full and the batch has errors, batches without errors are dropped for it,
    /// except those that are taken.
    pub(super) fn keep(&mut self, number: Option<u64>, batch: &Batch) -> Result<OnDisk, NotWritten> {
        let now = Instant::now();
        if self.writable_at.is_some_and(|at| now < at) {
            return Err(NotWritten);
        }
        loop {
            match self.spool.keep(&batch.bytes, batch.spans, batch.has_errors) {
                Ok(on_disk) => {
                    self.writable_at = None;
                    if let Some(number) = number {
                        self.ours.insert(on_disk, number);
                    }
                    self.spool.take(on_disk);
                    return Ok(OnDisk { number: on_disk });
                }
                Err(KeepError::Full) if batch.has_errors && self.drop_one_without_errors() => {}
                Err(KeepError::Full | KeepError::TooLarge { .. }) => {
                    self.writable_at = Some(now + FULL_PAUSE);
                    return Err(NotWritten);
                }
                Err(error @ KeepError::Io(_)) => {
                    self.writable_at = Some(now + ERROR_PAUSE);
                    diag::warn_once("disk", || {
                        format!(
                            "{error}; spans are kept in memory meanwhile (further failures are not logged)"
                        )
                    });
                    return Err(NotWritten);
                }
            }
        }
    }

    fn drop_one_without_errors(&mut self) -> bool {
        if self.spool.least_wanted().is_none_or(|(_, has_errors)| has_errors) {
            return false;
        }
        let Some(dropped) = self.spool.drop_one() else { return false };
        self.ours.remove(&dropped.number);
        self.ledger.lost(SpanStage::Spooled, dropped.spans, LossReason::DiskFull);
        true
    }

    /// Takes the oldest batch, with its number if it is of this process. It stays on disk until it is acknowledged, or is put back.
    pub(super) fn take_oldest(&mut self) -> Option<(OnDisk, Option<u64>, Batch)> {
        if !self.has_some_to_send() {
            return None;
        }
        let oldest = self.spool.oldest();
        self.count_taken_out();
        match oldest {
            Ok(stored) => {
                let StoredBatch { number, bytes, spans, has_errors } = stored?;
                self.spool.take(number);
                let batch = Batch { bytes: bytes.into(), spans, has_errors };
                Some((OnDisk { number }, self.ours.get(&number).copied(), batch))
            }
            Err(error) => {
                self.readable_at = Some(Instant::now() + ERROR_PAUSE);
                diag::warn_once("spool unreadable", || {
                    format!(
                        "the batches in the spool cannot be read: {error}; they stay there (further failures are not logged)"
                    )
                });
                None
            }
        }
    }

    /// Puts a batch back that was taken.
    pub(super) fn put_back(&mut self, on_disk: &OnDisk) {
        self.spool.put_back(on_disk.number);
    }

    /// Deletes a batch that has arrived, or is lost.
    pub(super) fn acknowledge(&mut self, kept: &OnDisk) {
        self.writable_at = None;
        self.ours.remove(&kept.number);
        if let Err(error) = self.spool.acknowledge(kept.number) {
            diag::warn_once("spool delete", || {
                format!(
                    "a batch that has arrived cannot be deleted from the spool: {error}; a later process may send it again"
                )
            });
        }
    }

    /// Moves a batch that the collector rejected to the quarantine.
    pub(super) fn quarantine(&mut self, kept: &OnDisk) {
        self.ours.remove(&kept.number);
        // If it cannot be moved a later process sends it again, and it is rejected again.
        let _ = self.spool.quarantine(kept.number);
    }

    /// Writes a batch that the collector rejected, and that is not on disk, to the quarantine.
    pub(super) fn write_to_quarantine(&mut self, batch: &Batch) {
        if let Ok(number) = self.spool.keep(&batch.bytes, batch.spans, batch.has_errors) {
            let _ = self.spool.quarantine(number);
        }
    }

    /// Adopts the batches of processes that have ended meanwhile, if it is time to look for them.
    pub(super) fn maintain(&mut self) {
        if Instant::now() >= self.next_adoption {
            self.next_adoption = Instant::now() + ADOPTION_INTERVAL;
            // A directory that cannot be listed now is tried again later.
            let _ = self.spool.adopt();
            self.count_adopted();
        }
    }

    fn count_adopted(&mut self) {
        if self.spool.adopted().left_behind > 0 {
            diag::warn_once("left behind", || {
                "some batches of ended processes in the spool cannot be read or moved; they stay there (this is not logged \
                 again)"
                    .to_owned()
            });
        }
        let adopted = self.spool.adopted().spans;
        self.ledger.adopted(adopted - self.adopted);
        self.adopted = adopted;
        self.count_taken_out();
    }

    fn count_taken_out(&mut self) {
        for taken_out in self.spool.taken_out() {
            self.ours.remove(&taken_out.number);
            if let Some(spans) = taken_out.spans {
                self.ledger.lost(SpanStage::Spooled, spans, LossReason::Damaged);
            }
            diag::warn_once("spool damaged", || {
                format!(
                    "a batch in the spool is {}; its spans are lost (further ones are counted, not logged)",
                    taken_out.reason
                )
            });
        }
    }
}
