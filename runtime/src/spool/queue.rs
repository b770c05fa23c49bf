//! The queue of batches.

mod adoption;

use std::fs;
use std::io;
use std::path::Path;

use crate::spool::directory::home::Home;
use crate::spool::directory::root;
use crate::spool::directory::trusted::Trusted;
use crate::spool::error::{KeepError, SpoolError};
use crate::spool::index::Index;
use crate::spool::number::BatchNumber;
use crate::spool::quarantine::Quarantine;
use crate::spool::report::{Adopted, DroppedBatch, StoredBatch, TakenOut, TakenOutReason};
use crate::spool::segment::file::{self as segment_file, SegmentError};
use crate::spool::segment::format::{HEADER_SIZE, MAX_BATCH_SIZE, SegmentHeader};

/// A queue of batches on disk. See the [module documentation](crate::spool) for what it promises.
///
/// Dropping it deletes no batch: those that remain are adopted by a later process.
#[derive(Debug)]
pub(crate) struct Spool {
    root: Trusted,
    home: Home,
    quarantine: Quarantine,
    bound: u64,
    index: Index,
    /// The last number given out, so that none is given out twice.
    last: Option<BatchNumber>,
    taken_out: Vec<TakenOut>,
    adopted: Adopted,
}

impl Spool {
    /// Opens the spool in `directory`, which is created if it is missing, and adopts the batches of
    /// ended processes.
    ///
    /// `bound` is how many bytes this process keeps on disk; others that share the directory have
    /// bounds of their own, and the [quarantine](Self::quarantine) is not counted. Adopted batches
    /// count, but are never refused: they are on the disk already. The bound counts file sizes; a
    /// file system that stores small files in blocks of 4 KiB takes up more.
    ///
    /// # Errors
    ///
    /// If the directory cannot be created or used, or if other users can access it. The message
    /// names the path and says what to do.
    pub(crate) fn open(directory: impl AsRef<Path>, bound: u64) -> Result<Self, SpoolError> {
        let (root, home) = root::move_in(directory.as_ref())?;
        let mut spool = Self {
            quarantine: Quarantine::under(&root),
            root,
            home,
            bound,
            index: Index::default(),
            last: None,
            taken_out: Vec::new(),
            adopted: Adopted::default(),
        };
        spool.adopt()?;
        Ok(spool)
    }

    /// Writes a batch to the disk, as the newest of the queue.
    ///
    /// If our directory was deleted meanwhile, a new one is created. Nothing is written to one that was replaced.
    ///
    /// # Errors
    ///
    /// If there is no room within the bound, or if the disk refuses. The spool stays usable, and
    /// the batch stays with the caller.
    pub(crate) fn keep(
        &mut self,
        batch: &[u8],
        spans: u64,
        has_errors: bool,
    ) -> Result<BatchNumber, KeepError> {
        self.check_room(batch)?;
        let number =
            self.next_number().ok_or_else(|| KeepError::Io(io::Error::other("there are no numbers left")))?;
        let header = SegmentHeader::describe(batch, spans, has_errors);
        self.write(number, &header, batch).map_err(KeepError::Io)?;
        self.index.insert(number, header);
        self.last = Some(number);
        Ok(number)
    }

    fn check_room(&self, batch: &[u8]) -> Result<(), KeepError> {
        let size = HEADER_SIZE.saturating_add(batch.len() as u64);
        let limit = self.bound.min(HEADER_SIZE + MAX_BATCH_SIZE);
        if size > limit {
            return Err(KeepError::TooLarge { size, limit });
        }
        if self.index.bytes().saturating_add(size) > self.bound {
            return Err(KeepError::Full);
        }
        Ok(())
    }

    /// The number of this moment, or the one after the greatest so far if the clock went back.
    fn next_number(&self) -> Option<BatchNumber> {
        let greatest = self.last.max(self.index.newest());
        let wanted = greatest.map_or(BatchNumber::now(), |greatest| greatest.next().max(BatchNumber::now()));
        self.index.free_from(wanted)
    }

    fn write(&mut self, number: BatchNumber, header: &SegmentHeader, batch: &[u8]) -> io::Result<()> {
        match self.root.check() {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let moved_in = root::move_in_again(self.root.path());
                (self.root, self.home) = moved_in.map_err(io::Error::other)?;
                self.quarantine = Quarantine::under(&self.root);
            }
            Err(error) => return Err(error),
        }
        if self.home.check().is_err() {
            self.home = Home::create(self.root.path()).map_err(io::Error::other)?;
        }
        segment_file::write(self.home.path(), number, header, batch)
    }

    /// Reads the oldest batch that is not taken and can be read. It stays in the queue until it is acknowledged.
    ///
    /// Batches that turn out to be damaged or gone leave the queue; [`taken_out`] returns them.
    /// `Ok(None)` means that the queue is empty.
    ///
    /// [`taken_out`]: Self::taken_out
    ///
    /// # Errors
    ///
    /// If there are batches but none of them can be read (too many open files,
    /// permissions, a failing device). They stay in the queue; try again later, not at once.
    pub(crate) fn oldest(&mut self) -> io::Result<Option<StoredBatch>> {
        let (mut trouble, mut tried) = (None, None);
        if self.index.has_some()
            && let Err(error) = self.root.check().and_then(|()| self.home.check())
            && !Trusted::is_gone(&error)
        {
            return Err(error);
        }
        while let Some((number, header)) = self.index.oldest(tried) {
            let path = self.home.batch_path(number);
            match segment_file::read(&path) {
                Ok((found, bytes)) if found == header => {
                    return Ok(Some(StoredBatch {
                        number,
                        bytes,
                        spans: header.spans,
                        has_errors: header.has_errors,
                    }));
                }
                // A valid segment, but not ours: another program has replaced the file.
                Ok(_) | Err(SegmentError::Corrupt { .. }) => {
                    let _ = self.quarantine.put(&path, number);
                    self.take_out(number, TakenOutReason::Corrupt);
                }
                Err(SegmentError::Missing) => self.take_out(number, TakenOutReason::Missing),
                Err(SegmentError::Unreadable(error)) => trouble = trouble.or(Some(error)),
            }
            tried = Some(number);
        }
        trouble.map_or(Ok(None), Err)
    }

    fn take_out(&mut self, number: BatchNumber, reason: TakenOutReason) {
        if let Some(header) = self.index.remove(number) {
            self.taken_out.push(TakenOut { number, spans: Some(header.spans), reason });
        }
    }

    /// Takes a batch: [`oldest`](Self::oldest) does not return it and [`drop_one`](Self::drop_one) does not delete it until it is
    /// put back.
    pub(crate) fn take(&mut self, number: BatchNumber) {
        self.index.take(number);
    }

    /// Puts back a batch that was taken.
    pub(crate) fn put_back(&mut self, number: BatchNumber) {
        self.index.put_back(number);
    }

    /// Whether there is a batch that is not taken.
    pub(crate) fn has_some(&self) -> bool {
        self.index.has_some()
    }

    /// Deletes a batch that the collector has acknowledged. `false` if it is not in the queue (any
    /// more).
    ///
    /// # Errors
    ///
    /// If the file cannot be deleted. The batch has left the queue anyway, so that it is not sent
    /// forever. A later process may find the file and send it once more.
    pub(crate) fn acknowledge(&mut self, number: BatchNumber) -> io::Result<bool> {
        if self.index.remove(number).is_none() {
            return Ok(false);
        }
        match self.home.check().and_then(|()| fs::remove_file(self.home.batch_path(number))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(true),
        }
    }

    /// Moves a batch that the collector will never accept to the quarantine. `false` if it is not in
    /// the queue (any more).
    ///
    /// The quarantine holds 64 files and 16 MiB; the oldest files are deleted first.
    ///
    /// # Errors
    ///
    /// If the file cannot be moved. The batch has left the queue anyway. A later process may find
    /// the file and try to send it.
    pub(crate) fn quarantine(&mut self, number: BatchNumber) -> io::Result<bool> {
        if self.index.remove(number).is_none() {
            return Ok(false);
        }
        self.home.check()?;
        let path = self.home.batch_path(number);
        self.quarantine.put(&path, number).map(|()| true)
    }

    /// Deletes a batch, to make room: the newest without errors, or, if all
    /// have errors, the newest. `None` if the queue is empty.
    ///
    /// It counts as dropped even if its file cannot be deleted; a later process may then still send it.
    pub(crate) fn drop_one(&mut self) -> Option<DroppedBatch> {
        let number = self.index.least_wanted()?;
        let header = self.index.remove(number)?;
        let _ = self.home.check().and_then(|()| fs::remove_file(self.home.batch_path(number)));
        Some(DroppedBatch {
            number,
            spans: header.spans,
            has_errors: header.has_errors,
            bytes: header.file_size(),
        })
    }

    /// The batch that [`drop_one`](Self::drop_one) would delete, and whether it has errors.
    pub(crate) fn least_wanted(&self) -> Option<(BatchNumber, bool)> {
        let number = self.index.least_wanted()?;
        Some((number, self.index.get(number)?.has_errors))
    }

    /// The batches that the spool had to give up since this was last asked.
    pub(crate) fn taken_out(&mut self) -> Vec<TakenOut> {
        std::mem::take(&mut self.taken_out)
    }

    /// What has been adopted so far, by [`open`](Self::open) and by [`adopt`](Self::adopt).
    #[must_use]
    pub(crate) fn adopted(&self) -> Adopted {
        self.adopted
    }

    /// How many batches are in the queue.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether the queue is empty.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// How many bytes the queue takes up on disk.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> u64 {
        self.index.bytes()
    }

    /// How many spans are in the queue.
    #[cfg(test)]
    pub(crate) fn spans(&self) -> u64 {
        self.index.spans()
    }
}

/// Removes our directory if it is empty. In any case the lock is released.
impl Drop for Spool {
    fn drop(&mut self) {
        if self.index.is_empty() {
            self.home.remove_if_empty();
        }
    }
}
