//! The atomics of `thread_buffer.rs`. `tests/loom` compiles that file with loom's atomics in their place.

pub(super) use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
pub(super) use std::thread::yield_now;
