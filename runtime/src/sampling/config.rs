//! The recorder's sampler, and the early decision that spares asking it.

use std::any::Any;

use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::trace::ShouldSample;

use crate::sampling::adjustable::Adjustable;
use crate::sampling::flags::is_tail_buffered;
use crate::sampling::parent_based::{ParentBased, traits_of};
use crate::sampling::sampler_traits::SamplerTraits;

/// A sampler, what is known of its decisions without asking it, and the recorder's own bounds.
#[derive(Debug)]
pub(crate) struct SamplerConfig {
    pub(crate) sampler: Box<dyn ShouldSample>,
    /// A child is sampled exactly if its parent is, and nothing is added to it.
    pub(crate) follows_parent: bool,
    /// Every span without a parent is sampled.
    pub(crate) samples_roots: bool,
    /// The sampler again, if it can be replaced at run time: then it says itself what is known of it.
    adjustable: Option<Adjustable>,
    /// How many spans a trace may have in this process; unlimited if `None`.
    pub(crate) max_spans_per_trace: Option<u32>,
    /// Spans that are not sampled are recorded all the same, and kept in the tail buffer.
    pub(crate) buffers_unsampled: bool,
}

/// What is known of a span's sampling before its attributes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EarlyDecision {
    /// The span is recorded.
    Recorded,
    /// The span is not recorded.
    NotRecorded,
    /// The sampler has to be asked.
    Ask,
}

#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "only `init` and captures make a recorder"))]
impl SamplerConfig {
    /// By a sampler that is asked for every span, unless its decisions are known.
    pub(crate) fn new(sampler: impl ShouldSample + 'static) -> Self {
        let adjustable = (&sampler as &dyn Any).downcast_ref::<Adjustable>().cloned();
        let SamplerTraits { follows_parent, samples_roots } = traits_of(&sampler);
        Self {
            sampler: Box::new(sampler),
            follows_parent,
            samples_roots,
            adjustable,
            max_spans_per_trace: None,
            buffers_unsampled: false,
        }
    }

    /// By a sampler that is asked for spans without a parent; all others follow their parents.
    pub(crate) fn parent_based(root: impl ShouldSample + 'static) -> Self {
        Self::new(ParentBased::new(root))
    }

    /// What is known of spans under `parent`.
    #[inline]
    pub(crate) fn early_decision(&self, parent: &SpanContext) -> EarlyDecision {
        let Self { follows_parent, samples_roots, .. } = *self;
        let traits = match &self.adjustable {
            None => SamplerTraits { follows_parent, samples_roots },
            Some(adjustable) => adjustable.traits(),
        };
        if !parent.is_valid() {
            return if traits.samples_roots { EarlyDecision::Recorded } else { EarlyDecision::Ask };
        }
        match (traits.follows_parent, parent.is_sampled()) {
            (true, true) => EarlyDecision::Recorded,
            (true, false) if self.buffers_unsampled && is_tail_buffered(parent) => EarlyDecision::Recorded,
            // Each local root is kept or discarded by what happens in this process.
            (true, false) if self.buffers_unsampled && parent.is_remote() => EarlyDecision::Recorded,
            (true, false) => EarlyDecision::NotRecorded,
            (false, _) => EarlyDecision::Ask,
        }
    }
}
