//! Tokio's sets of tasks.

use std::future::Future;

use tokio::task::{AbortHandle, JoinSet};

use super::{FutureExt as _, carry};

/// Spawns into a [`JoinSet`], with the tasks running under the context that is current here.
///
/// `set.spawn(future.with_current_context())` does the same, and so does it with `spawn_on` and the like.
///
/// ```
/// use spanwise::JoinSetExt as _;
///
/// # async fn price(item: u8) {}
/// # async fn example() {
/// let mut set = tokio::task::JoinSet::new();
/// for item in 0..3 {
///     set.spawn_in_context(price(item));
/// }
/// set.join_all().await;
/// # }
/// ```
pub trait JoinSetExt<T> {
    /// [`JoinSet::spawn`], under the context that is current here.
    ///
    /// # Panics
    ///
    /// As `spawn` does: outside of a Tokio runtime.
    #[track_caller]
    fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// [`JoinSet::spawn_local`], under the context that is current here.
    ///
    /// # Panics
    ///
    /// As `spawn_local` does: outside of a `LocalSet`.
    #[track_caller]
    fn spawn_local_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static;

    /// [`JoinSet::spawn_blocking`], under the context that is current here.
    ///
    /// # Panics
    ///
    /// As `spawn_blocking` does: outside of a Tokio runtime.
    #[track_caller]
    fn spawn_blocking_in_context<F>(&mut self, work: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send;
}

impl<T: 'static> JoinSetExt<T> for JoinSet<T> {
    fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.spawn(future.with_current_context())
    }

    fn spawn_local_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.spawn_local(future.with_current_context())
    }

    fn spawn_blocking_in_context<F>(&mut self, work: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.spawn_blocking(carry(work))
    }
}
