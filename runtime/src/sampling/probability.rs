//! A share of all traces, the same one everywhere.

use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt as _, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use crate::diag;
use crate::sampling::decision::{answer, state_of};
use crate::sampling::threshold;
use crate::sampling::threshold::OtState;

/// Takes a share of the traces, and tells everyone which.
///
/// The specification's [consistent probability
/// sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/): a trace is taken where its
/// randomness, 56 bits, is not below the threshold `(1 - ratio) · 2⁵⁶`. The randomness is the same for all who decide about the
/// trace, so that what is taken at a tenth is also taken at a half. It is `rv` of the caller's `tracestate`, or else the last 56 bits of the trace id.
/// (Where a caller's flags do not say that these are random, they are taken for it all the same, as the
/// specification asks, and it is told once.)
///
/// The threshold goes into the `tracestate` of what is taken: `ot=th:e666` is a ratio of 0.1. A backend can tell from it how many traces each one
/// stands for. The other members of the list stay as they are. What is not taken has no threshold, and one that a
/// peer has sent and that means nothing is erased.
///
/// It does not follow the parent: put it under a [`ParentBased`](super::ParentBased), or give it to
/// [`Builder::root_sampler`](crate::Builder::root_sampler), unless the parts of a trace are to be sampled at
/// different ratios.
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
    /// Takes this share of the traces, from 0.0 to 1.0; what is beyond is as the nearer of the two, and what is no
    /// number as 0.0. Below 2⁻⁵⁶ nothing is taken.
    ///
    /// The threshold has four significant hexadecimal digits, as the specification recommends: the share is exact to one in 8000 at
    /// the worst, for ratios above 2⁻³⁶, and [`ratio`](Self::ratio) says what it is.
    #[must_use]
    pub fn new(ratio: f64) -> Self {
        Self { threshold: threshold::of_ratio(ratio) }
    }

    /// The share that is taken, by the threshold as it is written.
    ///
    /// ```
    /// assert_eq!(spanwise::sampling::ConsistentProbability::new(0.25).ratio(), 0.25);
    /// ```
    #[must_use]
    pub fn ratio(&self) -> f64 {
        (threshold::NEVER - self.threshold) as f64 / threshold::NEVER as f64
    }
}

impl ShouldSample for ConsistentProbability {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let state = state_of(parent);
        let state = OtState::of(&state);
        if state.randomness.is_none()
            && self.threshold != 0
            && let Some(parent) = parent
        {
            expect_randomness(parent.span().span_context());
        }
        let is_taken = state.randomness_of(trace_id) >= self.threshold;
        answer(is_taken, state.with_threshold(is_taken.then_some(self.threshold)))
    }
}

/// The specification's warning, where a trace's id may not be random.
fn expect_randomness(parent: &SpanContext) {
    const RANDOM: u8 = 0x02;
    if parent.is_valid() && parent.trace_flags().to_u8() & RANDOM == 0 {
        diag::warn_once("randomness", || {
            "a trace is sampled by its id, and its caller does not say that this is random, as W3C trace context level 2 \
             has it; if it is not, more or fewer traces are taken than they should be (further ones are not told)"
                .to_owned()
        });
    }
}
