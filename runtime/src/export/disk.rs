//! The spool, as the backlog uses it: what goes wrong there is told once, counted, and goes no further.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::batch::Batch;
use super::ledger::{Ledger, Reason, Stage};
use crate::diag;
use crate::spool::{NotKept, Number, Spool, SpoolError};

/// How often it is looked for what processes have left that ended meanwhile, and how long nothing is written after
/// the disk has refused.
const PAUSE: Duration = Duration::from_secs(10);
/// How long nothing is written after the room was found full.
const PAUSE_WHERE_FULL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Disk {
    spool: Spool,
    /// The numbers of our own batches: what a predecessor left has none.
    ours: BTreeMap<Number, u64>,
    ledger: Arc<Ledger>,
    /// Spans of predecessors that have been counted.
    adopted: u64,
    next_adoption: Instant,
    /// The disk has refused to be written.
    not_before: Option<Instant>,
    /// It has refused to be read.
    unreadable_until: Option<Instant>,
}

/// A batch on disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnDisk {
    number: Number,
    pub(super) spans: u64,
}

/// The disk does not take a batch: it stays where it is.
#[derive(Debug)]
pub(super) struct NotTaken;

impl Disk {
    pub(super) fn open(directory: &Path, bound: u64, ledger: Arc<Ledger>) -> Result<Self, SpoolError> {
        let spool = Spool::open(directory, bound)?;
        let next_adoption = Instant::now() + PAUSE;
        let mut disk = Self {
            spool,
            ours: BTreeMap::new(),
            ledger,
            adopted: 0,
            next_adoption,
            not_before: None,
            unreadable_until: None,
        };
        disk.count_adopted();
        Ok(disk)
    }

    /// Whether there is something that can be read.
    pub(super) fn has_some_to_send(&self) -> bool {
        !self.spool.is_empty() && self.readable_from().is_none()
    }

    /// When it is worth trying to write, from `then` on.
    pub(super) fn takes_from(&self, then: Instant) -> Instant {
        self.not_before.map_or(then, |not_before| not_before.max(then))
    }

    /// When it is worth trying to read, where it is not now.
    pub(super) fn readable_from(&self) -> Option<Instant> {
        self.unreadable_until.filter(|until| Instant::now() < *until)
    }

    /// Whatever it has refused: there is no later.
    pub(super) fn try_again(&mut self) {
        self.not_before = None;
    }

    /// The number of the oldest batch of this process.
    pub(super) fn oldest_of_ours(&self) -> Option<u64> {
        self.ours.values().next().copied()
    }

    /// Writes a batch. Where the room is full, batches without errors go before it, if it has some itself, but the one
    /// that is being sent.
    pub(super) fn keep(
        &mut self,
        number: u64,
        batch: &Batch,
        sending: Option<&OnDisk>,
    ) -> Result<OnDisk, NotTaken> {
        let now = Instant::now();
        if self.not_before.is_some_and(|not_before| now < not_before) {
            return Err(NotTaken);
        }
        loop {
            match self.spool.keep(&batch.bytes, batch.spans, batch.has_errors) {
                Ok(on_disk) => {
                    self.not_before = None;
                    self.ours.insert(on_disk, number);
                    return Ok(OnDisk { number: on_disk, spans: batch.spans });
                }
                Err(NotKept::Full) if batch.has_errors && self.drop_one_without_errors(sending) => {}
                Err(NotKept::Full | NotKept::TooLarge { .. }) => {
                    self.not_before = Some(now + PAUSE_WHERE_FULL);
                    return Err(NotTaken);
                }
                Err(error @ NotKept::Io(_)) => {
                    self.not_before = Some(now + PAUSE);
                    diag::warn_once("disk", || {
                        format!("{error}; spans are kept in memory meanwhile (further failures are not told)")
                    });
                    return Err(NotTaken);
                }
            }
        }
    }

    fn drop_one_without_errors(&mut self, sending: Option<&OnDisk>) -> bool {
        let sending = sending.map(|on_disk| on_disk.number);
        let is_free = |(number, has_errors): &(Number, bool)| !has_errors && Some(*number) != sending;
        if self.spool.least_wanted().filter(is_free).is_none() {
            return false;
        }
        let Some(dropped) = self.spool.drop_one() else { return false };
        self.ours.remove(&dropped.number);
        self.ledger.gave_up(Stage::Spooled, dropped.spans, Reason::DiskFull);
        true
    }

    /// The oldest batch, with its bytes.
    pub(super) fn oldest(&mut self) -> Option<(OnDisk, Bytes)> {
        if !self.has_some_to_send() {
            return None;
        }
        let oldest = self.spool.oldest();
        self.count_taken_out();
        match oldest {
            Ok(stored) => {
                let stored = stored?;
                Some((OnDisk { number: stored.number, spans: stored.spans }, stored.bytes.into()))
            }
            Err(error) => {
                self.unreadable_until = Some(Instant::now() + PAUSE);
                diag::warn_once("spool unreadable", || {
                    format!(
                        "the batches in the spool cannot be read: {error}; they stay there (further failures are not told)"
                    )
                });
                None
            }
        }
    }

    /// A batch has arrived.
    pub(super) fn acknowledge(&mut self, kept: &OnDisk) {
        self.not_before = None;
        self.ours.remove(&kept.number);
        if let Err(error) = self.spool.acknowledge(kept.number) {
            diag::warn_once("spool delete", || {
                format!(
                    "a batch that has arrived cannot be deleted from the spool: {error}; a later process may send it again"
                )
            });
        }
    }

    /// A batch will never be taken.
    pub(super) fn quarantine(&mut self, kept: &OnDisk) {
        self.ours.remove(&kept.number);
        // Fails where it cannot be moved; then a later process tries to send it, which is not worth a word.
        let _ = self.spool.quarantine(kept.number);
    }

    /// A batch that is not on disk will never be taken.
    pub(super) fn quarantine_at_once(&mut self, batch: &Batch) {
        if let Ok(number) = self.spool.keep(&batch.bytes, batch.spans, batch.has_errors) {
            let _ = self.spool.quarantine(number);
        }
    }

    /// Looks, now and then, for what processes have left that ended meanwhile.
    pub(super) fn look_after(&mut self) {
        if Instant::now() >= self.next_adoption {
            self.next_adoption = Instant::now() + PAUSE;
            // What cannot be listed today may be tomorrow.
            let _ = self.spool.adopt();
            self.count_adopted();
        }
    }

    fn count_adopted(&mut self) {
        if self.spool.adopted().left_behind > 0 {
            diag::warn_once("left behind", || {
                "some of what other processes have left in the spool cannot be read or moved; it stays there (it is not told \
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
                self.ledger.gave_up(Stage::Spooled, spans, Reason::Damaged);
            }
            diag::warn_once("spool damaged", || {
                format!(
                    "a batch in the spool is damaged or gone ({:?}); its spans are lost (further ones are counted and not \
                     told)",
                    taken_out.reason
                )
            });
        }
    }
}
