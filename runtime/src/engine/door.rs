//! The door: a span is asked for, and the lane that the context, the process or the application's
//! own provider chose makes it.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::global::{self, ObjectSafeTracerProvider};
use opentelemetry::trace::{SpanBuilder, TraceContextExt as _, Tracer as _};

use super::Context;
pub(crate) use super::recorder::NewSpan;
use super::recorder::{Recorder, installed};
use super::telemetry::{Target, carried};

/// Where the spans under a context go.
pub(super) enum Lane<'a> {
    /// The recorder that the context carries, or else the process's.
    Recorder(&'a Arc<Recorder>),
    /// The provider that the context carries.
    Provider(&'a (dyn ObjectSafeTracerProvider + Send + Sync)),
    /// Whatever the application set globally.
    Global,
}

#[inline]
pub(super) fn lane(context: &Context) -> Lane<'_> {
    match carried(context) {
        Some(explicit) => match &explicit.target {
            #[cfg(feature = "testing")]
            Target::Recorder(recorder) => Lane::Recorder(recorder),
            Target::Provider(provider) => Lane::Provider(&**provider),
        },
        None => installed().map_or(Lane::Global, Lane::Recorder),
    }
}

/// Whether a span under `parent` could be recorded. `false` is certain, `true` is not: the sampler,
/// or a provider of the application's, has the last word.
#[inline]
pub(crate) fn could_record(parent: &Context) -> bool {
    match lane(parent) {
        Lane::Recorder(recorder) => recorder.could_record(parent),
        Lane::Provider(_) | Lane::Global => !parent.is_telemetry_suppressed(),
    }
}

/// Starts a span under `parent`. The answer is the context that holds it; `None` where there is
/// nothing to make current.
pub(crate) fn start(parent: &Context, new: NewSpan) -> Option<Context> {
    let context = match lane(parent) {
        Lane::Recorder(recorder) => parent.with_span(recorder.start(parent, new)),
        Lane::Provider(provider) => {
            let (scope, builder) = for_api(new);
            let tracer = global::BoxedTracer::new(provider.boxed_tracer(scope));
            parent.with_span(tracer.build_with_context(builder, &as_the_api_has_it(parent)))
        }
        Lane::Global => {
            let (scope, builder) = for_api(new);
            let tracer = global::tracer_with_scope(scope);
            parent.with_span(tracer.build_with_context(builder, &as_the_api_has_it(parent)))
        }
    };
    // Without a provider the API makes a span that is its own parent, or none at all. Publishing it
    // would say that something is recorded here.
    let is_new = {
        let (span, parent) = (context.span(), parent.span());
        let (identity, parent) = (span.span_context(), parent.span_context());
        identity.is_valid()
            && (identity.span_id(), identity.trace_id()) != (parent.span_id(), parent.trace_id())
    };
    is_new.then_some(context)
}

/// A context out of which the span was taken holds one that is invalid, there being no way to have
/// none; the SDK's samplers take that for a parent which is not sampled.
fn as_the_api_has_it(parent: &Context) -> Cow<'_, Context> {
    if !parent.has_active_span() || parent.span().span_context().is_valid() {
        return Cow::Borrowed(parent);
    }
    let baggage = parent
        .baggage()
        .iter()
        .map(|(key, (value, metadata))| KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone()));
    Cow::Owned(Context::new().with_baggage(baggage.collect::<Vec<_>>()))
}

fn for_api(new: NewSpan) -> (opentelemetry::InstrumentationScope, SpanBuilder) {
    let mut builder = SpanBuilder::from_name(new.name).with_kind(new.kind).with_attributes(new.attributes);
    builder.start_time = new.start;
    builder.links = (!new.links.is_empty()).then_some(new.links);
    (new.scope, builder)
}
