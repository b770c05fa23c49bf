//! What each thread that records has for itself: its generator of ids, slots for spans, and its
//! shelf.

use std::cell::{Cell, OnceCell};
use std::sync::{Arc, Weak};

use opentelemetry::trace::{SpanContext, SpanId, TraceId};

use super::clock::Moment;
use super::handover::Handover;
use super::open::{Open, Slot};
use super::random::Random;
use super::shelf::Shelf;

/// Slots that are kept to be used again, by each thread, beside the last one.
const MOST_SLOTS: usize = 64;

struct Local {
    random: Random,
    /// The slot that was given back last: the next one to be taken, as a rule.
    last_slot: Cell<Option<Box<Slot>>>,
    #[expect(clippy::vec_box, reason = "the box is what is kept")]
    slots: Cell<Vec<Box<Slot>>>,
    shelf: OnceCell<Mounted>,
}

/// A shelf, and whose it is. There is one handover in a process; where there are more, the threads that
/// came to another first do without a shelf in this one.
struct Mounted {
    of: Weak<Handover>,
    shelf: Arc<Shelf>,
}

/// The thread ends: what it still has is handed over, and counts as waiting from now on.
impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever looks meanwhile knows that it is in hand.
        self.shelf.placed.one_less();
        if let (Some(of), Some(chunk)) = (self.of.upgrade(), self.shelf.take()) {
            of.hand_over(chunk);
        }
        self.shelf.placed.one_more();
    }
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            random: Random::new(),
            last_slot: Cell::new(None),
            slots: Cell::new(Vec::new()),
            shelf: OnceCell::new(),
        }
    };
}

impl Local {
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
        if slot.open.is_small()
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
    fn shelf(&self, of: &Arc<Handover>) -> Option<&Shelf> {
        let mounted = self.shelf.get_or_init(|| Mounted { of: Arc::downgrade(of), shelf: of.register() });
        std::ptr::eq(mounted.of.as_ptr(), Arc::as_ptr(of)).then_some(&mounted.shelf)
    }
}

/// An id for a span, and one for its trace where it has none; and a slot, whose content is of no meaning yet. On a
/// thread that is being torn down the ids come from a generator of the moment.
#[inline]
pub(super) fn begin(trace: Option<TraceId>) -> (TraceId, SpanId, Box<Slot>) {
    let begun = LOCAL.try_with(|local| {
        let trace = trace.unwrap_or_else(|| local.random.trace_id());
        (trace, local.random.span_id(), local.take_slot().unwrap_or_else(Slot::empty))
    });
    begun.unwrap_or_else(|_| {
        let random = Random::new();
        (trace.unwrap_or_else(|| random.trace_id()), random.span_id(), Slot::empty())
    })
}

/// Ids for a span of a new trace that nobody records.
pub(crate) fn identity() -> (TraceId, SpanId) {
    let made = LOCAL.try_with(|local| (local.random.trace_id(), local.random.span_id()));
    made.unwrap_or_else(|_| {
        let random = Random::new();
        (random.trace_id(), random.span_id())
    })
}

#[inline]
pub(super) fn give_back(slot: Box<Slot>) {
    // The thread may be past having any: then it is dropped.
    let _ = LOCAL.try_with(|local| local.give_back(slot));
}

impl Handover {
    #[inline]
    pub(super) fn started(self: &Arc<Self>) {
        let counted = LOCAL.try_with(|local| local.shelf(self).map(|shelf| shelf.started.one_more()));
        if !matches!(counted, Ok(Some(()))) {
            self.started_beyond();
        }
    }

    /// A span has ended.
    #[inline]
    pub(super) fn ended(self: &Arc<Self>, open: &Open, context: &SpanContext, end: Moment) {
        let put = LOCAL.try_with(|local| local.shelf(self).map(|shelf| self.put(shelf, open, context, end)));
        if !matches!(put, Ok(Some(()))) {
            self.put_beyond(open, context, end);
        }
    }

    /// A hook wanted nothing more of a span that has ended.
    pub(super) fn ended_discarded(self: &Arc<Self>) {
        let counted = LOCAL.try_with(|local| {
            local.shelf(self).map(|shelf| {
                shelf.ended.one_more();
                shelf.placed.one_more();
            })
        });
        self.discard(matches!(counted, Ok(Some(()))));
    }
}
