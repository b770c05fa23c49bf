//! Holds spans that were not sampled until it is known whether their trace failed.

mod kept_traces;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
pub(super) mod tail_buffer;
mod trace;

#[cfg(all(test, feature = "testing"))]
mod tests;
