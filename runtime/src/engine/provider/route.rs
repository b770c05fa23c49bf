//! Chooses the lane of a span and starts it there: the recorder or the provider that the context carries, the recorder of the process,
//! or the global provider of the application. Code outside of the engine cannot tell which one a span takes.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracerProvider};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, TraceContextExt as _, Tracer as _};

use crate::engine::context::{current, sampling_hint, unpublished};
use crate::engine::provider::global_provider;
use crate::engine::provider::handle::{TargetKind, carried_target, is_any_carried};
pub(crate) use crate::engine::recorder::draft::DraftSpan;
use crate::engine::recorder::recorded_span::{NOW, RecordedSpan};
use crate::engine::recorder::recorder::{Recorder, installed, without_invalid_span};
use crate::engine::recorder::slot::RecorderRef;
use crate::engine::span::callsite::Callsite;
pub(crate) use crate::engine::span::new_span::NewSpan;
pub(crate) use crate::sampling::config::EarlyDecision;

/// Where the spans under a context go.
enum Lane<'a> {
    /// The process's recorder.
    Installed(&'static Recorder),
    /// The recorder that the context carries.
    #[cfg(feature = "testing")]
    CarriedRecorder(&'a Arc<Recorder>),
    /// The provider that the context carries.
    CarriedProvider(&'a (dyn ObjectSafeTracerProvider + Send + Sync)),
    /// The provider that the application has set globally, if there is one.
    Global,
}

#[inline]
fn route(context: &Context) -> Lane<'_> {
    match carried_target(context) {
        Some(target) => match &target.kind {
            #[cfg(feature = "testing")]
            TargetKind::Recorder(recorder) => Lane::CarriedRecorder(recorder),
            TargetKind::Provider(provider) => Lane::CarriedProvider(&**provider),
        },
        None => installed().map_or(Lane::Global, Lane::Installed),
    }
}

/// Whether a span may be recorded in this process at all. `false` is certain.
///
/// Call it once for each span: as long as no provider is known, it decides now and then to probe for the application's own.
#[inline]
pub(crate) fn may_record() -> bool {
    installed().is_some() || is_any_carried() || global_provider::is_worth_a_span()
}

/// Whether a span is open besides the one that has just started; `true` if that cannot be known.
#[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
#[cold]
pub(crate) fn has_other_open_spans() -> bool {
    installed().is_none_or(Recorder::has_several_open)
}

/// Where a new span finds its parent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ParentContext<'a> {
    /// In the current context, or its unpublished span, if there is one.
    Current(&'a Context),
    /// In a context that the code gives.
    Given(&'a Context),
}

impl<'a> ParentContext<'a> {
    #[inline]
    fn context(self) -> &'a Context {
        match self {
            Self::Current(context) | Self::Given(context) => context,
        }
    }

    #[inline]
    fn with_span<T>(self, look: impl FnOnce(&SpanContext) -> T) -> T {
        match self {
            Self::Current(context) => unpublished::parent_span(context, look),
            Self::Given(context) => look(context.span().span_context()),
        }
    }
}

/// What is known of a span's sampling before its attributes are known. Call it only if it [may be recorded](may_record).
#[inline]
pub(crate) fn early_decision(parent: ParentContext<'_>) -> EarlyDecision {
    let context = parent.context();
    match route(context) {
        Lane::Installed(recorder) => parent.with_span(|span| recorder.early_decision(context, span)),
        #[cfg(feature = "testing")]
        Lane::CarriedRecorder(recorder) => parent.with_span(|span| recorder.early_decision(context, span)),
        Lane::CarriedProvider(_) | Lane::Global if context.is_telemetry_suppressed() => {
            EarlyDecision::NotRecorded
        }
        Lane::CarriedProvider(_) | Lane::Global => EarlyDecision::Ask,
    }
}

/// A span whose [early decision](early_decision) is to record it. `None` if that has changed just now.
#[inline]
pub(crate) fn draft(parent: ParentContext<'_>, callsite: &'static Callsite) -> Option<DraftSpan> {
    match route(parent.context()) {
        Lane::Installed(recorder) => {
            let recorder_ref = RecorderRef::Installed(recorder);
            parent.with_span(|span| recorder.draft(recorder_ref, parent.context(), span, callsite))
        }
        #[cfg(feature = "testing")]
        Lane::CarriedRecorder(recorder) => {
            let recorder_ref = RecorderRef::Shared(Arc::clone(recorder));
            parent.with_span(|span| recorder.draft(recorder_ref, parent.context(), span, callsite))
        }
        Lane::CarriedProvider(_) | Lane::Global => None,
    }
}

/// A span that has started, and how to end it.
#[derive(Debug)]
pub(crate) struct StartedSpan {
    /// The context that holds the span.
    pub(crate) context: Context,
    pub(crate) ended_by: EndedBy,
}

/// Whose code runs when a span ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// Only our recorder's. The span may be ended while the current context is borrowed.
    Recorder,
    /// Our recorder's and the application's hooks, which may access the current context.
    RecorderWithHooks,
    /// The application's own provider's.
    Provider,
}

impl EndedBy {
    /// Ends the span in `context` now.
    #[inline]
    pub(crate) fn end(self, context: &Context) {
        match self {
            Self::Recorder | Self::RecorderWithHooks => context.span().end_with_timestamp(NOW),
            Self::Provider => end_by_provider(context),
        }
    }
}

/// The API locks a span while it ends, and span processors and exporters run under that lock. If they log or trace, they must
/// reach neither the span nor themselves again. So only the span context is current meanwhile, and nothing is recorded.
fn end_by_provider(context: &Context) {
    let span_context = context.span().span_context().clone();
    let meanwhile = context.with_remote_span_context(span_context).with_telemetry_suppressed();
    let _attached = current::attach(meanwhile);
    context.span().end();
}

/// Starts a drafted span under `parent`.
#[inline]
pub(crate) fn start_draft(parent: &Context, draft: DraftSpan) -> StartedSpan {
    StartedSpan { context: parent.with_span(draft.start()), ended_by: EndedBy::Recorder }
}

/// Starts a drafted span under `context`, the current one, and makes it current for Spanwise alone.
#[inline]
pub(crate) fn start_unpublished(context: &Context, draft: DraftSpan) {
    unpublished::push(context, draft.start());
}

/// Ends the last unpublished span of this thread.
#[inline]
pub(crate) fn end_unpublished() {
    if let Some(mut span) = unpublished::pop() {
        span.end();
    }
}

/// Moves the last unpublished span of this thread into a context, so that its outcome can be recorded.
#[cold]
pub(crate) fn publish_last() -> Option<StartedSpan> {
    let span = unpublished::pop()?;
    current::with(|context| StartedSpan {
        context: context.with_span(span),
        ended_by: EndedBy::RecorderWithHooks,
    })
}

/// Starts a span under `parent`, with all that it starts with. `None` if there is nothing to make current.
pub(crate) fn start(
    parent: &Context,
    new: NewSpan,
    callsite: Option<&'static Callsite>,
) -> Option<StartedSpan> {
    let recorded = |span: RecordedSpan| StartedSpan {
        context: parent.with_span(span),
        ended_by: EndedBy::RecorderWithHooks,
    };
    let started = match route(parent) {
        Lane::Installed(recorder) => {
            recorded(recorder.start(|| RecorderRef::Installed(recorder), parent, new))
        }
        #[cfg(feature = "testing")]
        Lane::CarriedRecorder(recorder) => {
            recorded(recorder.start(|| RecorderRef::Shared(Arc::clone(recorder)), parent, new))
        }
        Lane::CarriedProvider(provider) => {
            let tracer = BoxedTracer::new(provider.boxed_tracer(new.scope.api.clone()));
            build(&tracer, parent, new)
        }
        Lane::Global => match callsite {
            Some(callsite) => {
                callsite.tracer().with(&new.scope.api.clone(), |tracer| build(tracer, parent, new))
            }
            None => build(&global::tracer_with_scope(new.scope.api.clone()), parent, new),
        },
    };
    // Without a provider the API returns the parent's span context, or an invalid one. Attaching it would look as if a span
    // were recorded here.
    let is_new = {
        let (span, parent) = (started.context.span(), parent.span());
        let (started, parent) = (span.span_context(), parent.span_context());
        started.is_valid() && (started.span_id(), started.trace_id()) != (parent.span_id(), parent.trace_id())
    };
    if let Lane::Global = route(parent) {
        global_provider::started(is_new);
        // The cached tracer may be of a provider that was shut down.
        if let (false, Some(callsite)) = (is_new, callsite) {
            callsite.tracer().forget();
        }
    }
    is_new.then_some(started)
}

/// Starts a span for a tracer of our own provider.
pub(in crate::engine) fn start_from_tracer(
    own: &Arc<Recorder>,
    parent: &Context,
    new: NewSpan,
) -> RecordedSpan {
    match route(parent) {
        Lane::Installed(recorder) => recorder.start(|| RecorderRef::Installed(recorder), parent, new),
        #[cfg(feature = "testing")]
        Lane::CarriedRecorder(recorder) => {
            recorder.start(|| RecorderRef::Shared(Arc::clone(recorder)), parent, new)
        }
        Lane::CarriedProvider(_) | Lane::Global => {
            own.start(|| RecorderRef::Shared(Arc::clone(own)), parent, new)
        }
    }
}

/// A span at the edge of the process that is not recorded, but has an id of its own: the other side must not take its caller's
/// caller for its parent ([specification](https://opentelemetry.io/docs/specs/otel/trace/sdk/#sdk-span-creation)). `None` inside of the
/// process, and where nothing would be recorded under a sampled parent either.
#[cold]
pub(crate) fn start_unrecorded(parent: &Context, callsite: &'static Callsite) -> Option<StartedSpan> {
    if !callsite.is_at_edge() {
        return None;
    }
    let span = match route(parent) {
        Lane::Installed(recorder) => recorder.start_unrecorded(parent),
        #[cfg(feature = "testing")]
        Lane::CarriedRecorder(recorder) => recorder.start_unrecorded(parent),
        Lane::CarriedProvider(_) | Lane::Global => None,
    };
    Some(StartedSpan { context: parent.with_span(span?), ended_by: EndedBy::Recorder })
}

/// Counts a span that could not be started because the thread is being torn down.
#[cold]
pub(crate) fn count_not_started() {
    if let Some(recorder) = installed() {
        recorder.count_not_started();
    }
}

/// `parent` for the application's own provider. A caller that defers the decision counts as sampled, since the API has no such
/// state, and as not sampled the trace would be lost.
fn parent_for_provider(parent: &Context) -> Cow<'_, Context> {
    let span = parent.span();
    let caller = span.span_context();
    if sampling_hint::is_provider_ours() || !sampling_hint::is_deferred(parent, caller) {
        return without_invalid_span(parent);
    }
    let (trace, id, state) = (caller.trace_id(), caller.span_id(), caller.trace_state().clone());
    let flags = caller.trace_flags().with_sampled(true);
    Cow::Owned(parent.with_remote_span_context(SpanContext::new(trace, id, flags, true, state)))
}

fn build(tracer: &BoxedTracer, parent: &Context, new: NewSpan) -> StartedSpan {
    let mut builder = SpanBuilder::from_name(new.name).with_kind(new.kind).with_attributes(new.attributes);
    builder.start_time = new.start;
    builder.links = (!new.links.is_empty()).then_some(new.links);
    let mut span = tracer.build_with_context(builder, &parent_for_provider(parent));
    if let Some(name) = new.rename {
        span.update_name(name);
    }
    StartedSpan { context: parent.with_span(span), ended_by: EndedBy::Provider }
}
