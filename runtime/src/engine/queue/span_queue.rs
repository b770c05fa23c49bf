//! The queue from the threads that record to the thread that exports. Each thread has a buffer, and sends full chunks.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use atomic_waker::AtomicWaker;
use opentelemetry::trace::SpanContext;

use crate::diag;
use crate::engine::clock::moment::Moment;
use crate::engine::fork;
use crate::engine::queue::chunk::Chunk;
use crate::engine::queue::receiver::{BoxedChunks, QueueMessage, QueueReceiver};
use crate::engine::queue::thread_buffer::ThreadBuffer;
use crate::engine::span::running_span::RunningSpan;

/// A chunk is sent when it has this many bytes, even if it has few spans. Where there are many threads it is sent earlier…
const MAX_CHUNK_BYTES: usize = 256 * 1024;
/// …so that all threads' buffers together have about this many…
const MAX_BUFFERED_BYTES: usize = 16 << 20;
/// …but not before it has this many.
const MIN_CHUNK_BYTES: usize = 4 * 1024;
/// What a span of a chunk takes beside its fields, about.
const BYTES_PER_SPAN: usize = 128;
/// Empty chunks that are kept for reuse.
const MAX_SPARE_CHUNKS: usize = 8;
/// Bytes of fields that may wait for the exporter.
const MAX_WAITING_BYTES: usize = 64 << 20;

/// How often, in all, [`SpanQueue::drain_all`] waits for threads that hold their chunks.
const MAX_WAITS: u32 = 64;

/// How many spans may wait, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    /// The most spans that wait for the exporter, not counting those in the threads' buffers.
    pub(crate) waiting: usize,
    /// How many spans a thread buffers before it sends them.
    pub(crate) chunk: usize,
    /// How many waiting spans wake the exporter.
    pub(crate) wake: usize,
}

/// Shared by the threads that record and the thread that exports.
#[derive(Debug)]
pub(crate) struct SpanQueue {
    limits: QueueLimits,
    /// The process that exports. Its forked children do not.
    process: u64,
    sender: Sender<QueueMessage>,
    /// Wakes the exporter when enough spans wait.
    waker: AtomicWaker,
    /// Whether the exporter was woken since it last asked.
    is_ready: AtomicBool,
    /// How many spans wait.
    waiting: AtomicUsize,
    /// How many bytes of fields these have.
    waiting_bytes: AtomicUsize,
    /// How many threads have a buffer.
    threads: AtomicUsize,
    /// When a chunk is sent, in bytes. It depends on the number of threads.
    chunk_bytes: AtomicUsize,
    is_closed: AtomicBool,
    /// The exporter has collected spans for the last time.
    is_drained: AtomicBool,
    /// The last [`drain_all`](Self::drain_all) has missed a thread's chunk.
    has_missed_chunk: AtomicBool,
    is_aborting: AtomicBool,
    /// Empty chunks. This lock is only tried, never waited for.
    spare: Mutex<BoxedChunks>,
    full: AtomicU64,
    full_of_bytes: AtomicU64,
    after_close: AtomicU64,
    /// Spans that ended in a forked child.
    forked: AtomicU64,
    /// Spans that could not end, or start, because a signal handler had interrupted another one.
    interrupted: AtomicU64,
    discarded: AtomicU64,
    over_trace_limit: AtomicU64,
    unbuffered: UnbufferedCounts,
    receiver: Mutex<QueueReceiver>,
}

/// Spans on threads that are being torn down, whose buffers are gone already.
#[derive(Debug, Default)]
struct UnbufferedCounts {
    started: AtomicU64,
    ended: AtomicU64,
    never_started: AtomicU64,
}

/// How many spans have passed the queue.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QueueCounts {
    pub(crate) started: u64,
    pub(crate) ended: u64,
    /// Dropped because too many spans waited.
    pub(crate) full: u64,
    /// Dropped because the spans that waited were too large.
    pub(crate) full_of_bytes: u64,
    /// Dropped because they ended after the shutdown.
    pub(crate) after_close: u64,
    /// Dropped because they ended in a forked child that does not export.
    pub(crate) forked: u64,
    /// Dropped in a signal handler.
    pub(crate) interrupted: u64,
    /// Dropped by a hook.
    pub(crate) discarded: u64,
    /// Not started because the thread was being torn down.
    pub(crate) thread_gone: u64,
    /// Not started because their traces had too many spans.
    pub(crate) over_trace_limit: u64,
}

impl SpanQueue {
    pub(crate) fn new(limits: QueueLimits) -> Arc<Self> {
        let (sender, receiver) = channel();
        Arc::new(Self {
            limits,
            process: fork::generation(),
            sender,
            waker: AtomicWaker::new(),
            is_ready: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            waiting_bytes: AtomicUsize::new(0),
            threads: AtomicUsize::new(0),
            chunk_bytes: AtomicUsize::new(MAX_CHUNK_BYTES),
            is_closed: AtomicBool::new(false),
            is_drained: AtomicBool::new(false),
            has_missed_chunk: AtomicBool::new(false),
            is_aborting: AtomicBool::new(false),
            spare: Mutex::default(),
            full: AtomicU64::new(0),
            full_of_bytes: AtomicU64::new(0),
            after_close: AtomicU64::new(0),
            forked: AtomicU64::new(0),
            interrupted: AtomicU64::new(0),
            discarded: AtomicU64::new(0),
            over_trace_limit: AtomicU64::new(0),
            unbuffered: UnbufferedCounts::default(),
            receiver: Mutex::new(QueueReceiver::new(receiver)),
        })
    }

    /// Makes a buffer for this thread.
    pub(in crate::engine) fn register(&self) -> Arc<ThreadBuffer> {
        let buffer = Arc::new(ThreadBuffer::default());
        self.set_threads(self.threads.fetch_add(1, Ordering::Relaxed) + 1);
        // Nobody needs the buffers of a forked child, whose parent may have been sending at the fork.
        if !self.is_inherited() {
            // It cannot fail: the receiver lives as long as the sender.
            let _ = self.sender.send(QueueMessage::NewBuffer(Arc::clone(&buffer)));
        }
        buffer
    }

    /// A thread that had a buffer has ended.
    pub(in crate::engine) fn unregister(&self) {
        self.set_threads(self.threads.fetch_sub(1, Ordering::Relaxed).saturating_sub(1));
    }

    fn set_threads(&self, threads: usize) {
        let share = (MAX_BUFFERED_BYTES / threads.max(1)).max(MIN_CHUNK_BYTES);
        self.chunk_bytes.store(share.min(MAX_CHUNK_BYTES), Ordering::Relaxed);
    }

    /// Puts a span that has ended into its thread's buffer.
    #[inline]
    pub(in crate::engine) fn put(
        &self,
        buffer: &ThreadBuffer,
        running: &RunningSpan,
        context: &SpanContext,
        end: Moment,
    ) {
        let ended = buffer.ended.get();
        if buffer.placed.get() != ended {
            return self.count_interrupted();
        }
        buffer.ended.set(ended + 1);
        if self.is_closed.load(Ordering::Relaxed) {
            self.count_refused();
        } else {
            let mut chunk = buffer.take().unwrap_or_else(|| self.empty_chunk());
            if !chunk.push(running, context, end) {
                self.full.fetch_add(1, Ordering::Relaxed);
            }
            let used = chunk.bytes() + chunk.len() * BYTES_PER_SPAN;
            if chunk.len() < self.limits.chunk && used < self.chunk_bytes.load(Ordering::Relaxed) {
                buffer.put(chunk);
            } else {
                self.send_chunk(chunk);
            }
        }
        buffer.placed.set(ended + 1);
    }

    /// Counts a span that started on a thread whose buffer is gone.
    #[cold]
    pub(in crate::engine) fn count_started_unbuffered(&self) {
        self.unbuffered.started.fetch_add(1, Ordering::Relaxed);
    }

    /// Sends a span that ended on a thread whose buffer is gone.
    #[cold]
    pub(in crate::engine) fn put_unbuffered(
        &self,
        running: &RunningSpan,
        context: &SpanContext,
        end: Moment,
    ) {
        self.unbuffered.ended.fetch_add(1, Ordering::Relaxed);
        if self.is_closed.load(Ordering::Relaxed) {
            self.count_refused();
            return;
        }
        let mut chunk = Box::new(Chunk::default());
        match chunk.push(running, context, end) {
            true => self.send_chunk(chunk),
            false => {
                self.full.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Counts a span that ended in a signal handler, which had interrupted the end of another span on this thread.
    #[cold]
    #[inline(never)]
    fn count_interrupted(&self) {
        self.unbuffered.ended.fetch_add(1, Ordering::Relaxed);
        self.interrupted.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it was copied by a fork. Then there is no exporter, and its locks may be held for ever.
    pub(in crate::engine) fn is_inherited(&self) -> bool {
        self.process != fork::generation()
    }

    /// Counts a span that ended when nothing is exported any more.
    #[cold]
    #[inline(never)]
    fn count_refused(&self) {
        if !self.is_inherited() {
            self.after_close.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.forked.fetch_add(1, Ordering::Relaxed);
        diag::warn_once("forked", || {
            "spans of this forked process are lost: it has no thread that exports; call `spanwise::init()` after the fork (further \
             ones are counted, not logged)"
                .to_owned()
        });
    }

    /// Counts a span that has ended and was dropped by a hook. `is_end_counted`: its thread's buffer has counted the end.
    #[cold]
    pub(in crate::engine) fn count_discarded(&self, is_end_counted: bool) {
        if !is_end_counted {
            self.unbuffered.ended.fetch_add(1, Ordering::Relaxed);
        }
        self.discarded.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a span that was not started because its trace had too many.
    #[cold]
    pub(in crate::engine) fn count_over_trace_limit(&self) {
        self.over_trace_limit.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a span that could not be started because the thread is being torn down.
    #[cold]
    pub(in crate::engine) fn count_not_started(&self) {
        self.unbuffered.never_started.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a span that could not be started in a signal handler.
    #[cold]
    pub(in crate::engine) fn count_not_started_in_handler(&self) {
        self.unbuffered.started.fetch_add(1, Ordering::Relaxed);
        self.count_interrupted();
    }

    #[cold]
    fn empty_chunk(&self) -> Box<Chunk> {
        let spare = self.spare.try_lock().ok().and_then(|mut spare| spare.pop());
        spare.unwrap_or_else(|| Box::new(Chunk::with_capacity(self.limits.chunk.min(32))))
    }

    /// Sends a chunk to the exporter. Drops and counts its spans if too much is waiting already.
    #[cold]
    pub(in crate::engine) fn send_chunk(&self, chunk: Box<Chunk>) {
        let (spans, bytes) = (chunk.len(), chunk.bytes());
        let waiting = self.waiting.fetch_add(spans, Ordering::Relaxed);
        let waiting_bytes = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let (are_many, are_large) =
            (waiting + spans > self.limits.waiting, waiting_bytes + bytes > MAX_WAITING_BYTES);
        // A single chunk is always accepted, however large.
        if waiting > 0 && (are_many || are_large) {
            self.waiting.fetch_sub(spans, Ordering::Relaxed);
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            let full = if are_many { &self.full } else { &self.full_of_bytes };
            full.fetch_add(spans as u64, Ordering::Relaxed);
            self.recycle(chunk);
            self.wake();
            return;
        }
        let _ = self.sender.send(QueueMessage::Chunk(chunk));
        if waiting + spans >= self.limits.wake || waiting_bytes + bytes >= MAX_CHUNK_BYTES {
            self.wake();
        }
    }

    fn wake(&self) {
        self.is_ready.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Empties a chunk and keeps it for reuse.
    pub(crate) fn recycle(&self, mut chunk: Box<Chunk>) {
        chunk.clear();
        // A thread that records little must not get a large one.
        if chunk.memory() <= 2 * self.chunk_bytes.load(Ordering::Relaxed)
            && let Ok(mut spare) = self.spare.try_lock()
            && spare.len() < MAX_SPARE_CHUNKS
        {
            spare.push(chunk);
        }
    }

    /// Drops and counts all spans that end from now on.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    /// Closes the queue in forked children, where nobody takes anything out. It then lives as long as the process.
    #[cfg(feature = "otlp")]
    pub(crate) fn close_in_child(self: &Arc<Self>) {
        let leaked: &'static Arc<Self> = Box::leak(Box::new(Arc::clone(self)));
        fork::set_in_child(&leaked.is_closed);
    }

    /// Resolves when enough spans wait; at once if that happened since the last call.
    pub(crate) async fn ready(&self) {
        std::future::poll_fn(|task| {
            self.waker.register(task.waker());
            match self.is_ready.swap(false, Ordering::AcqRel) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    /// Whether the queue is large enough for everything that can end within a millisecond.
    pub(crate) const fn holds_a_millisecond(&self) -> bool {
        self.limits.waiting >= 1 << 15
    }

    /// Receives the chunks that threads have sent: up to `max_bytes` of fields, but at least one chunk. If any are left,
    /// [`ready`](Self::ready) resolves at once.
    pub(crate) fn receive(&self, max_bytes: usize) -> BoxedChunks {
        let mut received = self.lock_receiver();
        received.receive();
        let mut bytes = 0;
        let first_over = received.chunks.iter().position(|chunk| {
            bytes += chunk.bytes();
            bytes > max_bytes
        });
        let count = first_over.map_or(received.chunks.len(), |index| index.max(1));
        let rest = received.chunks.split_off(count);
        let chunks = std::mem::replace(&mut received.chunks, rest);
        if !received.chunks.is_empty() {
            self.wake();
        }
        self.count_received(&chunks);
        chunks
    }

    /// Takes all spans that have ended: those that threads have sent, and those in the threads' buffers. Waits a moment for
    /// threads that hold their chunks.
    pub(crate) fn drain_all(&self) -> BoxedChunks {
        let mut received = self.lock_receiver();
        received.receive();
        let mut buffered = Vec::new();
        let has_missed_chunk = received.drain_buffers(&mut buffered, MAX_WAITS);
        self.has_missed_chunk.store(has_missed_chunk, Ordering::Relaxed);
        // A thread whose buffer was empty may have sent its chunk just before.
        received.receive();
        let mut chunks = std::mem::take(&mut received.chunks);
        self.count_received(&chunks);
        chunks.append(&mut buffered);
        chunks
    }

    /// Records that a panic is about to end the process: no open span will end.
    pub(crate) fn set_aborting(&self) {
        self.is_aborting.store(true, Ordering::Relaxed);
    }

    /// Whether a panic is about to end the process.
    pub(crate) fn is_aborting(&self) -> bool {
        self.is_aborting.load(Ordering::Relaxed)
    }

    /// Whether the last [`drain_all`](Self::drain_all) missed a chunk because its thread held it all the time. Then spans that
    /// ended long ago may be missing. It happens only to a thread that was suspended while it ended a span.
    pub(crate) fn has_missed_chunk(&self) -> bool {
        self.has_missed_chunk.load(Ordering::Relaxed)
    }

    fn count_received(&self, chunks: &[Box<Chunk>]) {
        let spans = chunks.iter().map(|chunk| chunk.len()).sum();
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        let bytes = chunks.iter().map(|chunk| chunk.bytes()).sum();
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn lock_receiver(&self) -> MutexGuard<'_, QueueReceiver> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the exporter has collected spans for the last time. Spans found later count as ended too late.
    pub(crate) fn set_drained(&self) {
        self.is_drained.store(true, Ordering::SeqCst);
    }

    /// How many spans have passed the queue so far.
    pub(crate) fn counts(&self) -> QueueCounts {
        if self.is_inherited() {
            // The other counts are its parent's.
            let forked = self.forked.load(Ordering::Relaxed);
            return QueueCounts { started: forked, ended: forked, forked, ..QueueCounts::default() };
        }
        let mut received = self.lock_receiver();
        received.receive();
        let mut after_close = self.after_close.load(Ordering::Relaxed);
        if self.is_drained.load(Ordering::SeqCst) {
            // Nobody collects these any more.
            let mut late = std::mem::take(&mut received.chunks);
            received.drain_buffers(&mut late, 0);
            let late: u64 = late.iter().map(|chunk| chunk.len() as u64).sum();
            after_close = self.after_close.fetch_add(late, Ordering::Relaxed) + late;
        }
        let (started, ended) = self.started_and_ended(&received);
        let thread_gone = self.unbuffered.never_started.load(Ordering::Relaxed);
        let over_trace_limit = self.over_trace_limit.load(Ordering::Relaxed);
        QueueCounts {
            started: started + thread_gone + over_trace_limit,
            ended: ended + thread_gone + over_trace_limit,
            full: self.full.load(Ordering::Relaxed),
            full_of_bytes: self.full_of_bytes.load(Ordering::Relaxed),
            after_close,
            forked: 0,
            interrupted: self.interrupted.load(Ordering::Relaxed),
            discarded: self.discarded.load(Ordering::Relaxed),
            thread_gone,
            over_trace_limit,
        }
    }

    fn started_and_ended(&self, received: &QueueReceiver) -> (u64, u64) {
        // Ends are read first, so that there are never more ends than starts.
        let unbuffered = &self.unbuffered;
        let ended = received.ended
            + received.buffers.iter().map(|buffer| buffer.ended.get()).sum::<u64>()
            + unbuffered.ended.load(Ordering::Acquire);
        let started = received.started
            + received.buffers.iter().map(|buffer| buffer.started.get()).sum::<u64>()
            + unbuffered.started.load(Ordering::Acquire);
        (started, ended)
    }

    /// How many spans are open; `None` if that would have to wait for a lock.
    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(in crate::engine) fn open_now(&self) -> Option<u64> {
        let mut received = self.receiver.try_lock().ok()?;
        received.receive();
        let (started, ended) = self.started_and_ended(&received);
        Some(started.saturating_sub(ended))
    }
}
