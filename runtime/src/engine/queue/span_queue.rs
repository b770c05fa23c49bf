//! The way from the threads that record to the one that exports: a buffer for each thread, and full
//! chunks handed over.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use atomic_waker::AtomicWaker;
use opentelemetry::trace::SpanContext;

use crate::engine::clock::Moment;
use crate::engine::queue::chunk::Chunk;
use crate::engine::queue::thread_buffer::ThreadBuffer;
use crate::engine::span::running_span::RunningSpan;

/// A chunk is handed over when it holds this many bytes of fields, however many spans these are.
const MOST_BYTES: usize = 256 * 1024;
/// Chunks that are kept to be filled again.
const MOST_SPARE: usize = 8;
/// Bytes of fields that may wait for the exporter.
const MOST_BYTES_WAITING: usize = 64 << 20;

/// How often it is looked again, in all, for chunks that threads have in hand.
const TRIES: u32 = 64;

/// Chunks in the boxes that they are handed over in.
type Chunks = Vec<Box<Chunk>>;

/// How much there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    /// Spans that may wait for the exporter, beyond those that the threads still have with them.
    pub(crate) waiting: usize,
    /// Spans that a thread keeps before it hands them over.
    pub(crate) chunk: usize,
    /// Spans that wait before the exporter is woken.
    pub(crate) wake: usize,
}

/// Shared by those who record and the one who exports.
#[derive(Debug)]
pub(crate) struct SpanQueue {
    room: QueueLimits,
    sent: Sender<Message>,
    /// Wakes the exporter when something has been handed over.
    waker: AtomicWaker,
    /// Whether there is something that the exporter was woken for.
    is_ready: AtomicBool,
    /// How many spans wait, and how many bytes their fields have.
    waiting: AtomicUsize,
    bytes_waiting: AtomicUsize,
    is_closed: AtomicBool,
    /// The exporter has looked for the last time.
    is_drained: AtomicBool,
    /// The last look at all threads has not found one's chunk.
    is_behind: AtomicBool,
    is_dying: AtomicBool,
    /// Emptied chunks. Nobody waits for this lock.
    spare: Mutex<Chunks>,
    full: AtomicU64,
    after_close: AtomicU64,
    /// Ended, and dropped by a hook.
    discarded: AtomicU64,
    /// Not started, because their traces had had their share.
    over_the_cap: AtomicU64,
    /// The spans that a thread started and ended when its buffer was gone already.
    beyond: UnbufferedCounts,
    intake: Mutex<QueueReceiver>,
}

#[derive(Debug, Default)]
struct UnbufferedCounts {
    started: AtomicU64,
    ended: AtomicU64,
    never_started: AtomicU64,
}

/// What recording threads send. Sending takes no lock.
#[derive(Debug)]
enum Message {
    /// A thread has recorded its first span.
    ThreadBuffer(Arc<ThreadBuffer>),
    Chunk(Box<Chunk>),
}

/// What the exporter's side holds.
#[derive(Debug)]
struct QueueReceiver {
    sent: Receiver<Message>,
    buffers: Vec<Arc<ThreadBuffer>>,
    chunks: Chunks,
    /// Of the threads that are gone.
    started: u64,
    ended: u64,
}

/// How many spans have been through here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QueueCounts {
    pub(crate) started: u64,
    pub(crate) ended: u64,
    pub(crate) full: u64,
    pub(crate) after_close: u64,
    pub(crate) discarded: u64,
    pub(crate) thread_gone: u64,
    pub(crate) over_the_cap: u64,
}

impl SpanQueue {
    pub(crate) fn new(room: QueueLimits) -> Arc<Self> {
        let (sent, received) = channel();
        Arc::new(Self {
            room,
            sent,
            waker: AtomicWaker::new(),
            is_ready: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            bytes_waiting: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
            is_drained: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
            is_dying: AtomicBool::new(false),
            spare: Mutex::default(),
            full: AtomicU64::new(0),
            after_close: AtomicU64::new(0),
            discarded: AtomicU64::new(0),
            over_the_cap: AtomicU64::new(0),
            beyond: UnbufferedCounts::default(),
            intake: Mutex::new(QueueReceiver {
                sent: received,
                buffers: Vec::new(),
                chunks: Vec::new(),
                started: 0,
                ended: 0,
            }),
        })
    }

    /// A buffer for this thread.
    pub(in crate::engine) fn register(&self) -> Arc<ThreadBuffer> {
        let buffer = Arc::new(ThreadBuffer::default());
        // Fails where nobody receives, which lives as long as this does.
        let _ = self.sent.send(Message::ThreadBuffer(Arc::clone(&buffer)));
        buffer
    }

    /// A span has ended.
    #[inline]
    pub(in crate::engine) fn put(
        &self,
        buffer: &ThreadBuffer,
        running: &RunningSpan,
        context: &SpanContext,
        end: Moment,
    ) {
        buffer.ended.one_more();
        if self.is_closed.load(Ordering::Relaxed) {
            self.after_close.fetch_add(1, Ordering::Relaxed);
            buffer.placed.one_more();
            return;
        }
        let mut chunk = buffer.take().unwrap_or_else(|| self.empty());
        if !chunk.push(running, context, end) {
            self.full.fetch_add(1, Ordering::Relaxed);
        }
        if chunk.len() < self.room.chunk && chunk.bytes() < MOST_BYTES {
            buffer.put(chunk);
        } else {
            self.hand_over(chunk);
        }
        buffer.placed.one_more();
    }

    /// A span has started, or ended, on a thread that has no buffer any more.
    #[cold]
    pub(in crate::engine) fn started_beyond(&self) {
        self.beyond.started.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    pub(in crate::engine) fn put_beyond(&self, running: &RunningSpan, context: &SpanContext, end: Moment) {
        self.beyond.ended.fetch_add(1, Ordering::Relaxed);
        if self.is_closed.load(Ordering::Relaxed) {
            self.after_close.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut chunk = Box::new(Chunk::default());
        match chunk.push(running, context, end) {
            true => self.hand_over(chunk),
            false => {
                self.full.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// A span that has ended is wanted no more; whether its thread has counted its end.
    #[cold]
    pub(in crate::engine) fn discard(&self, is_counted: bool) {
        if !is_counted {
            self.beyond.ended.fetch_add(1, Ordering::Relaxed);
        }
        self.discarded.fetch_add(1, Ordering::Relaxed);
    }

    /// A span was not started, because its trace had had its share.
    #[cold]
    pub(in crate::engine) fn over_the_cap(&self) {
        self.over_the_cap.fetch_add(1, Ordering::Relaxed);
    }

    /// A span could not be started, because the thread is being torn down.
    #[cold]
    pub(in crate::engine) fn not_started(&self) {
        self.beyond.never_started.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    fn empty(&self) -> Box<Chunk> {
        let spare = self.spare.try_lock().ok().and_then(|mut spare| spare.pop());
        spare.unwrap_or_else(|| Box::new(Chunk::with_room(self.room.chunk.min(32))))
    }

    #[cold]
    pub(in crate::engine) fn hand_over(&self, chunk: Box<Chunk>) {
        let (spans, bytes) = (chunk.len(), chunk.bytes());
        let waiting = self.waiting.fetch_add(spans, Ordering::Relaxed);
        let bytes_waiting = self.bytes_waiting.fetch_add(bytes, Ordering::Relaxed);
        let is_full = waiting + spans > self.room.waiting || bytes_waiting + bytes > MOST_BYTES_WAITING;
        // One is always taken, however large.
        if waiting > 0 && is_full {
            self.waiting.fetch_sub(spans, Ordering::Relaxed);
            self.bytes_waiting.fetch_sub(bytes, Ordering::Relaxed);
            self.full.fetch_add(spans as u64, Ordering::Relaxed);
            self.give_back(chunk);
            self.wake();
            return;
        }
        let _ = self.sent.send(Message::Chunk(chunk));
        if waiting + spans >= self.room.wake || bytes_waiting + bytes >= MOST_BYTES {
            self.wake();
        }
    }

    fn wake(&self) {
        self.is_ready.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// A chunk that was read, to be filled again.
    pub(crate) fn give_back(&self, mut chunk: Box<Chunk>) {
        chunk.clear();
        if chunk.memory() <= 2 * MOST_BYTES
            && let Ok(mut spare) = self.spare.try_lock()
            && spare.len() < MOST_SPARE
        {
            spare.push(chunk);
        }
    }

    /// From now on what ends is dropped, and counted as such.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    /// Resolves when a chunk has been handed over since this was asked last.
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

    /// Whether there is room for what ends in a millisecond, however fast that is.
    pub(crate) const fn has_room_for_a_breath(&self) -> bool {
        self.room.waiting >= 1 << 15
    }

    /// What has been handed over, up to so many bytes of fields. What is left is ready at once.
    pub(crate) fn take(&self, most: usize) -> Chunks {
        let mut intake = self.intake();
        intake.receive();
        let mut bytes = 0;
        let fits = intake.chunks.iter().position(|chunk| {
            bytes += chunk.bytes();
            bytes > most
        });
        // One at the least.
        let count = fits.map_or(intake.chunks.len(), |first_beyond| first_beyond.max(1));
        let rest = intake.chunks.split_off(count);
        let chunks = std::mem::replace(&mut intake.chunks, rest);
        if !intake.chunks.is_empty() {
            self.wake();
        }
        self.taken(&chunks);
        chunks
    }

    /// All that has ended: what has been handed over, and what is on the threads' buffers. A thread that has its chunk in
    /// hand is waited for, for a moment.
    pub(crate) fn take_all(&self) -> Chunks {
        let mut intake = self.intake();
        intake.receive();
        let mut on_shelves = Vec::new();
        let is_behind = intake.clear_shelves(&mut on_shelves, TRIES);
        self.is_behind.store(is_behind, Ordering::Relaxed);
        // What was handed over until a buffer was found empty is there now.
        intake.receive();
        let mut chunks = std::mem::take(&mut intake.chunks);
        self.taken(&chunks);
        chunks.append(&mut on_shelves);
        chunks
    }

    /// A panic is about to end the process: nothing of what is open ends any more.
    pub(crate) fn dies(&self) {
        self.is_dying.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_dying(&self) -> bool {
        self.is_dying.load(Ordering::Relaxed)
    }

    /// Whether a thread had its chunk in hand for all the time that the last look at all of them took, so that spans that
    /// have ended long ago may be missing. It takes a thread that was put to sleep there.
    pub(crate) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }

    fn taken(&self, chunks: &[Box<Chunk>]) {
        let spans = chunks.iter().map(|chunk| chunk.len()).sum();
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        let bytes = chunks.iter().map(|chunk| chunk.bytes()).sum();
        self.bytes_waiting.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn intake(&self) -> MutexGuard<'_, QueueReceiver> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exporter has looked for the last time. What is found from now on was put there while it did.
    pub(crate) fn is_drained(&self) {
        self.is_drained.store(true, Ordering::SeqCst);
    }

    pub(crate) fn counts(&self) -> QueueCounts {
        let mut intake = self.intake();
        intake.receive();
        let mut after_close = self.after_close.load(Ordering::Relaxed);
        if self.is_drained.load(Ordering::SeqCst) {
            // Nobody comes for it any more.
            let mut late = std::mem::take(&mut intake.chunks);
            intake.clear_shelves(&mut late, 0);
            let late: u64 = late.iter().map(|chunk| chunk.len() as u64).sum();
            after_close = self.after_close.fetch_add(late, Ordering::Relaxed) + late;
        }
        let (started, ended) = self.started_and_ended(&intake);
        let thread_gone = self.beyond.never_started.load(Ordering::Relaxed);
        let over_the_cap = self.over_the_cap.load(Ordering::Relaxed);
        QueueCounts {
            started: started + thread_gone + over_the_cap,
            ended: ended + thread_gone + over_the_cap,
            full: self.full.load(Ordering::Relaxed),
            after_close,
            discarded: self.discarded.load(Ordering::Relaxed),
            thread_gone,
            over_the_cap,
        }
    }

    fn started_and_ended(&self, intake: &QueueReceiver) -> (u64, u64) {
        // What has ended first: it may go on meanwhile, but nothing ends that has not started.
        let beyond = &self.beyond;
        let ended = intake.ended
            + intake.buffers.iter().map(|buffer| buffer.ended.get()).sum::<u64>()
            + beyond.ended.load(Ordering::Acquire);
        let started = intake.started
            + intake.buffers.iter().map(|buffer| buffer.started.get()).sum::<u64>()
            + beyond.started.load(Ordering::Acquire);
        (started, ended)
    }

    /// How many spans are open; `None` where that would have to be waited for.
    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(in crate::engine) fn open_now(&self) -> Option<u64> {
        let mut intake = self.intake.try_lock().ok()?;
        intake.receive();
        let (started, ended) = self.started_and_ended(&intake);
        Some(started.saturating_sub(ended))
    }
}

impl QueueReceiver {
    fn receive(&mut self) {
        while let Ok(sent) = self.sent.try_recv() {
            match sent {
                Message::ThreadBuffer(buffer) => self.buffers.push(buffer),
                Message::Chunk(chunk) => self.chunks.push(chunk),
            }
        }
    }

    /// Takes all chunks off the buffers, and away the buffers of threads that are gone. Whether one was in hand still after so
    /// many tries.
    fn clear_shelves(&mut self, chunks: &mut Chunks, mut tries: u32) -> bool {
        let mut is_behind = false;
        let Self { buffers, started, ended, .. } = self;
        buffers.retain_mut(|buffer| {
            // Asked before the chunk is taken: what a thread put there last is found.
            let is_abandoned = Arc::get_mut(buffer).is_some();
            let (chunk, is_missing) = buffer.take_all(&mut tries);
            chunks.extend(chunk);
            is_behind |= is_missing;
            if is_abandoned {
                *started += buffer.started.get();
                *ended += buffer.ended.get();
            }
            !is_abandoned
        });
        is_behind
    }
}
