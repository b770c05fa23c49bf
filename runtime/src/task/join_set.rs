//! `JoinSet`.

use std::future::Future;

use tokio::task::{AbortHandle, JoinSet};

use super::closure::carry;
use super::future::FutureExt as _;

/// Spawns tasks into a [`JoinSet`] that run in the current context.
///
/// `set.spawn(future.with_current_context())` does the same, also for `spawn_on` and others.
///
/// ```
/// use spanwise::task::JoinSetExt as _;
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
    /// [`JoinSet::spawn`], in the current context.
    ///
    /// # Panics
    ///
    /// Panics like `spawn`, outside of a Tokio runtime.
    #[track_caller]
    fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// [`JoinSet::spawn_local`], in the current context.
    ///
    /// # Panics
    ///
    /// Panics like `spawn_local`, outside of a `LocalSet`.
    #[track_caller]
    fn spawn_local_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static;

    /// [`JoinSet::spawn_blocking`], in the current context.
    ///
    /// # Panics
    ///
    /// Panics like `spawn_blocking`, outside of a Tokio runtime.
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
