//! What several of the tests need.

use std::future::Future;
use std::time::Duration;

/// Longer than anything here takes, so that a test that waits in vain says what it waited for.
pub const LONG: Duration = Duration::from_secs(30);

/// Runs a future to its end on this thread, and what it spawns on others.
///
/// # Panics
///
/// If the system gives no runtime.
pub fn block_on_with_workers<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Runs a future to its end on this thread, and what it spawns too.
///
/// # Panics
///
/// If the system gives no runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
