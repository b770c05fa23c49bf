//! Tokio tasks.

use std::future::Future;

use tokio::task::JoinHandle;

use super::carried_context::CarriedContext;
use super::closure::carry;
use super::future::FutureExt as _;

/// [`tokio::spawn`], with the task running in the current context.
///
/// The task may outlive the span that it was spawned in. That span does not wait for it, and the spans of the task are its
/// children. Use [`spawn_linked`] to start a new trace instead.
///
/// # Panics
///
/// Panics like `tokio::spawn`, outside of a Tokio runtime.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.with_current_context())
}

/// [`tokio::spawn`], with the task in a new trace: its first span is a root, linked to the current span.
///
/// Use it for work that goes on long after the request that has started it. Without a current span, it is the same as
/// [`spawn`]. See [`CarriedContext::linked`].
///
/// ```
/// #[spanwise::instrument]
/// async fn refresh_cache() {}
///
/// #[spanwise::instrument]
/// async fn answer() {
///     spanwise::spawn_linked(refresh_cache()); // the root of a new trace, linked to `answer`
/// }
/// ```
///
/// # Panics
///
/// Panics like `tokio::spawn`, outside of a Tokio runtime.
#[track_caller]
pub fn spawn_linked<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.with_carried_context(CarriedContext::current().linked()))
}

/// [`tokio::task::spawn_blocking`], with the closure running in the current context.
///
/// # Panics
///
/// Panics like `spawn_blocking`, outside of a Tokio runtime.
#[track_caller]
pub fn spawn_blocking<F, T>(work: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(carry(work))
}

/// [`tokio::task::spawn_local`], with the task running in the current context.
///
/// # Panics
///
/// Panics like `spawn_local`, outside of a `LocalSet` and of a local runtime.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    tokio::task::spawn_local(future.with_current_context())
}
