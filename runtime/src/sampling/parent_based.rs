//! Children are sampled as their parents are.

use std::any::Any;

use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceState};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::sampling::result::sampling_result;
use crate::sampling::sampler_traits::SamplerTraits;
use crate::sampling::span_to_sample::{SpanToSample, impl_should_sample};
use crate::sampling::threshold::{OtState, inherited_state};

/// Follows the parent's decision, and asks another sampler where there is no parent.
///
/// This is the specification's [`ParentBased`](https://opentelemetry.io/docs/specs/otel/trace/sdk/#parentbased). Each of
/// its five cases can have a sampler of its own. That sampler's result is used as it is, including its attributes and its
/// `tracestate` (`opentelemetry_sdk`'s `Sampler::ParentBased` loses both). One thing is changed: if the parent is sampled,
/// too, the span gets the larger of both sampling thresholds, or none if one of them is missing.
///
/// A case without a sampler follows the parent: the span is sampled if the parent is, and keeps the parent's `tracestate`.
/// A sampling threshold that contradicts the parent's sampled flag
/// [is erased](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#general-requirements).
///
/// Given to [`Builder::sampler`](crate::Builder::sampler) with only a root sampler, it is not asked for children at all: a
/// child of a parent that is not sampled costs next to nothing.
///
/// ```
/// use spanwise::sampling::{ConsistentProbability, ParentBased, RateLimiting};
///
/// // A tenth of the traces that start here, and at most 100 traces per second of those that callers have sampled.
/// let sampler = ParentBased::new(ConsistentProbability::new(0.1))
///     .remote_parent_sampled(RateLimiting::per_second(100.0));
/// let builder = spanwise::builder().sampler(sampler);
/// ```
#[derive(Clone, Debug)]
pub struct ParentBased {
    root: Box<dyn ShouldSample>,
    samples_roots: bool,
    remote_sampled: Option<Box<dyn ShouldSample>>,
    remote_not_sampled: Option<Box<dyn ShouldSample>>,
    local_sampled: Option<Box<dyn ShouldSample>>,
    local_not_sampled: Option<Box<dyn ShouldSample>>,
}

impl ParentBased {
    /// Asks `root` for spans without a parent; all others are recorded as their parents are.
    #[must_use]
    pub fn new(root: impl ShouldSample + 'static) -> Self {
        Self {
            samples_roots: traits_of(&root).samples_roots,
            root: Box::new(root),
            remote_sampled: None,
            remote_not_sampled: None,
            local_sampled: None,
            local_not_sampled: None,
        }
    }

    /// Sets the sampler for spans whose parent is in another process and sampled.
    #[must_use]
    pub fn remote_parent_sampled(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.remote_sampled = Some(Box::new(sampler));
        self
    }

    /// Sets the sampler for spans whose parent is in another process and not sampled.
    #[must_use]
    pub fn remote_parent_not_sampled(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.remote_not_sampled = Some(Box::new(sampler));
        self
    }

    /// Sets the sampler for spans whose parent is in this process and sampled.
    #[must_use]
    pub fn local_parent_sampled(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.local_sampled = Some(Box::new(sampler));
        self
    }

    /// Sets the sampler for spans whose parent is in this process and not sampled.
    #[must_use]
    pub fn local_parent_not_sampled(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.local_not_sampled = Some(Box::new(sampler));
        self
    }

    pub(crate) fn traits(&self) -> SamplerTraits {
        let delegates =
            [&self.remote_sampled, &self.remote_not_sampled, &self.local_sampled, &self.local_not_sampled];
        SamplerTraits {
            follows_parent: delegates.into_iter().all(Option::is_none),
            samples_roots: self.samples_roots,
        }
    }

    fn delegate(&self, parent: &SpanContext) -> Option<&dyn ShouldSample> {
        let sampler = match (parent.is_remote(), parent.is_sampled()) {
            (true, true) => &self.remote_sampled,
            (true, false) => &self.remote_not_sampled,
            (false, true) => &self.local_sampled,
            (false, false) => &self.local_not_sampled,
        };
        sampler.as_deref()
    }
}

impl_should_sample!(ParentBased);

impl ParentBased {
    fn decide(&self, span: SpanToSample<'_>) -> SamplingResult {
        let parent = span.parent.map(|parent| parent.span().span_context().clone());
        let parent = parent.filter(SpanContext::is_valid);
        let sampler = match &parent {
            None => &*self.root,
            Some(parent) => match self.delegate(parent) {
                Some(sampler) => sampler,
                None => {
                    let is_sampled = parent.is_sampled();
                    return sampling_result(is_sampled, inherited_state(parent, is_sampled));
                }
            },
        };
        let result = span.ask(sampler);
        match parent.filter(SpanContext::is_sampled) {
            Some(parent) if result.decision == SamplingDecision::RecordAndSample => {
                let trace_state = with_larger_threshold(&parent, &result.trace_state);
                SamplingResult { trace_state, ..result }
            }
            _ => result,
        }
    }
}

/// What is known of a sampler's decisions without asking it. The SDK's samplers and [`ParentBased`] are recognized by their
/// types.
pub(super) fn traits_of<S: ShouldSample + 'static>(sampler: &S) -> SamplerTraits {
    let sampler: &dyn Any = sampler;
    if let Some(sampler) = sampler.downcast_ref::<Sampler>() {
        return SamplerTraits::of_sdk(sampler);
    }
    sampler.downcast_ref::<ParentBased>().map(ParentBased::traits).unwrap_or_default()
}

/// A delegate's `tracestate` where the parent is sampled, too: the span has passed both thresholds, so it has the larger
/// one. If one of them is unknown, so is the result.
fn with_larger_threshold(parent: &SpanContext, state: &TraceState) -> TraceState {
    let inherited = inherited_state(parent, true);
    let parsed = OtState::of(state);
    let threshold =
        OtState::of(&inherited).threshold.zip(parsed.threshold).map(|(one, other)| one.max(other));
    parsed.with_threshold(threshold)
}
