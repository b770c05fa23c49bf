//! The span of a future: when it starts, when it is current, and how it ends.

use std::cell::RefCell;
use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::active::ActiveSpan;
use super::failure::panic_note::PanicMark;
use super::outcome::Outcome;
use crate::engine::context::current::Attached;

/// A future that is polled under a span. Two methods, although `outcome` always follows the last `poll`: one method that did
/// both would be larger, and it is compiled for each future.
pub(crate) trait PollStep {
    /// Polls once; returns whether the future is done.
    fn poll(&mut self) -> bool;

    /// How the future ended.
    fn outcome(&self) -> Outcome<'_>;
}

/// The span of a future. The field before the future's: dropped first.
#[derive(Debug)]
pub(crate) struct FutureSpan(FutureSpanState);

#[derive(Debug)]
enum FutureSpanState {
    /// The future has not been polled: its first poll starts the span.
    NotStarted,
    Open(ActiveSpan),
    /// After the last poll, or a panic.
    Over,
    /// Between two polls, each of which has a span of its own.
    EachPoll(Box<dyn PollSpans>),
}

/// Starts the spans of a future's polls. It holds nothing of the user's.
pub(super) trait PollSpans: Debug + Send + Sync + UnwindSafe + RefUnwindSafe {
    fn open(&self) -> ActiveSpan;
}

impl FutureSpan {
    /// The first poll starts the span by [`deliver`].
    #[inline]
    pub(crate) const fn not_started() -> Self {
        Self(FutureSpanState::NotStarted)
    }

    /// The span is open already.
    #[inline]
    pub(crate) const fn open(span: ActiveSpan) -> Self {
        Self(FutureSpanState::Open(span))
    }

    /// Polls with the span current. After the last poll, reads the outcome with the span current, and ends the span.
    pub(crate) fn poll(&mut self, end: &mut EndAfterDrop, step: &mut dyn PollStep) {
        end.0 = false;
        self.poll_once(step);
        end.0 = self.is_open();
    }

    fn poll_once(&mut self, step: &mut dyn PollStep) {
        // Nearly always. In place, because the span would be moved twice otherwise.
        if let FutureSpanState::Open(span) = &mut self.0 {
            let outcome = if span.is_open() { span.run(|| poll(step)) } else { poll(step) };
            if let Some(outcome) = outcome {
                span.end(outcome);
                self.0 = FutureSpanState::Over;
            }
            return;
        }
        match std::mem::replace(&mut self.0, FutureSpanState::Over) {
            FutureSpanState::NotStarted => {
                let frame = FrameGuard::push();
                let outcome = poll(step);
                let (mut span, poll_spans) = frame.pop();
                match (outcome, poll_spans) {
                    (Some(outcome), _) => span.end(outcome),
                    (None, Some(poll_spans)) => {
                        span.end(Outcome::success());
                        self.0 = FutureSpanState::EachPoll(poll_spans);
                    }
                    (None, None) => self.0 = FutureSpanState::Open(span),
                }
            }
            FutureSpanState::EachPoll(poll_spans) => {
                let mut span = poll_spans.open();
                match span.run(|| poll(step)) {
                    Some(outcome) => span.end(outcome),
                    None => {
                        span.end(Outcome::success());
                        self.0 = FutureSpanState::EachPoll(poll_spans);
                    }
                }
            }
            FutureSpanState::Over | FutureSpanState::Open(_) => resumed(),
        }
    }

    fn is_open(&self) -> bool {
        matches!(&self.0, FutureSpanState::Open(span) if span.is_open())
    }
}

impl Drop for FutureSpan {
    /// The future is dropped next. If it was not done, the span is current meanwhile.
    fn drop(&mut self) {
        if let FutureSpanState::Open(span) = &mut self.0
            && span.is_open()
        {
            let cancelled = CancelledSpan { _attached: span.attach(), span: span.take() };
            with_frames(|frames| frames.push(Frame::Dropping(cancelled)));
        }
    }
}

/// The field after the future's: ends the span when the future has been dropped, if the span was open by then.
#[derive(Debug)]
pub(crate) struct EndAfterDrop(bool);

impl EndAfterDrop {
    #[inline]
    pub(crate) const fn nothing() -> Self {
        Self(false)
    }

    #[inline]
    pub(crate) fn of(span: &ActiveSpan) -> Self {
        Self(span.is_open())
    }
}

impl Drop for EndAfterDrop {
    fn drop(&mut self) {
        if self.0 {
            // Dropped outside of `with_frames`: code that runs at the end of a span may use the frames, too.
            let cancelled = with_frames(Vec::pop);
            drop(cancelled);
        }
    }
}

/// Polls once; the outcome, after the last poll.
fn poll<'a>(step: &'a mut (dyn PollStep + '_)) -> Option<Outcome<'a>> {
    step.poll().then(|| step.outcome())
}

/// Panics as the compiler's own futures do when they are polled after they are done.
#[cold]
pub(crate) fn resumed() -> ! {
    panic!("`async fn` resumed after completion")
}

/// The span of a future that is being dropped before it was done.
#[derive(Debug)]
struct CancelledSpan {
    span: ActiveSpan,
    // Dropped after the span has ended.
    _attached: Option<Attached>,
}

impl Drop for CancelledSpan {
    fn drop(&mut self) {
        self.span.end_cancelled();
    }
}

/// The span that a first poll has started.
#[derive(Debug)]
struct FirstPollSpan {
    span: ActiveSpan,
    poll_spans: Option<Box<dyn PollSpans>>,
    // Dropped after the span has ended.
    _attached: Option<Attached>,
    since: PanicMark,
}

#[derive(Debug)]
enum Frame {
    /// A first poll that has not started its span yet.
    FirstPoll,
    Started(FirstPollSpan),
    /// A future that is being dropped. Its span ends with this.
    #[allow(dead_code, reason = "it is only there to be dropped")]
    Dropping(CancelledSpan),
}

thread_local! {
    /// The first polls that this thread is in, and the futures that it is dropping; the innermost last.
    static FRAMES: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// `None` in a thread that is being torn down.
fn with_frames<T>(work: impl FnOnce(&mut Vec<Frame>) -> T) -> Option<T> {
    FRAMES.try_with(|frames| frames.try_borrow_mut().ok().map(|mut frames| work(&mut frames))).ok().flatten()
}

/// Starts the span of the first poll that this thread is in. It is current until that poll returns.
pub(super) fn deliver(open: impl FnOnce() -> (ActiveSpan, Option<Box<dyn PollSpans>>)) {
    let expected = with_frames(|frames| matches!(frames.last(), Some(Frame::FirstPoll))).unwrap_or(false);
    if !expected {
        return;
    }
    let (span, poll_spans) = open();
    let started = FirstPollSpan { _attached: span.attach(), span, poll_spans, since: PanicMark::now() };
    with_frames(|frames| {
        if let Some(frame) = frames.last_mut() {
            *frame = Frame::Started(started);
        }
    });
}

/// The frame of a first poll. It is removed even if the poll panics.
struct FrameGuard;

impl FrameGuard {
    fn push() -> Self {
        with_frames(|frames| frames.push(Frame::FirstPoll));
        Self
    }

    fn take() -> Option<FirstPollSpan> {
        match with_frames(Vec::pop).flatten() {
            Some(Frame::Started(started)) => Some(started),
            _ => None,
        }
    }

    fn pop(self) -> (ActiveSpan, Option<Box<dyn PollSpans>>) {
        std::mem::forget(self);
        Self::take().map_or((ActiveSpan::none(), None), |started| (started.span, started.poll_spans))
    }
}

impl Drop for FrameGuard {
    /// Runs only where the poll panics.
    fn drop(&mut self) {
        if let Some(mut started) = Self::take() {
            started.span.end_panicked(started.since);
        }
    }
}
