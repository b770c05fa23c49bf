//! The door: a span is asked for, and the lane that the context, the process or the application's
//! own provider chose makes it.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracerProvider};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, TraceContextExt as _, Tracer as _};

use super::callsite::Callsite;
pub(crate) use super::draft::Draft;
pub(crate) use super::recorder::NewSpan;
use super::recorder::{Held, Recorder, as_the_api_has_it, installed};
pub(crate) use super::sampling::Known;
use super::span::{NOW, RecordedSpan};
use super::telemetry::{Target, any_is_carried, carried};
use super::{Context, aside, current, foreign, word};

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

/// Whether anything can be recorded in this process at all. `false` is certain. To be asked once for each span: while no
/// provider has been seen the application's own is looked for now and then, and a second question spends the look.
#[inline]
pub(crate) fn is_open() -> bool {
    installed().is_some() || any_is_carried() || foreign::may_be_there()
}

/// Whether a span is open beside the one that has just started; so it is, where that cannot be known.
#[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
#[cold]
pub(crate) fn others_are_open() -> bool {
    installed().is_none_or(Recorder::has_several_open)
}

/// What a span hangs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Under<'a> {
    /// What is current, and within that an unpublished span, where one is running.
    Current(&'a Context),
    /// What the code says.
    Given(&'a Context),
}

impl<'a> Under<'a> {
    #[inline]
    fn context(self) -> &'a Context {
        match self {
            Self::Current(context) | Self::Given(context) => context,
        }
    }

    #[inline]
    fn with_span<T>(self, look: impl FnOnce(&SpanContext) -> T) -> T {
        match self {
            Self::Current(context) => aside::parent(context, look),
            Self::Given(context) => look(context.span().span_context()),
        }
    }
}

/// What is known of spans before their attributes are. To be asked where the door [is open](is_open).
#[inline]
pub(crate) fn known(under: Under<'_>) -> Known {
    let parent = under.context();
    match lane(parent) {
        Lane::Installed(recorder) => under.with_span(|span| recorder.known(parent, span)),
        #[cfg(feature = "testing")]
        Lane::Carried(recorder) => under.with_span(|span| recorder.known(parent, span)),
        Lane::Provider(_) | Lane::Global if parent.is_telemetry_suppressed() => Known::NotRecorded,
        Lane::Provider(_) | Lane::Global => Known::Ask,
    }
}

/// A span that is [known](known) to be recorded. `None` where that has just changed.
#[inline]
pub(crate) fn draft(under: Under<'_>, callsite: &'static Callsite) -> Option<Draft> {
    match lane(under.context()) {
        Lane::Installed(recorder) => {
            let held = Held::Installed(recorder);
            under.with_span(|span| recorder.draft(held, under.context(), span, callsite))
        }
        #[cfg(feature = "testing")]
        Lane::Carried(recorder) => {
            let held = Held::Shared(Arc::clone(recorder));
            under.with_span(|span| recorder.draft(held, under.context(), span, callsite))
        }
        Lane::Provider(_) | Lane::Global => None,
    }
}

/// A span that has started, in a context that holds it.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) context: Context,
    pub(crate) ends: Ends,
}

/// How a span ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// By the recorder alone: while the current context is being looked at, if need be.
    Quietly,
    /// By the recorder, and with someone else's code, which may look at the context itself.
    WithHooks,
    /// By an application's own provider.
    Elsewhere,
}

impl Ends {
    /// Ends the span that is in `context` now.
    #[inline]
    pub(crate) fn end(self, context: &Context) {
        match self {
            Self::Quietly | Self::WithHooks => context.span().end_with_timestamp(NOW),
            Self::Elsewhere => end_elsewhere(context),
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
pub(crate) fn start_draft(parent: &Context, draft: Draft) -> Started {
    Started { context: parent.with_span(draft.start()), ends: Ends::Quietly }
}

/// Starts a span that is recorded for certain, under `context`, which is current, without making it current for others
/// than Spanwise.
#[inline]
pub(crate) fn start_aside(context: &Context, draft: Draft) {
    aside::push(context, draft.start());
}

/// Ends the span that was started so last.
#[inline]
pub(crate) fn end_aside() {
    if let Some(mut span) = aside::pop() {
        span.end();
    }
}

/// The span that was started so last, in a context of its own: so that it can be told how it ended.
#[cold]
pub(crate) fn publish_aside() -> Option<Started> {
    let span = aside::pop()?;
    current::with(|context| Started { context: context.with_span(span), ends: Ends::WithHooks })
}

/// Starts a span under `parent`; `None` where there is nothing to make current.
pub(crate) fn start(parent: &Context, new: NewSpan, callsite: Option<&'static Callsite>) -> Option<Started> {
    let recorded = |span: RecordedSpan| Started { context: parent.with_span(span), ends: Ends::WithHooks };
    let started = match lane(parent) {
        Lane::Installed(recorder) => recorded(recorder.start(|| Held::Installed(recorder), parent, new)),
        #[cfg(feature = "testing")]
        Lane::Carried(recorder) => {
            recorded(recorder.start(|| Held::Shared(Arc::clone(recorder)), parent, new))
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
        foreign::seen(is_new);
        // One of a provider that is over gives none any more.
        if let (false, Some(callsite)) = (is_new, callsite) {
            callsite.tracer().forget();
        }
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

/// To a provider of the application's own a caller that leaves the decision to us has said yes: the API has no word
/// for it, and a no would lose the trace.
fn as_a_provider_sees_it(parent: &Context) -> Cow<'_, Context> {
    let span = parent.span();
    let caller = span.span_context();
    if word::provider_knows() || !word::is_undecided(parent, caller) {
        return as_the_api_has_it(parent);
    }
    let (trace, id, state) = (caller.trace_id(), caller.span_id(), caller.trace_state().clone());
    let flags = caller.trace_flags().with_sampled(true);
    Cow::Owned(parent.with_remote_span_context(SpanContext::new(trace, id, flags, true, state)))
}

fn build(tracer: &BoxedTracer, parent: &Context, new: NewSpan) -> Started {
    let mut builder = SpanBuilder::from_name(new.name).with_kind(new.kind).with_attributes(new.attributes);
    builder.start_time = new.start;
    builder.links = (!new.links.is_empty()).then_some(new.links);
    let mut span = tracer.build_with_context(builder, &as_a_provider_sees_it(parent));
    if let Some(name) = new.rename {
        span.update_name(name);
    }
    Started { context: parent.with_span(span), ends: Ends::Elsewhere }
}
