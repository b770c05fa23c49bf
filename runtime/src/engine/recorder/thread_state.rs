//! What each thread that records has for itself: its generator of ids, slots for spans, and its
//! buffer.

use std::cell::{Cell, OnceCell};
use std::sync::{Arc, Weak};

use opentelemetry::trace::{SpanContext, SpanId, TraceId};

use crate::engine::clock::Moment;
use crate::engine::ids::IdGenerator;
use crate::engine::queue::span_queue::SpanQueue;
use crate::engine::queue::thread_buffer::ThreadBuffer;
use crate::engine::recorder::slot::Slot;
use crate::engine::span::running_span::RunningSpan;

/// Slots that are kept to be used again, by each thread, beside the last one.
const MOST_SLOTS: usize = 64;

struct ThreadState {
    random: IdGenerator,
    /// The slot that was given back last: the next one to be taken, as a rule.
    last_slot: Cell<Option<Box<Slot>>>,
    #[expect(clippy::vec_box, reason = "the box is what is kept")]
    slots: Cell<Vec<Box<Slot>>>,
    buffer: OnceCell<AttachedBuffer>,
}

/// A buffer, and whose it is. There is one queue in a process; where there are more, the threads that
/// came to another first do without a buffer in this one.
struct AttachedBuffer {
    of: Weak<SpanQueue>,
    buffer: Arc<ThreadBuffer>,
}

/// The thread ends: what it still has is handed over, and counts as waiting from now on.
impl Drop for AttachedBuffer {
    fn drop(&mut self) {
        // Whoever looks meanwhile knows that it is in hand.
        self.buffer.placed.one_less();
        if let (Some(of), Some(chunk)) = (self.of.upgrade(), self.buffer.take()) {
            of.hand_over(chunk);
        }
        self.buffer.placed.one_more();
    }
}

thread_local! {
    static LOCAL: ThreadState = const {
        ThreadState {
            random: IdGenerator::new(),
            last_slot: Cell::new(None),
            slots: Cell::new(Vec::new()),
            buffer: OnceCell::new(),
        }
    };
}

impl ThreadState {
    #[inline]
    fn take_slot(&self) -> Option<Box<Slot>> {
        self.last_slot.take().or_else(|| {
            let mut slots = self.slots.take();
            let used = slots.pop();
            self.slots.set(slots);
            used
        })
    }

    #[inline]
    fn give_back(&self, slot: Box<Slot>) {
        if slot.running.is_small()
            && let Some(before) = self.last_slot.replace(Some(slot))
        {
            let mut slots = self.slots.take();
            if slots.len() < MOST_SLOTS {
                slots.push(before);
            }
            self.slots.set(slots);
        }
    }

    #[inline]
    fn buffer(&self, of: &Arc<SpanQueue>) -> Option<&ThreadBuffer> {
        let mounted =
            self.buffer.get_or_init(|| AttachedBuffer { of: Arc::downgrade(of), buffer: of.register() });
        std::ptr::eq(mounted.of.as_ptr(), Arc::as_ptr(of)).then_some(&mounted.buffer)
    }
}

/// An id for a span, and one for its trace where it has none; and a slot, whose content is of no meaning yet. On a
/// thread that is being torn down the ids come from a generator of the moment.
#[inline]
pub(in crate::engine) fn begin(trace: Option<TraceId>) -> (TraceId, SpanId, Box<Slot>) {
    let begun = LOCAL.try_with(|local| {
        let trace = trace.unwrap_or_else(|| local.random.trace_id());
        (trace, local.random.span_id(), local.take_slot().unwrap_or_else(Slot::empty))
    });
    begun.unwrap_or_else(|_| {
        let random = IdGenerator::new();
        (trace.unwrap_or_else(|| random.trace_id()), random.span_id(), Slot::empty())
    })
}

/// Ids for a span of a new trace that nobody records.
pub(crate) fn identity() -> (TraceId, SpanId) {
    let made = LOCAL.try_with(|local| (local.random.trace_id(), local.random.span_id()));
    made.unwrap_or_else(|_| {
        let random = IdGenerator::new();
        (random.trace_id(), random.span_id())
    })
}

#[inline]
pub(in crate::engine) fn give_back(slot: Box<Slot>) {
    // The thread may be past having any: then it is dropped.
    let _ = LOCAL.try_with(|local| local.give_back(slot));
}

impl SpanQueue {
    #[inline]
    pub(in crate::engine) fn started(self: &Arc<Self>) {
        let counted = LOCAL.try_with(|local| local.buffer(self).map(|buffer| buffer.started.one_more()));
        if !matches!(counted, Ok(Some(()))) {
            self.started_beyond();
        }
    }

    /// A span has ended.
    #[inline]
    pub(in crate::engine) fn ended(
        self: &Arc<Self>,
        running: &RunningSpan,
        context: &SpanContext,
        end: Moment,
    ) {
        let put =
            LOCAL.try_with(|local| local.buffer(self).map(|buffer| self.put(buffer, running, context, end)));
        if !matches!(put, Ok(Some(()))) {
            self.put_beyond(running, context, end);
        }
    }

    /// A hook wanted nothing more of a span that has ended.
    pub(in crate::engine) fn ended_discarded(self: &Arc<Self>) {
        let counted = LOCAL.try_with(|local| {
            local.buffer(self).map(|buffer| {
                buffer.ended.one_more();
                buffer.placed.one_more();
            })
        });
        self.discard(matches!(counted, Ok(Some(()))));
    }
}
