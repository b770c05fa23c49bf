//! The way from the threads that record to the one that exports. Nobody on it waits.

pub(crate) mod chunk;
mod prefetch;
pub(crate) mod record;
pub(crate) mod span_queue;
pub(in crate::engine) mod thread_buffer;

/// The atomics of [`thread_buffer`]; `tests/loom` compiles that file with loom's in their place.
mod atomic {
    pub(super) use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
    pub(super) use std::thread::yield_now;
}

#[cfg(all(test, feature = "otlp"))]
mod tests;
