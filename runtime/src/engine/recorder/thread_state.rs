//! What each recording thread owns: its id generator, spare slots, and its buffer.

use std::cell::{Cell, OnceCell};
use std::sync::{Arc, Weak};

use opentelemetry::trace::{SpanContext, SpanId, TraceId};

use crate::engine::clock::moment::Moment;
use crate::engine::ids::IdGenerator;
use crate::engine::queue::span_queue::SpanQueue;
use crate::engine::queue::thread_buffer::ThreadBuffer;
use crate::engine::recorder::slot::Slot;
use crate::engine::span::running_span::RunningSpan;

/// Spare slots that a thread keeps for reuse, beside the last one.
const MAX_SPARE_SLOTS: usize = 64;

struct ThreadState {
    ids: IdGenerator,
    /// The slot that was recycled last. It is usually the next one to be taken.
    last_slot: Cell<Option<Box<Slot>>>,
    #[expect(clippy::vec_box, reason = "the boxes are what is reused")]
    spare_slots: Cell<Vec<Box<Slot>>>,
    buffer: OnceCell<AttachedBuffer>,
    /// Used in a forked child, in place of the one that it has inherited.
    buffer_after_fork: OnceCell<AttachedBuffer>,
}

/// The thread's buffer, and the queue that it belongs to. A process has one queue. If there are more, a thread has a buffer in
/// the first one only.
struct AttachedBuffer {
    queue: Weak<SpanQueue>,
    buffer: Arc<ThreadBuffer>,
}

impl AttachedBuffer {
    fn new(queue: &Arc<SpanQueue>) -> Self {
        Self { queue: Arc::downgrade(queue), buffer: queue.register() }
    }

    #[inline]
    fn is_of(&self, queue: &Arc<SpanQueue>) -> bool {
        std::ptr::eq(self.queue.as_ptr(), Arc::as_ptr(queue))
    }
}

/// When the thread ends, it sends its last chunk to the exporter.
impl Drop for AttachedBuffer {
    fn drop(&mut self) {
        // As long as this thread holds the chunk, the exporter waits for it.
        self.buffer.placed.decrement();
        let queue = self.queue.upgrade().filter(|queue| !queue.is_inherited());
        if let Some(queue) = queue {
            self.buffer.take().into_iter().for_each(|chunk| queue.send_chunk(chunk));
            queue.unregister();
        }
        self.buffer.placed.increment();
    }
}

thread_local! {
    static STATE: ThreadState = const {
        ThreadState {
            ids: IdGenerator::new(),
            last_slot: Cell::new(None),
            spare_slots: Cell::new(Vec::new()),
            buffer: OnceCell::new(),
            buffer_after_fork: OnceCell::new(),
        }
    };
}

impl ThreadState {
    #[inline]
    fn take_slot(&self) -> Option<Box<Slot>> {
        self.last_slot.take().or_else(|| {
            let mut slots = self.spare_slots.take();
            let used = slots.pop();
            self.spare_slots.set(slots);
            used
        })
    }

    #[inline]
    fn recycle_slot(&self, slot: Box<Slot>) {
        if slot.running.is_small()
            && let Some(before) = self.last_slot.replace(Some(slot))
        {
            let mut slots = self.spare_slots.take();
            if slots.len() < MAX_SPARE_SLOTS {
                slots.push(before);
            }
            self.spare_slots.set(slots);
        }
    }

    #[inline]
    fn buffer(&self, queue: &Arc<SpanQueue>) -> Option<&ThreadBuffer> {
        let attached = match self.buffer.get() {
            Some(attached) => attached,
            None => self.first_buffer(queue)?,
        };
        if attached.is_of(queue) { Some(&attached.buffer) } else { self.other_buffer(attached, queue) }
    }

    #[cold]
    #[inline(never)]
    fn first_buffer(&self, queue: &Arc<SpanQueue>) -> Option<&AttachedBuffer> {
        // Not by `get_or_init`, which panics in a signal handler that has interrupted it.
        let _ = self.buffer.set(AttachedBuffer::new(queue));
        self.buffer.get()
    }

    #[cold]
    #[inline(never)]
    fn other_buffer(&self, first: &AttachedBuffer, queue: &Arc<SpanQueue>) -> Option<&ThreadBuffer> {
        if !first.queue.upgrade().is_some_and(|queue| queue.is_inherited()) {
            return None;
        }
        let attached = self.buffer_after_fork.get_or_init(|| AttachedBuffer::new(queue));
        attached.is_of(queue).then_some(&*attached.buffer)
    }
}

/// Returns ids for a new span, in this trace or a new one, and a slot whose content has no meaning yet. A thread that is
/// being torn down uses a temporary id generator.
#[inline]
pub(in crate::engine) fn new_ids_and_slot(trace: Option<TraceId>) -> (TraceId, SpanId, Box<Slot>) {
    let made = STATE.try_with(|state| {
        let trace = trace.unwrap_or_else(|| state.ids.trace_id());
        (trace, state.ids.span_id(), state.take_slot().unwrap_or_else(Slot::empty))
    });
    made.unwrap_or_else(|_| {
        let ids = IdGenerator::new();
        (trace.unwrap_or_else(|| ids.trace_id()), ids.span_id(), Slot::empty())
    })
}

/// Returns ids for a span of a new trace that is not recorded.
pub(crate) fn new_ids() -> (TraceId, SpanId) {
    let made = STATE.try_with(|state| (state.ids.trace_id(), state.ids.span_id()));
    made.unwrap_or_else(|_| {
        let ids = IdGenerator::new();
        (ids.trace_id(), ids.span_id())
    })
}

/// Keeps a slot for reuse by this thread.
#[inline]
pub(in crate::engine) fn recycle_slot(slot: Box<Slot>) {
    // On a thread that is being torn down, the slot is dropped.
    let _ = STATE.try_with(|state| state.recycle_slot(slot));
}

impl SpanQueue {
    /// Counts a span that has started on this thread.
    #[inline]
    pub(in crate::engine) fn count_started(self: &Arc<Self>) {
        let counted = STATE.try_with(|state| state.buffer(self).map(|buffer| buffer.started.increment()));
        if !matches!(counted, Ok(Some(()))) {
            self.count_started_unbuffered();
        }
    }

    /// Adds a span that has ended on this thread.
    #[inline]
    pub(in crate::engine) fn add(
        self: &Arc<Self>,
        running: &RunningSpan,
        context: &SpanContext,
        end: Moment,
    ) {
        let put =
            STATE.try_with(|state| state.buffer(self).map(|buffer| self.put(buffer, running, context, end)));
        if !matches!(put, Ok(Some(()))) {
            self.put_unbuffered(running, context, end);
        }
    }

    /// Counts a span that has ended on this thread and was dropped by a hook.
    pub(in crate::engine) fn add_discarded(self: &Arc<Self>) {
        let counted = STATE.try_with(|state| {
            state.buffer(self).map(|buffer| {
                buffer.ended.increment();
                buffer.placed.increment();
            })
        });
        self.count_discarded(matches!(counted, Ok(Some(()))));
    }
}
