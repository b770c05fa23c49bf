//! Children as their parents.

use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::decision::{SamplerTraits, answer, traits};
use super::threshold::{OtState, carried_on};

/// Follows the parent's decision, and asks another sampler where there is no parent.
///
/// The specification's [`ParentBased`](https://opentelemetry.io/docs/specs/otel/trace/sdk/#parentbased): each of its five
/// cases can have a sampler of its own. What that one answers is passed on as it is, its attributes and its
/// `tracestate` with it (`opentelemetry_sdk`'s `Sampler::ParentBased` loses both), but for the sampling threshold of what a sampled
/// parent's delegate takes: of both thresholds the larger one, and none where either of them is missing. Where a case has none, the span is
/// recorded if the parent is sampled, and keeps the parent's `tracestate`; a sampling threshold in there that contradicts
/// the parent's flag [is erased](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#general-requirements).
///
/// Given to [`Builder::sampler`](crate::Builder::sampler) with nothing but a root sampler, it is not asked for children at
/// all: a child of a parent that is not sampled costs next to nothing.
///
/// ```
/// use spanwise::sampling::{ConsistentProbability, ParentBased, RateLimiting};
///
/// // A tenth of the traces that start here, and of the callers' no more than 100 in a second.
/// let sampler = ParentBased::new(ConsistentProbability::new(0.1))
///     .remote_parent_sampled(RateLimiting::per_second(100.0));
/// let builder = spanwise::builder().sampler(sampler);
/// ```
#[derive(Clone, Debug)]
pub struct ParentBased {
    root: Box<dyn ShouldSample>,
    takes_roots: bool,
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
            takes_roots: traits(&root).takes_roots,
            root: Box::new(root),
            remote_sampled: None,
            remote_not_sampled: None,
            local_sampled: None,
            local_not_sampled: None,
        }
    }

    /// Asked where the parent is another process's, which recorded it.
    #[must_use]
    pub fn remote_parent_sampled(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.remote_sampled = Some(Box::new(sampler));
        self
    }

    /// Asked where the parent is another process's, which did not record it.
    #[must_use]
    pub fn remote_parent_not_sampled(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.remote_not_sampled = Some(Box::new(sampler));
        self
    }

    /// Asked where the parent is this process's, and recorded.
    #[must_use]
    pub fn local_parent_sampled(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.local_sampled = Some(Box::new(sampler));
        self
    }

    /// Asked where the parent is this process's, and not recorded.
    #[must_use]
    pub fn local_parent_not_sampled(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.local_not_sampled = Some(Box::new(sampler));
        self
    }

    pub(crate) fn traits(&self) -> SamplerTraits {
        let of_children =
            [&self.remote_sampled, &self.remote_not_sampled, &self.local_sampled, &self.local_not_sampled];
        SamplerTraits {
            follows_parent: of_children.into_iter().all(Option::is_none),
            takes_roots: self.takes_roots,
        }
    }

    fn of_child(&self, parent: &SpanContext) -> Option<&dyn ShouldSample> {
        let sampler = match (parent.is_remote(), parent.is_sampled()) {
            (true, true) => &self.remote_sampled,
            (true, false) => &self.remote_not_sampled,
            (false, true) => &self.local_sampled,
            (false, false) => &self.local_not_sampled,
        };
        sampler.as_deref()
    }
}

impl ShouldSample for ParentBased {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let caller = parent.map(|parent| parent.span().span_context().clone());
        let caller = caller.filter(SpanContext::is_valid);
        let sampler = match &caller {
            None => &*self.root,
            Some(caller) => match self.of_child(caller) {
                Some(sampler) => sampler,
                None => return answer(caller.is_sampled(), carried_on(caller, caller.is_sampled())),
            },
        };
        let result = sampler.should_sample(parent, trace_id, name, kind, attributes, links);
        match caller.filter(SpanContext::is_sampled) {
            Some(caller) if result.decision == SamplingDecision::RecordAndSample => {
                let trace_state = after_both(&caller, &result.trace_state);
                SamplingResult { trace_state, ..result }
            }
            _ => result,
        }
    }
}

/// A delegate's state where the caller has sampled, too: what is left has passed both thresholds, so it has the larger one. Where one
/// is not known, theirs together is not.
fn after_both(caller: &SpanContext, state: &TraceState) -> TraceState {
    let before = carried_on(caller, true);
    let parsed = OtState::of(state);
    let threshold = OtState::of(&before).threshold.zip(parsed.threshold).map(|(one, other)| one.max(other));
    parsed.with_threshold(threshold)
}
