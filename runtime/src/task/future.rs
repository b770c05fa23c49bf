//! Futures that keep the context they were made in.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

#[cfg(feature = "record")]
use crate::api::Context;
use pin_project_lite::pin_project;

use super::Origin;
use crate::span::resumed;

/// Carries a context through a future.
///
/// ```
/// use spanwise::FutureExt as _;
///
/// # async fn refresh() {}
/// let refreshed = refresh().with_current_context();
/// // Wherever `refreshed` is polled, and dropped, the context of this line is current.
/// ```
pub trait FutureExt: Future + Sized {
    /// Runs the future under the context that is current now.
    fn with_current_context(self) -> InContext<Self> {
        InContext::new(self, Origin::current())
    }

    /// Runs the future under what it comes from.
    ///
    /// ```
    /// use spanwise::{Envelope, FutureExt as _};
    ///
    /// # async fn handle(job: u8) {}
    /// # async fn example(envelope: Envelope<u8>) {
    /// let (job, origin) = envelope.into_parts();
    /// handle(job).with_origin(origin.linked()).await; // a trace of its own, linked to the sender's span
    /// # }
    /// ```
    fn with_origin(self, origin: Origin) -> InContext<Self> {
        InContext::new(self, origin)
    }

    /// Runs the future under this context.
    #[cfg(feature = "record")]
    fn with_context(self, context: Context) -> InContext<Self> {
        InContext::new(self, Origin::of(context))
    }
}

impl<F: Future> FutureExt for F {}

pin_project! {
    /// A future, a stream or a sink under a context, while it is polled and while it is dropped.
    ///
    /// As any `async` block, one of a future panics when it is polled again after it has given its output.
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct InContext<F> {
        // Empty once a future has given its output.
        #[pin]
        pub(super) inner: Option<F>,
        pub(super) origin: Origin,
    }

    impl<F> PinnedDrop for InContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                let _attached = this.origin.attach();
                this.inner.set(None);
            }
        }
    }
}

impl<F> InContext<F> {
    pub(super) const fn new(inner: F, origin: Origin) -> Self {
        Self { inner: Some(inner), origin }
    }

    /// Does something with what is inside, if it is still there, under the context.
    pub(super) fn under<T>(self: Pin<&mut Self>, work: impl FnOnce(Pin<&mut F>) -> T) -> Option<T> {
        let this = self.project();
        let inner = this.inner.as_pin_mut()?;
        Some(this.origin.run(|| work(inner)))
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(future) = this.inner.as_mut().as_pin_mut() else { resumed() };
        let _attached = this.origin.attach();
        let polled = future.poll(task);
        if polled.is_ready() {
            this.inner.set(None);
        }
        polled
    }
}
