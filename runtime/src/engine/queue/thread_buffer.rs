//! Where one thread puts the spans that it ends, and where the exporter's thread finds them.
//!
//! The thread takes its chunk off the buffer, adds a span, and puts it back; whoever comes for the chunk
//! takes it off, and the thread begins another. Neither ever waits for the other: there is no lock.

use super::atomic::{AtomicPtr, AtomicU64, Ordering, yield_now};
use super::chunk::Chunk;
use std::ptr::null_mut;

/// One thread's.
#[derive(Debug, Default)]
pub(crate) struct ThreadBuffer {
    chunk: AtomicPtr<Chunk>,
    /// How many spans the thread has started, and ended. Only the thread itself counts.
    pub(crate) started: Count,
    pub(crate) ended: Count,
    /// Of those that have ended, how many have been put where they are found: it lags behind while the thread has its chunk
    /// in hand.
    pub(crate) placed: Count,
}

/// A count that one thread keeps and others look at.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// Not one atomic step, since nobody else counts here.
    #[inline]
    pub(crate) fn one_more(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// The chunk is in hand, and no span has ended.
    pub(crate) fn one_less(&self) {
        self.0.store(self.0.load(Ordering::Relaxed).saturating_sub(1), Ordering::Release);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

#[expect(unsafe_code, reason = "a box in an atomic pointer: one step where a lock takes two")]
impl ThreadBuffer {
    /// What is on the buffer, if anything is.
    #[inline]
    pub(crate) fn take(&self) -> Option<Box<Chunk>> {
        let chunk = self.chunk.swap(null_mut(), Ordering::AcqRel);
        if chunk.is_null() {
            return None;
        }
        // SAFETY: only `put` writes anything but null, and what it writes comes from a box. The swap took
        // it away from everyone else: it becomes a box again once.
        Some(unsafe { Box::from_raw(chunk) })
    }

    /// The same, and where the thread has its chunk in hand it is waited for, as long as there are `tries` left. Whether that
    /// was in vain: what has ended before may be missing then.
    pub(crate) fn take_all(&self, tries: &mut u32) -> (Option<Box<Chunk>>, bool) {
        // In this order: what is placed between the two looks would be missed.
        let placed = self.placed.get();
        if let Some(chunk) = self.take() {
            return (Some(chunk), false);
        }
        let ended = self.ended.get();
        if placed == ended {
            return (None, false);
        }
        while self.placed.get() < ended {
            if *tries == 0 {
                return (self.take(), true);
            }
            *tries -= 1;
            yield_now();
        }
        (self.take(), false)
    }

    /// Puts a chunk there. Only the buffer's own thread does, which has taken the one before: one that
    /// was there all the same would be leaked.
    #[inline]
    pub(crate) fn put(&self, chunk: Box<Chunk>) {
        debug_assert!(self.chunk.load(Ordering::Relaxed).is_null(), "one chunk at a time");
        self.chunk.store(Box::into_raw(chunk), Ordering::Release);
    }
}

impl Drop for ThreadBuffer {
    fn drop(&mut self) {
        drop(self.take());
    }
}
