//! What is current on a thread.

pub(crate) mod current;
pub(crate) mod sampling_hint;
pub(in crate::engine) mod thread_context;
pub(in crate::engine) mod unpublished;
