//! Tasks and futures that keep the context they were made in.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use opentelemetry::Context;
use pin_project_lite::pin_project;

use crate::engine::current;

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
        self.with_context(current::get().unwrap_or_default())
    }

    /// Runs the future under this context.
    fn with_context(self, context: Context) -> InContext<Self> {
        InContext { future: Some(self), context }
    }
}

impl<F: Future> FutureExt for F {}

pin_project! {
    /// A future under a context, while it is polled and while it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InContext<F> {
        #[pin]
        future: Option<F>,
        context: Context,
    }

    impl<F> PinnedDrop for InContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                let _attached = current::attach(this.context.clone());
                this.future.set(None);
            }
        }
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _attached = current::attach(this.context.clone());
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let polled = future.poll(task);
        if polled.is_ready() {
            this.future.set(None);
        }
        polled
    }
}

/// [`tokio::spawn`], with the task running under the context that is current here.
///
/// The task may outlive the span it was spawned in: that span ends on time all the same, and what
/// the task records still hangs on it.
///
/// # Panics
///
/// As `tokio::spawn` does: outside of a Tokio runtime.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.with_current_context())
}

/// [`tokio::task::spawn_blocking`], with the closure running under the context that is current here.
///
/// # Panics
///
/// As `spawn_blocking` does: outside of a Tokio runtime.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn spawn_blocking<F, T>(work: F) -> tokio::task::JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let context = current::get().unwrap_or_default();
    tokio::task::spawn_blocking(move || {
        let _attached = current::attach(context);
        work()
    })
}
