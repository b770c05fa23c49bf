//! Decides whether a span is recorded, and records it until it ends.

pub(in crate::engine) mod cap;
pub(in crate::engine) mod draft;
pub(crate) mod hook;
pub(crate) mod output;
pub(crate) mod recorded_span;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
pub(crate) mod recorder;
pub(in crate::engine) mod slot;
pub(crate) mod thread_state;

#[cfg(all(test, feature = "testing"))]
mod tests;
