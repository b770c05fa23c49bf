//! A future under a span.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use pin_project_lite::pin_project;

use super::outcome::Outcome;
use super::start::OpenSpan;

pin_project! {
    /// Polls and drops its future with the span current; ends the span when the future is done,
    /// panics, or is dropped before.
    ///
    /// The outcome is read from the output by a closure that captures nothing and takes no space.
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F, O> {
        #[pin]
        future: Option<F>,
        span: OpenSpan,
        outcome: Option<O>,
    }

    impl<F, O> PinnedDrop for Traced<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.span.cancel(|| this.future.set(None));
        }
    }
}

impl<F, O> std::fmt::Debug for Traced<F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traced").field("span", &self.span).finish_non_exhaustive()
    }
}

impl<F, O> Traced<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome<'_>,
{
    /// `future`, under a span that is open already.
    pub(crate) fn going_on(span: OpenSpan, future: F, outcome: O) -> Self {
        Self { future: Some(future), span, outcome: Some(outcome) }
    }
}

impl<F, O> Future for Traced<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome<'_>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let span = this.span;
        if !span.is_open() {
            return match this.future.as_pin_mut() {
                Some(future) => future.poll(task),
                None => Poll::Pending,
            };
        }
        let mut outcome = None;
        let polled = span.run(|| {
            let polled = this.future.as_mut().as_pin_mut().map_or(Poll::Pending, |future| future.poll(task));
            if polled.is_ready() {
                // What the future still holds goes first, as a function's arguments do.
                this.future.set(None);
                outcome = this.outcome.take();
            }
            polled
        });
        if let (Poll::Ready(output), Some(outcome)) = (&polled, outcome) {
            span.end(outcome(output));
        }
        polled
    }
}
