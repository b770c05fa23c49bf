//! Takes ended spans from the threads that record them to the thread that exports them. Nobody waits.

mod atomic;
pub(crate) mod chunk;
mod prefetch;
pub(crate) mod record;
pub(crate) mod span_queue;
pub(in crate::engine) mod thread_buffer;

#[cfg(all(test, feature = "otlp"))]
mod tests;
