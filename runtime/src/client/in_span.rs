//! A future in a span that outlasts it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use pin_project_lite::pin_project;

use crate::span::ActiveSpan;

pin_project! {
    /// Polls and drops its future with the span current, and returns the span together with the output. If it is dropped before
    /// that, it ends the span as cancelled.
    pub(super) struct InSpan<F> {
        #[pin]
        future: Option<F>,
        span: ActiveSpan,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.span.cancel(|| this.future.set(None));
        }
    }
}

impl<F> InSpan<F> {
    pub(super) const fn new(span: ActiveSpan, future: F) -> Self {
        Self { future: Some(future), span }
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = (ActiveSpan, F::Output);

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let polled =
            if this.span.is_open() { this.span.run(|| future.poll(task)) } else { future.poll(task) };
        polled.map(|output| {
            if this.span.is_open() {
                this.span.run(|| this.future.set(None));
            } else {
                this.future.set(None);
            }
            (this.span.take(), output)
        })
    }
}
