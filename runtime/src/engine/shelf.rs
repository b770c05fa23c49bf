//! Where one thread puts the spans that it ends, and where the exporter's thread finds them.
//!
//! The thread takes its chunk off the shelf, adds a span, and puts it back; whoever comes for the chunk
//! takes it off, and the thread begins another. Neither ever waits for the other: there is no lock.

use super::atomic::{AtomicPtr, AtomicU64, Ordering};
use super::chunk::Chunk;
use std::ptr::null_mut;

/// One thread's.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    chunk: AtomicPtr<Chunk>,
    /// How many spans the thread has started, and ended. Only the thread itself counts.
    pub(super) started: Count,
    pub(super) ended: Count,
}

/// A count that one thread keeps and others look at.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// Not one atomic step, since nobody else counts here.
    #[inline]
    pub(super) fn one_more(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

#[expect(unsafe_code, reason = "a box in an atomic pointer: one step where a lock takes two")]
impl Shelf {
    /// What is on the shelf, if anything is.
    #[inline]
    pub(super) fn take(&self) -> Option<Box<Chunk>> {
        let chunk = self.chunk.swap(null_mut(), Ordering::AcqRel);
        if chunk.is_null() {
            return None;
        }
        // SAFETY: only `put` writes anything but null, and what it writes comes from a box. The swap took
        // it away from everyone else: it becomes a box again once.
        Some(unsafe { Box::from_raw(chunk) })
    }

    /// Puts a chunk there. Only the shelf's own thread does, which has taken the one before: one that
    /// was there all the same would be leaked.
    #[inline]
    pub(super) fn put(&self, chunk: Box<Chunk>) {
        debug_assert!(self.chunk.load(Ordering::Relaxed).is_null(), "one chunk at a time");
        self.chunk.store(Box::into_raw(chunk), Ordering::Release);
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        drop(self.take());
    }
}
