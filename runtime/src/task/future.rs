//! Futures that run in a context.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use pin_project_lite::pin_project;

use super::carried_context::CarriedContext;
#[cfg(feature = "record")]
use crate::api::Context;
use crate::span::resumed;

/// Runs a future in a context.
///
/// ```
/// use spanwise::FutureExt as _;
///
/// # async fn refresh() {}
/// let refreshed = refresh().with_current_context();
/// // The context of this line is current whenever `refreshed` is polled or dropped, on any thread.
/// ```
pub trait FutureExt: Future + Sized {
    /// Runs the future in the context that is current when this is called.
    fn with_current_context(self) -> InContext<Self> {
        InContext::new(self, CarriedContext::current())
    }

    /// Runs the future in the context that was carried here.
    ///
    /// ```
    /// use spanwise::task::Envelope;
    /// use spanwise::FutureExt as _;
    ///
    /// # async fn handle(job: u8) {}
    /// # async fn example(envelope: Envelope<u8>) {
    /// let (job, origin) = envelope.into_parts();
    /// handle(job).with_carried_context(origin.linked()).await; // a new trace, linked to the sender's span
    /// # }
    /// ```
    fn with_carried_context(self, origin: CarriedContext) -> InContext<Self> {
        InContext::new(self, origin)
    }

    /// Runs the future in an OpenTelemetry context.
    #[cfg(feature = "record")]
    fn with_context(self, context: Context) -> InContext<Self> {
        InContext::new(self, CarriedContext::of(context))
    }
}

impl<F: Future> FutureExt for F {}

pin_project! {
    /// A future, a stream, a sink or an iterator that runs in a context: while it is polled, and while it is dropped.
    ///
    /// As a future, it panics like an `async` block if it is polled again after its output.
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct InContext<F> {
        // `None` after the output of a future.
        #[pin]
        pub(super) inner: Option<F>,
        pub(super) origin: CarriedContext,
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
    pub(super) const fn new(inner: F, origin: CarriedContext) -> Self {
        Self { inner: Some(inner), origin }
    }

    /// Runs `work` on the inner value in the context. `None` after the output of a future.
    pub(super) fn in_context<T>(self: Pin<&mut Self>, work: impl FnOnce(Pin<&mut F>) -> T) -> Option<T> {
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
