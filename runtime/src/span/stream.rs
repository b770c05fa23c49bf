//! A stream under a span.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::active::ActiveSpan;
use super::outcome::Outcome;

pin_project! {
    /// Polls and drops its stream with the span current. The span ends when the stream is done, panics, or is dropped before
    /// that. An item that is an `Err` marks the span as failed.
    #[must_use = "streams do nothing unless polled"]
    pub struct TracedStream<S, O> {
        #[pin]
        stream: Option<S>,
        span: ActiveSpan,
        outcome: O,
    }

    impl<S, O> PinnedDrop for TracedStream<S, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.span.cancel(|| this.stream.set(None));
        }
    }
}

impl<S, O> std::fmt::Debug for TracedStream<S, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TracedStream").field("span", &self.span).finish_non_exhaustive()
    }
}

impl<S, O> TracedStream<S, O>
where
    S: Stream,
    O: Fn(&S::Item) -> Outcome<'_>,
{
    pub(super) fn going_on(span: ActiveSpan, stream: S, outcome: O) -> Self {
        Self { stream: Some(stream), span, outcome }
    }
}

impl<S, O> Stream for TracedStream<S, O>
where
    S: Stream,
    O: Fn(&S::Item) -> Outcome<'_>,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let polled = this.span.run(|| {
            let Some(stream) = this.stream.as_mut().as_pin_mut() else { return Poll::Ready(None) };
            let polled = stream.poll_next(task);
            if let Poll::Ready(None) = polled {
                // Dropped with the span current.
                this.stream.set(None);
            }
            polled
        });
        match &polled {
            Poll::Ready(Some(item)) => this.span.record(|| (this.outcome)(item)),
            Poll::Ready(None) => this.span.end(Outcome::success()),
            Poll::Pending => {}
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}
