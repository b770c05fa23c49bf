//! What the builder has to say of sampling beyond the sampler.

use super::builder::Builder;
use crate::diag;
use crate::sampling::KeepOnError;
use crate::sampling::config::SamplerConfig;

/// The sampling, with the bounds that only the recorder's lane knows, and what is kept of what is not sampled.
pub(super) fn with_bounds(
    mut sampling: SamplerConfig,
    builder: &mut Builder,
) -> (SamplerConfig, Option<KeepOnError>) {
    let (most, keep) = (builder.spans_per_trace, builder.keep_on_error.take());
    if builder.processors.is_empty() {
        sampling.max_spans_per_trace = most;
        sampling.buffers_unsampled = keep.is_some();
        return (sampling, keep);
    }
    if most.is_some() {
        diag::warn("`spans_per_trace` is not heeded: the builder was given span processors, too");
    }
    if keep.is_some() {
        diag::warn("`keep_on_error` is not heeded: the builder was given span processors, too");
    }
    (sampling, None)
}
