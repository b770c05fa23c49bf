//! What samplers answer.

use opentelemetry::trace::{TraceContextExt as _, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult};

/// The key of [`final_drop`]'s mark.
const FINAL_DROP: &str = "spanwise.never";

/// Samples the span or drops it, and adds no attributes.
pub(crate) fn sampling_result(is_sampled: bool, trace_state: TraceState) -> SamplingResult {
    let decision = if is_sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
    SamplingResult { decision, attributes: Vec::new(), trace_state }
}

/// Drops the span, and keeps it out of the tail buffer, too. The mark is an attribute, since a span that is dropped
/// has no other use for them.
pub(crate) fn final_drop(trace_state: TraceState) -> SamplingResult {
    SamplingResult {
        attributes: vec![KeyValue::new(FINAL_DROP, true)],
        ..sampling_result(false, trace_state)
    }
}

/// Whether a result is a [`final_drop`].
pub(crate) fn is_final_drop(result: &SamplingResult) -> bool {
    result.attributes.iter().any(is_final_drop_mark)
}

/// Whether an attribute is [`final_drop`]'s mark. It does not belong on a span, even where a sampler around this one
/// samples the span after all.
pub(crate) fn is_final_drop_mark(attribute: &KeyValue) -> bool {
    attribute.key.as_str() == FINAL_DROP
}

/// The parent's `tracestate`, which a sampler changes or passes on.
pub(crate) fn parent_trace_state(parent: Option<&Context>) -> TraceState {
    parent.map_or(TraceState::NONE, |parent| parent.span().span_context().trace_state().clone())
}
