//! What the builder has to say of sampling beyond the sampler.

use super::builder::Builder;
use crate::diag;
use crate::engine::Sampling;

/// The sampling, with the bounds that only the recorder's lane knows.
pub(super) fn with_bounds(mut sampling: Sampling, builder: &Builder) -> Sampling {
    if builder.processors.is_empty() {
        sampling.most_of_trace = builder.spans_per_trace;
    } else if builder.spans_per_trace.is_some() {
        diag::warn(
            "the cap on the spans of a trace is not heeded: the builder was given span processors, too",
        );
    }
    sampling
}
