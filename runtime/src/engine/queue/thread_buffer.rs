//! Where one thread puts the spans that it ends, and where the exporter's thread finds them.
//!
//! To add a span, the thread takes its chunk out of the buffer, adds the span, and puts the chunk back. The exporter's
//! thread takes the chunk out as well; then the recording thread begins another one. There is no lock, and neither waits for
//! the other.

use super::atomic::{AtomicPtr, AtomicU64, Ordering, yield_now};
use super::chunk::Chunk;
use std::ptr::null_mut;

/// The buffer of one thread.
#[derive(Debug, Default)]
pub(crate) struct ThreadBuffer {
    chunk: AtomicPtr<Chunk>,
    /// How many spans the thread has started.
    pub(crate) started: Counter,
    /// How many spans the thread has ended.
    pub(crate) ended: Counter,
    /// How many of these can be found in the buffer or the queue. It lags behind `ended` while the thread holds its chunk.
    pub(crate) placed: Counter,
}

/// A counter that one thread increments and others read.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// A load and a store are enough, since only one thread counts.
    #[inline]
    pub(crate) fn increment(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    #[inline]
    pub(crate) fn set(&self, number: u64) {
        self.0.store(number, Ordering::Release);
    }

    /// For a thread that holds its chunk without a span having ended.
    pub(crate) fn decrement(&self) {
        self.0.store(self.0.load(Ordering::Relaxed).saturating_sub(1), Ordering::Release);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

#[expect(
    unsafe_code,
    reason = "a box in an atomic pointer takes one atomic operation where a lock takes two"
)]
impl ThreadBuffer {
    /// Takes the chunk out of the buffer, if one is there.
    #[inline]
    pub(crate) fn take(&self) -> Option<Box<Chunk>> {
        let chunk = self.chunk.swap(null_mut(), Ordering::AcqRel);
        if chunk.is_null() {
            return None;
        }
        // SAFETY: only `put` writes anything but null, and what it writes comes from a box. The swap took the pointer away
        // from everyone else, so it becomes a box again only once.
        Some(unsafe { Box::from_raw(chunk) })
    }

    /// Like [`take`](Self::take), but if the thread holds its chunk, waits until it is back, as long as there are `tries` left.
    /// Returns `true` if that failed: then spans that have ended before may be missing.
    pub(crate) fn take_or_wait(&self, tries: &mut u32) -> (Option<Box<Chunk>>, bool) {
        loop {
            // `placed` is read before `ended`: otherwise a span that is placed in between would be missed.
            let placed = self.placed.get();
            if let Some(chunk) = self.take() {
                return (Some(chunk), false);
            }
            // The thread holds nothing: all that it has ended was taken before, or is in the queue.
            if placed == self.ended.get() {
                return (None, false);
            }
            // Once the thread has put its chunk back, it may take it out again for its next span before it is taken here.
            if *tries == 0 {
                return (None, true);
            }
            *tries -= 1;
            yield_now();
        }
    }

    /// Puts a chunk into the empty buffer. Only the buffer's own thread may do this, after it took the last chunk out; a
    /// chunk that is still there would be leaked.
    #[inline]
    pub(crate) fn put(&self, chunk: Box<Chunk>) {
        debug_assert!(self.chunk.load(Ordering::Relaxed).is_null(), "the buffer is empty");
        self.chunk.store(Box::into_raw(chunk), Ordering::Release);
    }
}

impl Drop for ThreadBuffer {
    fn drop(&mut self) {
        drop(self.take());
    }
}
