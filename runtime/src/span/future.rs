//! A future under a span.
//!
//! This file is generic, and compiled for every annotated function. So it only polls, drops and reads the outcome, behind the
//! object-safe [`PollStep`]. The rest is in [`future_span`](super::future_span), which is compiled once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use pin_project_lite::pin_project;

use super::active::ActiveSpan;
use super::future_span::{EndAfterDrop, FutureSpan, PollStep};
use super::outcome::Outcome;

pin_project! {
    /// Polls and drops its future with the span current. The span ends when the future is done, panics, or is dropped before
    /// that.
    ///
    /// The future of an annotated async function starts its span itself, in its first poll, because only the future has the
    /// arguments. A closure that takes no space reads the outcome from the output.
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F, O> {
        // Dropped in this order: the span becomes current, the future is dropped, the span ends.
        span: FutureSpan,
        #[pin]
        future: F,
        end: EndAfterDrop,
        outcome: O,
    }
}

impl<F, O> std::fmt::Debug for Traced<F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traced").field("span", &self.span).finish_non_exhaustive()
    }
}

/// Reads the outcome of a future from its output. It takes no space.
pub trait ReadOutcome<T> {
    /// Returns the outcome.
    fn read<'a>(&self, output: &'a T) -> Outcome<'a>;
}

/// Reads only the type of an error, which is nearly always enough.
#[derive(Debug)]
pub struct ErrorType<C>(C);

/// Reads everything that the attribute asks for.
#[derive(Debug)]
pub struct FullOutcome<C>(C);

impl<T, C: Fn(&T) -> Option<&'static str>> ReadOutcome<T> for ErrorType<C> {
    #[inline]
    fn read<'a>(&self, output: &'a T) -> Outcome<'a> {
        Outcome::of_type((self.0)(output))
    }
}

impl<T, C: Fn(&T) -> Outcome<'_>> ReadOutcome<T> for FullOutcome<C> {
    #[inline]
    fn read<'a>(&self, output: &'a T) -> Outcome<'a> {
        (self.0)(output)
    }
}

impl<F: Future, C: Fn(&F::Output) -> Option<&'static str>> Traced<F, ErrorType<C>> {
    /// A future that starts its span itself, and records the type of an error.
    #[inline]
    pub fn by_type(future: F, error_type: C) -> Self {
        Self {
            span: FutureSpan::not_started(),
            future,
            end: EndAfterDrop::nothing(),
            outcome: ErrorType(error_type),
        }
    }
}

impl<F: Future, C: Fn(&F::Output) -> Outcome<'_>> Traced<F, FullOutcome<C>> {
    /// A future that starts its span itself.
    #[inline]
    pub fn new(future: F, outcome: C) -> Self {
        Self {
            span: FutureSpan::not_started(),
            future,
            end: EndAfterDrop::nothing(),
            outcome: FullOutcome(outcome),
        }
    }
}

impl<F: Future, C: Fn(&F::Output) -> Outcome<'_>> Traced<DropWhenDone<F>, FullOutcome<C>> {
    /// `future`, under a span that is open already.
    #[inline]
    pub(crate) fn going_on(span: ActiveSpan, future: F, outcome: C) -> Self {
        let end = EndAfterDrop::of(&span);
        Self {
            span: FutureSpan::open(span),
            future: DropWhenDone { future: Some(future) },
            end,
            outcome: FullOutcome(outcome),
        }
    }
}

impl<F, O> Future for Traced<F, O>
where
    F: Future,
    O: ReadOutcome<F::Output>,
{
    type Output = F::Output;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut polling = Polling { future: this.future, task, outcome: this.outcome, polled: Poll::Pending };
        this.span.poll(this.end, &mut polling);
        polling.polled
    }
}

/// One poll.
struct Polling<'a, 'w, F: Future, O> {
    future: Pin<&'a mut F>,
    task: &'a mut Task<'w>,
    outcome: &'a O,
    polled: Poll<F::Output>,
}

impl<F, O> PollStep for Polling<'_, '_, F, O>
where
    F: Future,
    O: ReadOutcome<F::Output>,
{
    fn poll(&mut self) -> bool {
        self.polled = self.future.as_mut().poll(self.task);
        self.polled.is_ready()
    }

    fn outcome(&self) -> Outcome<'_> {
        match &self.polled {
            Poll::Ready(output) => self.outcome.read(output),
            Poll::Pending => Outcome::success(),
        }
    }
}

pin_project! {
    /// Drops its future as soon as that is done, while the span is still current. A future that was written by hand may still
    /// hold something then; an async block does not.
    #[derive(Debug)]
    pub struct DropWhenDone<F> {
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future> Future for DropWhenDone<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let mut future = self.project().future;
        let polled = future.as_mut().as_pin_mut().map_or(Poll::Pending, |future| future.poll(task));
        if polled.is_ready() {
            future.set(None);
        }
        polled
    }
}
