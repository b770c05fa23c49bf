//! What a caller says of sampling beyond yes and no, which a span context has no place for.
//!
//! [B3](https://github.com/openzipkin/b3-propagation#sampling-state) knows two more: *you decide*, where the caller
//! leaves the decision to whoever comes next, and *debug*, a yes that everyone on the way is to pass on as it came.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceId};

use opentelemetry::Context;

/// The word, and of which caller it is: contexts hand on their values to all that is made from them.
#[derive(Clone, Copy, Debug)]
enum SamplingHint {
    YouDecide(TraceId, SpanId),
    Debug(TraceId),
}

/// The context, whose span is a caller's that leaves the decision to us.
pub(crate) fn undecided(context: &Context) -> Context {
    let span = context.span();
    let caller = span.span_context();
    context.with_value(SamplingHint::YouDecide(caller.trace_id(), caller.span_id()))
}

/// The context, whose span is of a trace that is being debugged.
pub(crate) fn debugged(context: &Context) -> Context {
    context.with_value(SamplingHint::Debug(context.span().span_context().trace_id()))
}

/// Whether `span`, the one of `context`, is a caller's that leaves the decision to us.
#[inline]
pub(crate) fn is_undecided(context: &Context, span: &SpanContext) -> bool {
    span.is_remote()
        && !span.is_sampled()
        && matches!(
            context.get(),
            Some(SamplingHint::YouDecide(trace, id)) if *trace == span.trace_id() && *id == span.span_id()
        )
}

/// The global provider is one of `init`'s, whose sampler knows these words.
static PROVIDER_KNOWS: AtomicBool = AtomicBool::new(false);

#[cfg(feature = "otlp")]
pub(crate) fn set_provider_knows() {
    PROVIDER_KNOWS.store(true, Ordering::Relaxed);
}

pub(in crate::engine) fn provider_knows() -> bool {
    PROVIDER_KNOWS.load(Ordering::Relaxed)
}

/// Whether the trace is being debugged.
pub(crate) fn is_debugged(context: &Context) -> bool {
    matches!(context.get(), Some(SamplingHint::Debug(trace)) if *trace == context.span().span_context().trace_id())
}
