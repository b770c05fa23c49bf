//! A share of all traces, the same traces in every service.

use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_sdk::trace::SamplingResult;

use crate::diag;
use crate::sampling::result::{parent_trace_state, sampling_result};
use crate::sampling::span_to_sample::{SpanToSample, impl_should_sample};
use crate::sampling::threshold;
use crate::sampling::threshold::OtState;

/// Samples a share of the traces, the same traces in every service.
///
/// This is the specification's [consistent probability
/// sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/). A trace is sampled if its
/// 56 bits of randomness are not below the threshold `(1 - ratio) · 2⁵⁶`. Every service sees the same randomness, so a
/// trace that is sampled at a tenth is also sampled at a half. The randomness is `rv` of the caller's `tracestate`, or
/// else the last 56 bits of the trace id. (If a caller's flags do not say that its trace ids are random, they are used all
/// the same, as the specification asks, and a warning is logged once.)
///
/// A sampled trace carries the threshold in its `tracestate`: `ot=th:e666` is a ratio of 0.1. From it a backend can tell
/// how many traces each sampled one stands for. Other members of the list stay as they are. A trace that is not sampled
/// has no threshold; a peer's threshold that contradicts its flag is erased.
///
/// It does not follow the parent. Put it under a [`ParentBased`](super::ParentBased), or give it to
/// [`Builder::root_sampler`](crate::Builder::root_sampler), unless you want to sample the parts of a trace at different
/// ratios.
///
/// ```
/// use spanwise::sampling::ConsistentProbability;
///
/// let builder = spanwise::builder().root_sampler(ConsistentProbability::new(0.1));
/// ```
#[derive(Clone, Debug)]
pub struct ConsistentProbability {
    threshold: u64,
}

impl ConsistentProbability {
    /// Samples this share of the traces, from 0.0 to 1.0. Values outside are clamped; NaN counts as 0.0. Below 2⁻⁵⁶
    /// nothing is sampled.
    ///
    /// The threshold has four significant hexadecimal digits, as the specification recommends. For ratios above 2⁻³⁶ the
    /// actual share differs by at most one part in 8000; [`ratio`](Self::ratio) returns it.
    #[must_use]
    pub fn new(ratio: f64) -> Self {
        Self { threshold: threshold::from_ratio(ratio) }
    }

    /// Returns the share that is actually sampled, by the rounded threshold.
    ///
    /// ```
    /// assert_eq!(spanwise::sampling::ConsistentProbability::new(0.25).ratio(), 0.25);
    /// ```
    #[must_use]
    pub fn ratio(&self) -> f64 {
        (threshold::REJECT_ALL - self.threshold) as f64 / threshold::REJECT_ALL as f64
    }
}

impl_should_sample!(ConsistentProbability);

impl ConsistentProbability {
    fn decide(&self, span: SpanToSample<'_>) -> SamplingResult {
        let state = parent_trace_state(span.parent);
        let state = OtState::of(&state);
        if state.randomness.is_none()
            && self.threshold != 0
            && let Some(parent) = span.parent
        {
            warn_unless_random(parent.span().span_context());
        }
        let is_sampled = state.randomness_of(span.trace_id) >= self.threshold;
        sampling_result(is_sampled, state.with_threshold(is_sampled.then_some(self.threshold)))
    }
}

/// Logs the warning that the specification asks for where trace ids may not be random.
fn warn_unless_random(parent: &SpanContext) {
    const RANDOM: u8 = 0x02;
    if parent.is_valid() && parent.trace_flags().to_u8() & RANDOM == 0 {
        diag::warn_once("randomness", || {
            "a trace is sampled by its id, but its caller does not set the random flag of W3C trace context level 2; \
             if the id is not random, the share of sampled traces is wrong (logged once)"
                .to_owned()
        });
    }
}
