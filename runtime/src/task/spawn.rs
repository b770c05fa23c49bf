//! Tasks of Tokio's.

use std::future::Future;

use tokio::task::JoinHandle;

use super::{FutureExt as _, Origin, carry};

/// [`tokio::spawn`], with the task running under the context that is current here.
///
/// The task may outlive the span it was spawned in: that span ends on time all the same, and what
/// the task records still hangs on it. [`spawn_linked`] is for one that is better a trace of its own.
///
/// # Panics
///
/// As `tokio::spawn` does: outside of a Tokio runtime.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.with_current_context())
}

/// [`tokio::spawn`], with the task running under a trace of its own: the span of what it runs is a root, and linked to the
/// span that is current here.
///
/// For what goes on long after the request that has begun it. Where no span is current it is [`spawn`]. See
/// [`Origin::linked`].
///
/// ```
/// #[spanwise::instrument]
/// async fn refresh_cache() {}
///
/// #[spanwise::instrument]
/// async fn answer() {
///     spanwise::spawn_linked(refresh_cache()); // the root of another trace, linked to `answer`
/// }
/// ```
///
/// # Panics
///
/// As `tokio::spawn` does: outside of a Tokio runtime.
#[track_caller]
pub fn spawn_linked<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.with_origin(Origin::current().linked()))
}

/// [`tokio::task::spawn_blocking`], with the closure running under the context that is current here.
///
/// # Panics
///
/// As `spawn_blocking` does: outside of a Tokio runtime.
#[track_caller]
pub fn spawn_blocking<F, T>(work: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(carry(work))
}

/// [`tokio::task::spawn_local`], with the task running under the context that is current here.
///
/// # Panics
///
/// As `spawn_local` does: outside of a `LocalSet`, and of a runtime that is one.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    tokio::task::spawn_local(future.with_current_context())
}
