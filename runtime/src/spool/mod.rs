//! Keeps batches on disk while the collector is unavailable.
//!
//! A [`Spool`] is a queue of opaque batches, each in a file of its own. The exporter
//! [keeps](Spool::keep) a batch it cannot send, later asks for the [oldest](Spool::oldest) one, and
//! [acknowledges](Spool::acknowledge) it once the collector has it. Everything is synchronous and
//! meant for one thread.
//!
//! # On disk
//!
//! ```text
//! D/                                            the directory that the application names, mode 0700
//!   process-01763680000000000000-4711/          one for each process
//!     lock                                      locked for as long as that process lives
//!     01763680000000000123.batch                one batch
//!     01763680000000000456.part                 a batch that is being written
//!   quarantine/                                 damaged and rejected batches, bounded
//! ```
//!
//! Two live processes never touch each other's batches. The system releases the lock of a process
//! however that process ends, so a lock that can be taken means that its owner has ended. The
//! process that takes it [adopts](Spool::adopt) the batches.
//!
//! # What is promised
//!
//! * A batch that was kept survives the end of its process, `SIGKILL` included, and is sent at
//!   least once: by this process, or by a successor that is given the same directory.
//! * Bytes that come back are the bytes that were kept. Anything else is recognized by length and
//!   checksum, moved to the quarantine and reported through [`Spool::taken_out`].
//! * Nothing here panics or waits on another process. Disk failures become errors or reports,
//!   and the queue stays usable.
//!
//! # What is not
//!
//! * **Power loss.** Nothing is flushed to the device (no `fsync`), since one flush per batch would
//!   slow the exporter down by orders of magnitude. After a power cut the newest batches may be
//!   missing or torn; torn ones are recognized.
//! * **Forks.** A forked child must not touch its parent's spool, whose lock it does not have. It
//!   opens one of its own, in the same directory if it likes.
//! * **Cleaners.** A directory that other programs clean up, like `/tmp`, is not suitable.

mod directory;
pub(crate) mod error;
mod index;
pub(crate) mod number;
mod quarantine;
pub(crate) mod queue;
pub(crate) mod report;
mod segment;
#[cfg(test)]
mod tests;

#[cfg(test)]
use error::{KeepError, SpoolError};
#[cfg(test)]
use number::BatchNumber;
#[cfg(any(test, doc))]
use queue::Spool;
#[cfg(test)]
use report::{Adopted, DroppedBatch, StoredBatch, TakenOut, TakenOutReason};
