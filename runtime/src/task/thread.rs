//! Threads.

use std::thread::JoinHandle;

use super::closure::carry;

/// [`std::thread::spawn`], with the thread running in the current context.
///
/// For `std::thread::Builder` and scoped threads, use [`carry`].
///
/// # Panics
///
/// Panics like `std::thread::spawn`, if the system cannot create a thread.
pub fn spawn_thread<F, T>(work: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    std::thread::spawn(carry(work))
}
