//! What each thread that records has for itself: its generator of ids, boxes for open spans, and its
//! shelf.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};

use opentelemetry::trace::{SpanContext, SpanId, TraceId};

use super::clock::Moment;
use super::handover::Handover;
use super::open::Open;
use super::random::Random;
use super::shelf::Shelf;

/// Boxes that are kept to be used again, by each thread.
const MOST_BOXES: usize = 64;

struct Local {
    random: Random,
    #[expect(clippy::vec_box, reason = "the box is what is kept")]
    boxes: Cell<Vec<Box<Open>>>,
    shelf: RefCell<Option<Mounted>>,
}

/// A shelf, and whose it is.
#[derive(Debug)]
struct Mounted {
    of: Weak<Handover>,
    shelf: Arc<Shelf>,
}

thread_local! {
    static LOCAL: Local = const {
        Local { random: Random::new(), boxes: Cell::new(Vec::new()), shelf: RefCell::new(None) }
    };
}

/// An id for a span, and one for its trace where it has none. On a thread that is being torn down they
/// come from a generator of the moment.
#[inline]
pub(super) fn ids(trace: Option<TraceId>) -> (TraceId, SpanId) {
    let ids = |random: &Random| (trace.unwrap_or_else(|| random.trace_id()), random.span_id());
    LOCAL.try_with(|local| ids(&local.random)).unwrap_or_else(|_| ids(&Random::new()))
}

/// A box, whose content is of no meaning yet.
#[inline]
pub(super) fn take_box() -> Box<Open> {
    let used = LOCAL.try_with(|local| {
        let mut boxes = local.boxes.take();
        let used = boxes.pop();
        local.boxes.set(boxes);
        used
    });
    used.ok().flatten().unwrap_or_else(Open::empty)
}

#[inline]
pub(super) fn give_back_box(open: Box<Open>) {
    if !open.is_small() {
        return;
    }
    // The thread may be past having any: then it is dropped.
    let _ = LOCAL.try_with(|local| {
        let mut boxes = local.boxes.take();
        if boxes.len() < MOST_BOXES {
            boxes.push(open);
        }
        local.boxes.set(boxes);
    });
}

impl Handover {
    /// Runs `work` with this thread's shelf; `None` where the thread is being torn down.
    #[inline]
    pub(super) fn with_shelf<T>(self: &Arc<Self>, work: impl FnOnce(&Shelf) -> T) -> Option<T> {
        LOCAL
            .try_with(|local| {
                let mut mounted = local.shelf.try_borrow_mut().ok()?;
                let mounted = match &mut *mounted {
                    Some(mounted) if std::ptr::eq(mounted.of.as_ptr(), Arc::as_ptr(self)) => mounted,
                    other => other.insert(Mounted { of: Arc::downgrade(self), shelf: self.register() }),
                };
                Some(work(&mounted.shelf))
            })
            .ok()
            .flatten()
    }

    #[inline]
    pub(super) fn started(self: &Arc<Self>) {
        if self.with_shelf(|shelf| shelf.started.one_more()).is_none() {
            self.started_beyond();
        }
    }

    #[inline]
    pub(super) fn ended(self: &Arc<Self>, open: &Open, context: &SpanContext, end: Moment) {
        if self.with_shelf(|shelf| self.put(shelf, open, context, end)).is_none() {
            self.put_beyond(open, context, end);
        }
    }
}
