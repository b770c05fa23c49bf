//! Decides whether a span is recorded, and records it until it ends.
//!
//! The engine's kernel is here: `recorder`, `slot`, `recorded_span`, `draft` and `thread_state` import one another. No other
//! files of the engine do.

pub(in crate::engine) mod draft;
pub(crate) mod hook;
pub(crate) mod output;
pub(crate) mod recorded_span;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
pub(crate) mod recorder;
pub(in crate::engine) mod slot;
pub(crate) mod thread_state;
pub(in crate::engine) mod trace_limit;

#[cfg(all(test, feature = "testing"))]
mod tests;
