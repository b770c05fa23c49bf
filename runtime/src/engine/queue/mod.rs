//! Takes ended spans from the threads that record them to the thread that exports them. Nobody waits.

mod atomic;
pub(crate) mod chunk;
mod prefetch;
mod receiver;
#[cfg_attr(not(feature = "testing"), allow(unreachable_pub, reason = "public as part of `testing`"))]
pub(crate) mod record;
pub(crate) mod span_queue;
pub(in crate::engine) mod thread_buffer;

#[cfg(all(test, feature = "otlp"))]
mod tests;
