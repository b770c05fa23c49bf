//! Threads.

use std::thread::JoinHandle;

use super::carry;

/// [`std::thread::spawn`], with the thread running under the context that is current here.
///
/// A `Builder`, and the threads of a scope, take what [`carry`] makes.
///
/// # Panics
///
/// As `std::thread::spawn` does: where the system gives no thread.
pub fn spawn_thread<F, T>(work: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    std::thread::spawn(carry(work))
}
