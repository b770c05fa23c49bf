//! Adopts the batches of ended processes.
//!
//! The lock of the ended process's directory is held throughout, so only one process adopts from it.
//! Batches are renamed from there to our own directory, one by one and under their old names. If we
//! are killed halfway, both directories can be adopted by another process.

use std::fs;
use std::io;
use std::path::Path;

use super::Spool;
use crate::spool::directory::home::{self, Home};
use crate::spool::directory::names::SegmentStage;
use crate::spool::error::SpoolError;
use crate::spool::number::BatchNumber;
use crate::spool::report::{Adopted, TakenOut, TakenOutReason};
use crate::spool::segment::file::{self as segment_file, SegmentError};
use crate::spool::segment::format::SegmentHeader;

impl Spool {
    /// Adopts the batches of processes that have ended since the last call. They take their place in
    /// the queue by age.
    ///
    /// [`open`](Self::open) has done this once; a process that lives long may want to look again
    /// from time to time. It costs one listing, and one attempt to lock per running process.
    ///
    /// # Errors
    ///
    /// If the directory cannot be listed. Errors of single processes or batches are only counted,
    /// in [`Adopted::left_behind`].
    pub(crate) fn adopt(&mut self) -> Result<Adopted, SpoolError> {
        let root = self.root.path();
        let is_ours = self.root.check().and_then(|()| self.home.check());
        let homes = is_ours.and_then(|()| home::others(root, &self.home));
        let homes = homes.map_err(SpoolError::while_trying("list", root))?;
        let mut adopted = Adopted::default();
        for path in homes {
            match self.root.check_inner(&path).and_then(|()| Home::take_over(&path)) {
                Ok(Some(mut dead)) => self.adopt_from(&mut dead, &mut adopted),
                Ok(None) => {}
                // It has just been removed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => adopted.left_behind += 1,
            }
        }
        self.adopted += adopted;
        Ok(adopted)
    }

    fn adopt_from(&mut self, dead: &mut Home, adopted: &mut Adopted) {
        adopted.processes += 1;
        let Ok(segments) = dead.segments() else {
            adopted.left_behind += 1;
            return;
        };
        for ((number, stage), path) in segments {
            match stage {
                SegmentStage::Batch => self.adopt_batch(&path, number, adopted),
                SegmentStage::Part => self.adopt_part(&path, number, adopted),
            }
        }
        dead.remove_if_empty();
    }

    /// Only the header is read now. The batch is checked when it is sent.
    fn adopt_batch(&mut self, path: &Path, number: BatchNumber, adopted: &mut Adopted) {
        match segment_file::inspect(path) {
            Ok(header) => self.take_in(path, number, header, adopted),
            Err(SegmentError::Missing) => {}
            Err(SegmentError::Unreadable(_)) => adopted.left_behind += 1,
            Err(SegmentError::Corrupt { spans }) => match self.quarantine.put(path, number) {
                Ok(()) => {
                    adopted.spans = adopted.spans.saturating_add(spans.unwrap_or_default());
                    self.taken_out.push(TakenOut { number, spans, reason: TakenOutReason::Corrupt });
                }
                Err(_) => adopted.left_behind += 1,
            },
        }
    }

    /// The process ended before it renamed the file, perhaps after the last byte. A complete file is adopted.
    fn adopt_part(&mut self, path: &Path, number: BatchNumber, adopted: &mut Adopted) {
        match segment_file::read(path) {
            Ok((header, _)) => self.take_in(path, number, header, adopted),
            Err(SegmentError::Missing) => {}
            Err(SegmentError::Unreadable(_)) => adopted.left_behind += 1,
            Err(SegmentError::Corrupt { .. }) => match fs::remove_file(path) {
                Ok(()) => adopted.torn_writes += 1,
                Err(_) => adopted.left_behind += 1,
            },
        }
    }

    fn take_in(&mut self, path: &Path, number: BatchNumber, header: SegmentHeader, adopted: &mut Adopted) {
        let moved =
            self.index.free_from(number).filter(|free| fs::rename(path, self.home.batch_path(*free)).is_ok());
        let Some(number) = moved else {
            adopted.left_behind += 1;
            return;
        };
        self.index.insert(number, header);
        adopted.batches += 1;
        adopted.spans = adopted.spans.saturating_add(header.spans);
    }
}
