//! The door: a span is asked for, and the lane that the context, the process or the application's
//! own provider chose makes it.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracerProvider};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, TraceContextExt as _, Tracer as _};

use crate::engine::context::{current, sampling_hint, unpublished};
use crate::engine::provider::global_provider;
use crate::engine::provider::handle::{TargetKind, any_is_carried, carried};
pub(crate) use crate::engine::recorder::draft::DraftSpan;
use crate::engine::recorder::recorded_span::{NOW, RecordedSpan};
use crate::engine::recorder::recorder::{Recorder, as_the_api_has_it, installed};
use crate::engine::recorder::slot::RecorderRef;
use crate::engine::span::callsite::Callsite;
pub(crate) use crate::engine::span::new_span::NewSpan;
pub(crate) use crate::sampling::decision::EarlyDecision;
use opentelemetry::Context;

/// Where the spans under a context go.
enum Lane<'a> {
    /// The process's recorder.
    Installed(&'static Recorder),
    /// The recorder that the context carries.
    #[cfg(feature = "testing")]
    CarriedTarget(&'a Arc<Recorder>),
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
            TargetKind::Recorder(recorder) => Lane::CarriedTarget(recorder),
            TargetKind::Provider(provider) => Lane::Provider(&**provider),
        },
        None => installed().map_or(Lane::Global, Lane::Installed),
    }
}

/// Whether anything can be recorded in this process at all. `false` is certain. To be asked once for each span: while no
/// provider has been seen the application's own is looked for now and then, and a second question spends the look.
#[inline]
pub(crate) fn is_open() -> bool {
    installed().is_some() || any_is_carried() || global_provider::may_be_there()
}

/// Whether a span is open beside the one that has just started; so it is, where that cannot be known.
#[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
#[cold]
pub(crate) fn others_are_open() -> bool {
    installed().is_none_or(Recorder::has_several_open)
}

/// What a span hangs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ParentContext<'a> {
    /// What is current, and within that an unpublished span, where one is running.
    Current(&'a Context),
    /// What the code says.
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
            Self::Current(context) => unpublished::parent(context, look),
            Self::Given(context) => look(context.span().span_context()),
        }
    }
}

/// What is known of spans before their attributes are. To be asked where the door [is open](is_open).
#[inline]
pub(crate) fn known(under: ParentContext<'_>) -> EarlyDecision {
    let parent = under.context();
    match lane(parent) {
        Lane::Installed(recorder) => under.with_span(|span| recorder.known(parent, span)),
        #[cfg(feature = "testing")]
        Lane::CarriedTarget(recorder) => under.with_span(|span| recorder.known(parent, span)),
        Lane::Provider(_) | Lane::Global if parent.is_telemetry_suppressed() => EarlyDecision::NotRecorded,
        Lane::Provider(_) | Lane::Global => EarlyDecision::Ask,
    }
}

/// A span that is [known](known) to be recorded. `None` where that has just changed.
#[inline]
pub(crate) fn draft(under: ParentContext<'_>, callsite: &'static Callsite) -> Option<DraftSpan> {
    match lane(under.context()) {
        Lane::Installed(recorder) => {
            let held = RecorderRef::Installed(recorder);
            under.with_span(|span| recorder.draft(held, under.context(), span, callsite))
        }
        #[cfg(feature = "testing")]
        Lane::CarriedTarget(recorder) => {
            let held = RecorderRef::Shared(Arc::clone(recorder));
            under.with_span(|span| recorder.draft(held, under.context(), span, callsite))
        }
        Lane::Provider(_) | Lane::Global => None,
    }
}

/// A span that has started, in a context that holds it.
#[derive(Debug)]
pub(crate) struct StartedSpan {
    pub(crate) context: Context,
    pub(crate) ends: EndedBy,
}

/// How a span ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// By the recorder alone: while the current context is being looked at, if need be.
    Recorder,
    /// By the recorder, and with someone else's code, which may look at the context itself.
    RecorderWithHooks,
    /// By an application's own provider.
    Provider,
}

impl EndedBy {
    /// EndedBy the span that is in `context` now.
    #[inline]
    pub(crate) fn end(self, context: &Context) {
        match self {
            Self::Recorder | Self::RecorderWithHooks => context.span().end_with_timestamp(NOW),
            Self::Provider => end_elsewhere(context),
        }
    }
}

/// The API locks a span while it ends, and that is when processors and exporters run: what they log or trace must
/// meet neither the span itself nor them again. So its identity alone is current meanwhile, and nothing is recorded.
fn end_elsewhere(context: &Context) {
    let identity = context.span().span_context().clone();
    let meanwhile = context.with_remote_span_context(identity).with_telemetry_suppressed();
    let _attached = current::attach(meanwhile);
    context.span().end();
}

/// Starts a span that is recorded for certain, under `parent`.
#[inline]
pub(crate) fn start_draft(parent: &Context, draft: DraftSpan) -> StartedSpan {
    StartedSpan { context: parent.with_span(draft.start()), ends: EndedBy::Recorder }
}

/// Starts a span that is recorded for certain, under `context`, which is current, without making it current for others
/// than Spanwise.
#[inline]
pub(crate) fn start_aside(context: &Context, draft: DraftSpan) {
    unpublished::push(context, draft.start());
}

/// EndedBy the span that was started so last.
#[inline]
pub(crate) fn end_aside() {
    if let Some(mut span) = unpublished::pop() {
        span.end();
    }
}

/// The span that was started so last, in a context of its own: so that it can be told how it ended.
#[cold]
pub(crate) fn publish_aside() -> Option<StartedSpan> {
    let span = unpublished::pop()?;
    current::with(|context| StartedSpan {
        context: context.with_span(span),
        ends: EndedBy::RecorderWithHooks,
    })
}

/// Starts a span under `parent`; `None` where there is nothing to make current.
pub(crate) fn start(
    parent: &Context,
    new: NewSpan,
    callsite: Option<&'static Callsite>,
) -> Option<StartedSpan> {
    let recorded = |span: RecordedSpan| StartedSpan {
        context: parent.with_span(span),
        ends: EndedBy::RecorderWithHooks,
    };
    let started = match lane(parent) {
        Lane::Installed(recorder) => {
            recorded(recorder.start(|| RecorderRef::Installed(recorder), parent, new))
        }
        #[cfg(feature = "testing")]
        Lane::CarriedTarget(recorder) => {
            recorded(recorder.start(|| RecorderRef::Shared(Arc::clone(recorder)), parent, new))
        }
        Lane::Provider(provider) => {
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
    // Without a provider the API makes a span that is its own parent, or none at all. Publishing it
    // would say that something is recorded here.
    let is_new = {
        let (span, parent) = (started.context.span(), parent.span());
        let (identity, parent) = (span.span_context(), parent.span_context());
        identity.is_valid()
            && (identity.span_id(), identity.trace_id()) != (parent.span_id(), parent.trace_id())
    };
    if let Lane::Global = lane(parent) {
        global_provider::seen(is_new);
        // One of a provider that is over gives none any more.
        if let (false, Some(callsite)) = (is_new, callsite) {
            callsite.tracer().forget();
        }
    }
    is_new.then_some(started)
}

/// Starts a span that was asked of a recorder's own tracer.
pub(in crate::engine) fn start_recorded(own: &Arc<Recorder>, parent: &Context, new: NewSpan) -> RecordedSpan {
    match lane(parent) {
        Lane::Installed(recorder) => recorder.start(|| RecorderRef::Installed(recorder), parent, new),
        #[cfg(feature = "testing")]
        Lane::CarriedTarget(recorder) => {
            recorder.start(|| RecorderRef::Shared(Arc::clone(recorder)), parent, new)
        }
        Lane::Provider(_) | Lane::Global => own.start(|| RecorderRef::Shared(Arc::clone(own)), parent, new),
    }
}

/// A span was asked for where there is no context any more, in a thread that is being torn down.
#[cold]
pub(crate) fn not_started() {
    if let Some(recorder) = installed() {
        recorder.not_started();
    }
}

/// To a provider of the application's own a caller that leaves the decision to us has said yes: the API has no word
/// for it, and a no would lose the trace.
fn as_a_provider_sees_it(parent: &Context) -> Cow<'_, Context> {
    let span = parent.span();
    let caller = span.span_context();
    if sampling_hint::provider_knows() || !sampling_hint::is_undecided(parent, caller) {
        return as_the_api_has_it(parent);
    }
    let (trace, id, state) = (caller.trace_id(), caller.span_id(), caller.trace_state().clone());
    let flags = caller.trace_flags().with_sampled(true);
    Cow::Owned(parent.with_remote_span_context(SpanContext::new(trace, id, flags, true, state)))
}

fn build(tracer: &BoxedTracer, parent: &Context, new: NewSpan) -> StartedSpan {
    let mut builder = SpanBuilder::from_name(new.name).with_kind(new.kind).with_attributes(new.attributes);
    builder.start_time = new.start;
    builder.links = (!new.links.is_empty()).then_some(new.links);
    let mut span = tracer.build_with_context(builder, &as_a_provider_sees_it(parent));
    if let Some(name) = new.rename {
        span.update_name(name);
    }
    StartedSpan { context: parent.with_span(span), ends: EndedBy::Provider }
}
