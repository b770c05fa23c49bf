//! The door: a span is asked for, and the lane that the context, the process or the application's
//! own provider chose makes it.

#[cfg(feature = "otlp")]
use std::sync::Arc;

use opentelemetry::global;
use opentelemetry::trace::{SpanBuilder, TraceContextExt as _, Tracer as _};

use super::Context;
pub(crate) use super::recorder::NewSpan;
#[cfg(feature = "otlp")]
use super::recorder::Recorder;
use super::recorder::installed;
use super::telemetry::{Target, carried};

/// The recorder that a context carries.
#[cfg(feature = "otlp")]
pub(super) fn carried_recorder(context: &Context) -> Option<&Arc<Recorder>> {
    match &carried(context)?.target {
        #[cfg(feature = "testing")]
        Target::Recorder(recorder) => Some(recorder),
        Target::Provider(_) => None,
    }
}

/// Whether a span under `parent` could be recorded. `false` is certain, `true` is not: the sampler,
/// or a provider of the application's, has the last word.
#[inline]
pub(crate) fn could_record(parent: &Context) -> bool {
    match carried(parent) {
        Some(explicit) => match &explicit.target {
            #[cfg(feature = "testing")]
            Target::Recorder(recorder) => recorder.could_record(parent),
            Target::Provider(_) => !parent.is_telemetry_suppressed(),
        },
        None => match installed() {
            Some(recorder) => recorder.could_record(parent),
            None => !parent.is_telemetry_suppressed(),
        },
    }
}

/// Starts a span under `parent`. The answer is the context that holds it; `None` where there is
/// nothing to make current.
pub(crate) fn start(parent: &Context, new: NewSpan) -> Option<Context> {
    let context = match carried(parent) {
        Some(explicit) => match &explicit.target {
            #[cfg(feature = "testing")]
            Target::Recorder(recorder) => parent.with_span(recorder.start(parent, new)),
            Target::Provider(provider) => {
                let (scope, builder) = for_api(new);
                let tracer = global::BoxedTracer::new(provider.boxed_tracer(scope));
                parent.with_span(tracer.build_with_context(builder, parent))
            }
        },
        None => match installed() {
            Some(recorder) => parent.with_span(recorder.start(parent, new)),
            None => {
                let (scope, builder) = for_api(new);
                parent.with_span(global::tracer_with_scope(scope).build_with_context(builder, parent))
            }
        },
    };
    // Without a provider the API makes a span that is its own parent, or none at all. Publishing it
    // would say that something is recorded here.
    let identity = context.span().span_context().clone();
    (identity.is_valid() && identity != *parent.span().span_context()).then_some(context)
}

fn for_api(new: NewSpan) -> (opentelemetry::InstrumentationScope, SpanBuilder) {
    let mut builder = SpanBuilder::from_name(new.name).with_kind(new.kind).with_attributes(new.attributes);
    builder.start_time = new.start;
    builder.links = (!new.links.is_empty()).then_some(new.links);
    (new.scope, builder)
}
