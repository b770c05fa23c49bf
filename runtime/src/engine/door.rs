//! The door: a span is asked for, and the lane that the context, the process or the application's
//! own provider chose makes it.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracerProvider};
use opentelemetry::trace::{SpanBuilder, TraceContextExt as _, Tracer as _};

use super::callsite::Callsite;
use super::recorder::{Held, Recorder, installed};
pub(crate) use super::recorder::{NewSpan, Prospect};
use super::span::{NOW, RecordedSpan};
use super::telemetry::{Target, carried};
use super::{Context, foreign};
pub(crate) use super::draft::Draft;

/// Where the spans under a context go.
enum Lane<'a> {
    /// The process's recorder.
    Installed(&'static Recorder),
    /// The recorder that the context carries.
    #[cfg(feature = "testing")]
    Carried(&'a Arc<Recorder>),
    /// The provider that the context carries.
    Provider(&'a (dyn ObjectSafeTracerProvider + Send + Sync)),
    /// Whatever the application set globally.
    Global,
}

#[inline]
fn lane(context: &Context) -> Lane<'_> {
    match carried(context) {
        Some(explicit) => match &explicit.target {
            #[cfg(feature = "testing")]
            Target::Recorder(recorder) => Lane::Carried(recorder),
            Target::Provider(provider) => Lane::Provider(&**provider),
        },
        None => installed().map_or(Lane::Global, Lane::Installed),
    }
}

/// What is known of a span of `callsite` under `parent`, before its attributes are.
#[inline]
pub(crate) fn prospect(parent: &Context, callsite: &'static Callsite) -> Prospect {
    match lane(parent) {
        Lane::Installed(recorder) => recorder.prospect(|| Held::Installed(recorder), parent, callsite),
        #[cfg(feature = "testing")]
        Lane::Carried(recorder) => {
            recorder.prospect(|| Held::Shared(Arc::clone(recorder)), parent, callsite)
        }
        Lane::Global if !foreign::may_be_there() => Prospect::Nothing,
        Lane::Provider(_) | Lane::Global if parent.is_telemetry_suppressed() => Prospect::Nothing,
        Lane::Provider(_) | Lane::Global => Prospect::Ask,
    }
}

/// A span that has started, in a context that holds it.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) context: Context,
    /// Whether it is the recorder's.
    pub(crate) is_recorder_s: bool,
}

impl Started {
    /// Ends the span that is in `context` now.
    #[inline]
    pub(crate) fn end(context: &Context, is_recorder_s: bool) {
        if is_recorder_s {
            context.span().end_with_timestamp(NOW);
        } else {
            context.span().end();
        }
    }
}

/// Starts a span that is recorded for certain, under `parent`.
#[inline]
pub(crate) fn start_draft(parent: &Context, draft: Draft) -> Option<Started> {
    let context = parent.with_span(draft.start()?);
    Some(Started { context, is_recorder_s: true })
}

/// Starts a span under `parent`; `None` where there is nothing to make current.
pub(crate) fn start(parent: &Context, new: NewSpan, callsite: Option<&'static Callsite>) -> Option<Started> {
    let recorded = |span: RecordedSpan| Started { context: parent.with_span(span), is_recorder_s: true };
    let started = match lane(parent) {
        Lane::Installed(recorder) => recorded(recorder.start(|| Held::Installed(recorder), parent, new)),
        #[cfg(feature = "testing")]
        Lane::Carried(recorder) => recorded(recorder.start(|| Held::Shared(Arc::clone(recorder)), parent, new)),
        Lane::Provider(provider) => {
            let tracer = BoxedTracer::new(provider.boxed_tracer(new.scope.api.clone()));
            build(&tracer, parent, new)
        }
        Lane::Global => match callsite {
            Some(callsite) => callsite.tracer().with(&new.scope.api.clone(), |tracer| build(tracer, parent, new)),
            None => build(&global::tracer_with_scope(new.scope.api.clone()), parent, new),
        },
    };
    // Without a provider the API makes a span that is its own parent, or none at all. Publishing it
    // would say that something is recorded here.
    let is_new = {
        let (span, parent) = (started.context.span(), parent.span());
        let (identity, parent) = (span.span_context(), parent.span_context());
        identity.is_valid()
            && (identity.span_id(), identity.trace_id()) != (parent.span_id(), parent.trace_id())
    };
    if let Lane::Global = lane(parent) {
        foreign::seen(is_new);
    }
    is_new.then_some(started)
}

/// Starts a span that was asked of a recorder's own tracer.
pub(super) fn start_recorded(own: &Arc<Recorder>, parent: &Context, new: NewSpan) -> RecordedSpan {
    match lane(parent) {
        Lane::Installed(recorder) => recorder.start(|| Held::Installed(recorder), parent, new),
        #[cfg(feature = "testing")]
        Lane::Carried(recorder) => recorder.start(|| Held::Shared(Arc::clone(recorder)), parent, new),
        Lane::Provider(_) | Lane::Global => own.start(|| Held::Shared(Arc::clone(own)), parent, new),
    }
}

/// A span was asked for where there is no context any more, in a thread that is being torn down.
#[cold]
pub(crate) fn not_started() {
    if let Some(recorder) = installed() {
        recorder.not_started();
    }
}

fn build(tracer: &BoxedTracer, parent: &Context, new: NewSpan) -> Started {
    let mut builder = SpanBuilder::from_name(new.name).with_kind(new.kind).with_attributes(new.attributes);
    builder.start_time = new.start;
    builder.links = (!new.links.is_empty()).then_some(new.links);
    let span = tracer.build_with_context(builder, &as_the_api_has_it(parent));
    Started { context: parent.with_span(span), is_recorder_s: false }
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
