//! A future under a span.
//!
//! What is generic here is compiled anew for every annotated function, so there is little of it: it
//! polls, drops and reads an outcome, behind the object-safe [`Step`]. The rest is in [`progress`](super::progress),
//! compiled once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use pin_project_lite::pin_project;

use super::active::ActiveSpan;
use super::outcome::Outcome;
use super::progress::{Leaving, Progress, Step};

pin_project! {
    /// Polls and drops its future with the span current; ends the span when the future is done,
    /// panics, or is dropped before.
    ///
    /// An annotated async function's future begins its span itself, as the first thing it does: the
    /// arguments are in it, and nowhere else. The outcome is read from the output by a closure that
    /// takes no space.
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F, O> {
        // Dropped in this order: the span becomes current, the future goes, the span ends.
        progress: Progress,
        #[pin]
        future: F,
        leaving: Leaving,
        outcome: O,
    }
}

impl<F, O> std::fmt::Debug for Traced<F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traced").field("progress", &self.progress).finish_non_exhaustive()
    }
}

/// How a future's outcome is read from what it gives. It takes no space.
pub trait Reads<T> {
    /// The outcome.
    fn read<'a>(&self, given: &'a T) -> Outcome<'a>;
}

/// By the type of an error, which is nearly always all that is asked.
#[derive(Debug)]
pub struct ErrorType<C>(C);

/// With all there is to say.
#[derive(Debug)]
pub struct Everything<C>(C);

impl<T, C: Fn(&T) -> Option<&'static str>> Reads<T> for ErrorType<C> {
    #[inline]
    fn read<'a>(&self, given: &'a T) -> Outcome<'a> {
        Outcome::of_type((self.0)(given))
    }
}

impl<T, C: Fn(&T) -> Outcome<'_>> Reads<T> for Everything<C> {
    #[inline]
    fn read<'a>(&self, given: &'a T) -> Outcome<'a> {
        (self.0)(given)
    }
}

impl<F: Future, C: Fn(&F::Output) -> Option<&'static str>> Traced<F, ErrorType<C>> {
    /// A future that begins its span itself; of its outcome, the type of an error is told.
    #[inline]
    pub fn by_type(future: F, error_type: C) -> Self {
        Self {
            progress: Progress::waiting(),
            future,
            leaving: Leaving::nothing(),
            outcome: ErrorType(error_type),
        }
    }
}

impl<F: Future, C: Fn(&F::Output) -> Outcome<'_>> Traced<F, Everything<C>> {
    /// A future that begins its span itself.
    #[inline]
    pub fn new(future: F, outcome: C) -> Self {
        Self {
            progress: Progress::waiting(),
            future,
            leaving: Leaving::nothing(),
            outcome: Everything(outcome),
        }
    }
}

impl<F: Future, C: Fn(&F::Output) -> Outcome<'_>> Traced<Released<F>, Everything<C>> {
    /// `future`, under a span that is open already.
    #[inline]
    pub(crate) fn going_on(span: ActiveSpan, future: F, outcome: C) -> Self {
        let leaving = Leaving::under(&span);
        Self {
            progress: Progress::begun(span),
            future: Released { future: Some(future) },
            leaving,
            outcome: Everything(outcome),
        }
    }
}

impl<F, O> Future for Traced<F, O>
where
    F: Future,
    O: Reads<F::Output>,
{
    type Output = F::Output;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut polling = Polling { future: this.future, task, outcome: this.outcome, polled: Poll::Pending };
        this.progress.advance(this.leaving, &mut polling);
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

impl<F, O> Step for Polling<'_, '_, F, O>
where
    F: Future,
    O: Reads<F::Output>,
{
    fn step(&mut self) -> bool {
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
    /// Someone's future, which may hold something when it is done, up to that moment and no longer:
    /// what it holds goes under the span. An async block holds nothing then.
    #[derive(Debug)]
    pub struct Released<F> {
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future> Future for Released<F> {
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
