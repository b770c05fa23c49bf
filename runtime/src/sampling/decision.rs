//! Whether a span is recorded.

use std::any::Any;

use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use super::adjustable::Adjustable;
use super::parent_based::ParentBased;

/// A sampler, and what is known of its answers without asking it.
#[derive(Debug)]
pub(crate) struct Sampling {
    pub(crate) sampler: Box<dyn ShouldSample>,
    /// The children of a parent are recorded as it was, and told nothing else.
    pub(crate) follows_parent: bool,
    /// What has no parent is recorded.
    pub(crate) takes_roots: bool,
    /// The sampler, where it is changed as the process runs; then it says itself what is known of it.
    changing: Option<Adjustable>,
    /// How many spans a trace may have here.
    pub(crate) most_of_trace: Option<u32>,
    /// What is not taken is recorded all the same, and held back.
    pub(crate) holds: bool,
}

/// What is known of a sampler's answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SamplerTraits {
    /// The children of a parent are recorded as it was, and told nothing else.
    pub(crate) follows_parent: bool,
    /// What has no parent is recorded.
    pub(crate) takes_roots: bool,
}

/// What is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EarlyDecision {
    Recorded,
    NotRecorded,
    /// The sampler has to be asked.
    Ask,
}

/// The specification's, and those of [`Sampling`]'s own, are known by their types.
pub(crate) fn traits<S: ShouldSample + 'static>(sampler: &S) -> SamplerTraits {
    let sampler: &dyn Any = sampler;
    if let Some(sampler) = sampler.downcast_ref::<Sampler>() {
        return SamplerTraits {
            follows_parent: matches!(sampler, Sampler::ParentBased(_)),
            takes_roots: matches!(sampler, Sampler::AlwaysOn),
        };
    }
    sampler.downcast_ref::<ParentBased>().map(ParentBased::traits).unwrap_or_default()
}

#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "only `init` and captures make a recorder"))]
impl Sampling {
    /// By a sampler that is asked, where its answer is not known.
    pub(crate) fn asking(sampler: impl ShouldSample + 'static) -> Self {
        let changing = (&sampler as &dyn Any).downcast_ref::<Adjustable>().cloned();
        let SamplerTraits { follows_parent, takes_roots } = traits(&sampler);
        Self {
            sampler: Box::new(sampler),
            follows_parent,
            takes_roots,
            changing,
            most_of_trace: None,
            holds: false,
        }
    }

    /// By a sampler that is asked for what has no parent.
    pub(crate) fn following_the_parent(root: impl ShouldSample + 'static) -> Self {
        Self::asking(ParentBased::new(root))
    }

    /// By one of the specification's, always asked.
    pub(crate) fn plain(sampler: Sampler) -> Self {
        Self::asking(sampler)
    }

    /// By one of the specification's, where there is no parent.
    pub(crate) fn parent_based(root: Sampler) -> Self {
        Self::following_the_parent(root)
    }

    #[inline]
    pub(crate) fn known(&self, parent: &SpanContext) -> EarlyDecision {
        let Self { follows_parent, takes_roots, .. } = *self;
        let traits = match &self.changing {
            None => SamplerTraits { follows_parent, takes_roots },
            Some(changing) => changing.traits(),
        };
        if !parent.is_valid() {
            return if traits.takes_roots { EarlyDecision::Recorded } else { EarlyDecision::Ask };
        }
        match (traits.follows_parent, parent.is_sampled()) {
            (true, true) => EarlyDecision::Recorded,
            (true, false) if self.holds && is_tail_buffered(parent) => EarlyDecision::Recorded,
            // What begins here is decided here.
            (true, false) if self.holds && parent.is_remote() => EarlyDecision::Recorded,
            (true, false) => EarlyDecision::NotRecorded,
            (false, _) => EarlyDecision::Ask,
        }
    }
}

/// The state that a sampler finds: the parent's.
pub(crate) fn state_of(parent: Option<&Context>) -> TraceState {
    parent.map_or(TraceState::NONE, |parent| parent.span().span_context().trace_state().clone())
}

/// Set, within this process alone, in the flags of a span that is not sampled and is recorded, and held back. The API
/// has no other way to tell what is under it. None of the formats of headers has this bit.
pub(crate) const TAIL_BUFFERED: TraceFlags = TraceFlags::new(0x80);

#[inline]
pub(crate) fn is_tail_buffered_flags(flags: TraceFlags) -> bool {
    flags & (TAIL_BUFFERED | TraceFlags::SAMPLED) == TAIL_BUFFERED
}

#[inline]
pub(crate) fn is_tail_buffered(span: &SpanContext) -> bool {
    is_tail_buffered_flags(span.trace_flags()) && !span.is_remote()
}

/// The flags as they are to others. What a peer has sent with this bit means nothing here, and is not passed on.
#[inline]
pub(crate) fn public_flags(flags: TraceFlags) -> TraceFlags {
    flags & !TAIL_BUFFERED
}

/// A span's identity as it is to others.
pub(crate) fn public_span_context(span: &SpanContext) -> SpanContext {
    let (trace_id, span_id, flags) = (span.trace_id(), span.span_id(), public_flags(span.trace_flags()));
    SpanContext::new(trace_id, span_id, flags, span.is_remote(), span.trace_state().clone())
}

/// OtState of a span that no later decision may keep, in the place of the attributes of one that is not recorded: they go
/// nowhere else.
const NEVER: &str = "spanwise.never";

/// A no that stands, whatever becomes of the trace.
pub(crate) fn never(trace_state: TraceState) -> SamplingResult {
    SamplingResult { attributes: vec![KeyValue::new(NEVER, true)], ..answer(false, trace_state) }
}

/// Whether a no stands.
pub(crate) fn is_never(result: &SamplingResult) -> bool {
    result.attributes.iter().any(says_never)
}

/// Not for a span, where someone has made a yes of that no.
pub(crate) fn says_never(attribute: &KeyValue) -> bool {
    attribute.key.as_str() == NEVER
}

/// An answer that adds nothing to the span.
pub(crate) fn answer(is_taken: bool, trace_state: TraceState) -> SamplingResult {
    let decision = if is_taken { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
    SamplingResult { decision, attributes: Vec::new(), trace_state }
}
