//! How far a future has come with its span.

use std::cell::RefCell;
use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::active::ActiveSpan;
use super::outcome::Outcome;
use super::panic::Mark;
use crate::engine::context::current::Attached;

/// What is done under a span, one step at a time. In two methods, although the second always follows
/// the first: one that did both would be larger, for each of the futures.
pub(crate) trait Step {
    /// Takes one; whether it was the last.
    fn step(&mut self) -> bool;

    /// How it ended, after the last step.
    fn outcome(&self) -> Outcome<'_>;
}

/// Before the first step, under a span, or after it.
#[derive(Debug)]
pub(crate) struct Progress(State);

#[derive(Debug)]
enum State {
    Waiting,
    Begun(ActiveSpan),
    /// After the last step, or a panic.
    Over,
    /// Between two polls, each of which has a span of its own.
    EachPoll(Box<dyn EachPoll>),
}

/// Makes the spans of a future's polls. It holds nothing of the user's.
pub(super) trait EachPoll: Debug + Send + Sync + UnwindSafe + RefUnwindSafe {
    fn open(&self) -> ActiveSpan;
}

impl Progress {
    /// The first step begins the span itself, by [`deliver`].
    #[inline]
    pub(crate) const fn waiting() -> Self {
        Self(State::Waiting)
    }

    /// Under a span that is open already.
    #[inline]
    pub(crate) const fn begun(span: ActiveSpan) -> Self {
        Self(State::Begun(span))
    }

    /// Takes a step under the span, reads the outcome of the last one there, and ends the span with it.
    pub(crate) fn advance(&mut self, leaving: &mut Leaving, step: &mut dyn Step) {
        leaving.0 = false;
        self.take_step(step);
        leaving.0 = self.is_open();
    }

    fn take_step(&mut self, step: &mut dyn Step) {
        // Nearly always: in place, since what is under the span is moved twice otherwise.
        if let State::Begun(span) = &mut self.0 {
            let outcome = if span.is_open() { span.run(|| take(step)) } else { take(step) };
            if let Some(outcome) = outcome {
                span.end(outcome);
                self.0 = State::Over;
            }
            return;
        }
        match std::mem::replace(&mut self.0, State::Over) {
            State::Waiting => {
                let frame = Frame::open();
                let outcome = take(step);
                let (mut span, each) = frame.close();
                match (outcome, each) {
                    (Some(outcome), _) => span.end(outcome),
                    (None, Some(each)) => {
                        span.end(Outcome::success());
                        self.0 = State::EachPoll(each);
                    }
                    (None, None) => self.0 = State::Begun(span),
                }
            }
            State::EachPoll(each) => {
                let mut span = each.open();
                match span.run(|| take(step)) {
                    Some(outcome) => span.end(outcome),
                    None => {
                        span.end(Outcome::success());
                        self.0 = State::EachPoll(each);
                    }
                }
            }
            State::Over | State::Begun(_) => resumed(),
        }
    }

    fn is_open(&self) -> bool {
        matches!(&self.0, State::Begun(span) if span.is_open())
    }
}

impl Drop for Progress {
    /// What is under the span is dropped next. Where it was not done, the span is current meanwhile.
    fn drop(&mut self) {
        if let State::Begun(span) = &mut self.0
            && span.is_open()
        {
            let left = Left { _attached: span.attach(), span: span.take() };
            with_frames(|frames| frames.push(Slot::Leaving(left)));
        }
    }
}

/// Comes after what is under the span, and says whether the span was open: then it is over.
#[derive(Debug)]
pub(crate) struct Leaving(bool);

impl Leaving {
    #[inline]
    pub(crate) const fn nothing() -> Self {
        Self(false)
    }

    #[inline]
    pub(crate) fn under(span: &ActiveSpan) -> Self {
        Self(span.is_open())
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if self.0 {
            // Taken out first: the end of a span may be seen by those who use the frames, too.
            let left = with_frames(Vec::pop);
            drop(left);
        }
    }
}

/// A step; how it ended, after the last one.
fn take<'a>(step: &'a mut (dyn Step + '_)) -> Option<Outcome<'a>> {
    step.step().then(|| step.outcome())
}

/// What the compiler's own futures do, because there is nothing that they could give.
#[cold]
pub(crate) fn resumed() -> ! {
    panic!("`async fn` resumed after completion")
}

/// Something that was given up under its span, and is being dropped.
#[derive(Debug)]
struct Left {
    span: ActiveSpan,
    // Dropped after the span has ended.
    _attached: Option<Attached>,
}

impl Drop for Left {
    fn drop(&mut self) {
        self.span.end_cancelled();
    }
}

/// A first step that is being taken: what it begins is put here.
#[derive(Debug)]
struct Begun {
    span: ActiveSpan,
    each: Option<Box<dyn EachPoll>>,
    // Dropped after the span has ended.
    _attached: Option<Attached>,
    since: Mark,
}

#[derive(Debug)]
enum Slot {
    /// The span that is to begin.
    Expecting,
    Holding(Begun),
    /// Ended by its drop.
    #[allow(dead_code, reason = "all that is wanted of it is its drop")]
    Leaving(Left),
}

thread_local! {
    /// The first steps that this thread is taking, and what it is giving up, one within the other.
    static FRAMES: RefCell<Vec<Slot>> = const { RefCell::new(Vec::new()) };
}

/// `None` in a thread that is being torn down.
fn with_frames<T>(work: impl FnOnce(&mut Vec<Slot>) -> T) -> Option<T> {
    FRAMES.try_with(|frames| frames.try_borrow_mut().ok().map(|mut frames| work(&mut frames))).ok().flatten()
}

/// Begins the span of the step that is being taken: it is current from here to the step's end.
pub(super) fn deliver(open: impl FnOnce() -> (ActiveSpan, Option<Box<dyn EachPoll>>)) {
    let expected = with_frames(|frames| matches!(frames.last(), Some(Slot::Expecting))).unwrap_or(false);
    if !expected {
        return;
    }
    let (span, each) = open();
    let begun = Begun { _attached: span.attach(), span, each, since: Mark::now() };
    with_frames(|frames| {
        if let Some(slot) = frames.last_mut() {
            *slot = Slot::Holding(begun);
        }
    });
}

/// Takes the slot away again, whatever happens in between.
struct Frame;

impl Frame {
    fn open() -> Self {
        with_frames(|frames| frames.push(Slot::Expecting));
        Self
    }

    fn take() -> Option<Begun> {
        match with_frames(Vec::pop).flatten() {
            Some(Slot::Holding(begun)) => Some(begun),
            _ => None,
        }
    }

    fn close(self) -> (ActiveSpan, Option<Box<dyn EachPoll>>) {
        std::mem::forget(self);
        Self::take().map_or((ActiveSpan::none(), None), |begun| (begun.span, begun.each))
    }
}

impl Drop for Frame {
    /// Not closed: a panic is passing through.
    fn drop(&mut self) {
        if let Some(mut begun) = Self::take() {
            begun.span.end_panicked(begun.since);
        }
    }
}
