//! B3's *deferred* and *debug* states, as `Context` values: a span context only knows sampled and not sampled.
//!
//! A caller can [defer](https://github.com/openzipkin/b3-propagation#sampling-state) the decision to the next service. In a
//! *debug* trace everything is sampled, and each service passes the state on.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceId};

/// The state, with the ids of the caller that sent it: contexts derived from this one inherit the value.
#[derive(Clone, Copy, Debug)]
enum SamplingHint {
    Deferred(TraceId, SpanId),
    Debug(TraceId),
}

/// The context, marked: its span is a caller that defers the decision to us.
pub(crate) fn with_deferred(context: &Context) -> Context {
    let span = context.span();
    let caller = span.span_context();
    context.with_value(SamplingHint::Deferred(caller.trace_id(), caller.span_id()))
}

/// The context, marked: its span is in a debug trace.
pub(crate) fn with_debug(context: &Context) -> Context {
    context.with_value(SamplingHint::Debug(context.span().span_context().trace_id()))
}

/// Whether `span`, the span of `context`, is a caller that defers the decision to us.
#[inline]
pub(crate) fn is_deferred(context: &Context, span: &SpanContext) -> bool {
    span.is_remote()
        && !span.is_sampled()
        && matches!(
            context.get(),
            Some(SamplingHint::Deferred(trace, id)) if *trace == span.trace_id() && *id == span.span_id()
        )
}

/// Whether `init` has set the global provider: only its sampler understands these hints.
static IS_PROVIDER_OURS: AtomicBool = AtomicBool::new(false);

#[cfg(feature = "otlp")]
/// Records that `init` has set the global provider.
pub(crate) fn set_provider_ours() {
    IS_PROVIDER_OURS.store(true, Ordering::Relaxed);
}

/// Whether `init` has set the global provider.
pub(in crate::engine) fn is_provider_ours() -> bool {
    IS_PROVIDER_OURS.load(Ordering::Relaxed)
}

/// Whether the trace is a debug trace.
pub(crate) fn is_debug(context: &Context) -> bool {
    matches!(context.get(), Some(SamplingHint::Debug(trace)) if *trace == context.span().span_context().trace_id())
}
