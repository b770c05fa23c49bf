//! The recorder lane: decides whether a span is recorded, and makes it.

use std::borrow::Cow;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceId};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult};

use crate::diag;
use crate::engine::clock;
use crate::engine::clock::Moment;
use crate::engine::context::{current, sampling_hint};
use crate::engine::fork;
use crate::engine::queue::record;
use crate::engine::recorder::cap::TraceCap;
use crate::engine::recorder::draft::DraftSpan;
use crate::engine::recorder::hook::{Decision, SpanHook, SpanMut};
use crate::engine::recorder::output::SpanOutput;
use crate::engine::recorder::recorded_span::RecordedSpan;
use crate::engine::recorder::slot::RecorderRef;
use crate::engine::recorder::slot::Slot;
use crate::engine::recorder::thread_state;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::limits::Limits;
use crate::engine::span::new_span::NewSpan;
use crate::engine::span::running_span::{RunningSpan, SpanSource};
use crate::sampling::decision::{
    EarlyDecision, Sampling, TAIL_BUFFERED, is_never, is_tail_buffered, is_tail_buffered_flags, public_flags,
    says_never,
};
use crate::sampling::threshold::carried_on;
use opentelemetry::Context;

/// The recorder that `init()` installed, for all that carries no other in its context.
static INSTALLED: OnceLock<Arc<Recorder>> = OnceLock::new();

/// Makes `recorder` the process's. `false`: there is one already.
pub(crate) fn install(recorder: Arc<Recorder>) -> bool {
    INSTALLED.set(recorder).is_ok()
}

#[inline]
pub(in crate::engine) fn installed() -> Option<&'static Recorder> {
    INSTALLED.get().map(|recorder| &**recorder)
}

/// Records spans.
#[derive(Debug)]
pub(crate) struct Recorder {
    sampling: Sampling,
    cap: Option<TraceCap>,
    limits: Limits,
    hooks: Vec<Box<dyn SpanHook>>,
    output: SpanOutput,
    closed: AtomicBool,
}

/// Set in the flags of a trace that starts here: its id is random as
/// [level 2](https://www.w3.org/TR/trace-context-2/#random-trace-id-flag) asks.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// How many spans a trace would have had beyond its cap, on its local root.
const DROPPED_SPANS: &str = "spanwise.dropped_spans";

impl Recorder {
    pub(crate) fn new(
        sampling: Sampling,
        limits: Limits,
        hooks: Vec<Box<dyn SpanHook>>,
        output: SpanOutput,
    ) -> Arc<Self> {
        clock::start();
        fork::watch();
        let cap = sampling.most_of_trace.map(TraceCap::new);
        Arc::new(Self { sampling, cap, limits, hooks, output, closed: AtomicBool::new(false) })
    }

    /// From now on nothing is recorded; spans that are open still end.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    #[inline]
    fn records_under(&self, parent: &Context) -> bool {
        !self.closed.load(Ordering::Acquire)
            && !parent.is_telemetry_suppressed()
            && (self.hooks.is_empty() || !IN_HOOK.get())
    }

    /// What is known of spans under `parent`, which hang on `span`, before their attributes are.
    #[inline]
    pub(in crate::engine) fn known(&self, parent: &Context, span: &SpanContext) -> EarlyDecision {
        if !self.records_under(parent) {
            return EarlyDecision::NotRecorded;
        }
        let span = if sampling_hint::is_undecided(parent, span) { &SpanContext::NONE } else { span };
        match self.sampling.known(span) {
            // Hooks are told of a span that has started with all its attributes.
            EarlyDecision::Recorded if !self.hooks.is_empty() => EarlyDecision::Ask,
            known => known,
        }
    }

    /// A span under `parent`, which is that of `context` or runs within it, and recorded for certain, unless its trace has had its share. `held` holds this recorder.
    #[inline]
    pub(in crate::engine) fn draft(
        &self,
        held: RecorderRef,
        context: &Context,
        parent: &SpanContext,
        callsite: &'static Callsite,
    ) -> Option<DraftSpan> {
        let parent_id = parent.is_valid().then(|| parent.trace_id());
        let (trace_id, span_id, mut slot) = thread_state::begin(parent_id);
        if !self.admits(trace_id, parent_id.is_none() || parent.is_remote()) {
            slot.recorder = None;
            thread_state::give_back(slot);
            return None;
        }
        let inherited = if parent_id.is_some() { public_flags(parent.trace_flags()) } else { RANDOM };
        // EarlyDecision to be recorded, and not sampled: then it is held back.
        let is_tail_buffered = self.sampling.holds
            && parent_id.is_some()
            && !parent.is_sampled()
            && !sampling_hint::is_undecided(context, parent);
        let flags = if is_tail_buffered { inherited | TAIL_BUFFERED } else { inherited.with_sampled(true) };
        // What another process says of its sampling is checked; what is ours is as we said it.
        let state = if parent.is_remote() {
            carried_on(parent, flags.is_sampled())
        } else {
            parent.trace_state().clone()
        };
        slot.context = SpanContext::new(trace_id, span_id, flags, false, state);
        slot.recorder = Some(held);
        let known = callsite.known();
        let parent = if parent_id.is_some() { parent } else { &SpanContext::NONE };
        slot.running.clear(SpanSource::Callsite(callsite), known.count, parent);
        if known.count > self.limits.attributes || known.longest > self.limits.value_length {
            slot.running.own_place(&self.limits);
        }
        Some(DraftSpan(RecordedSpan::new(slot)))
    }

    /// Whether a span that the sampler says no to is recorded, and held back: where the trace begins here, and under others of
    /// the kind.
    fn holds(&self, context: &Context, parent: &SpanContext, result: &SamplingResult) -> bool {
        let begins_here =
            || !parent.is_valid() || parent.is_remote() || sampling_hint::is_undecided(context, parent);
        self.sampling.holds && !is_never(result) && (is_tail_buffered(parent) || begins_here())
    }

    /// Whether one more span of a trace may be recorded.
    #[inline]
    fn admits(&self, trace: TraceId, is_local_root: bool) -> bool {
        let Some(cap) = &self.cap else { return true };
        let admits = cap.admits(trace, is_local_root);
        if let (false, SpanOutput::Queue(queue)) = (admits, &self.output) {
            queue.over_the_cap();
        }
        admits
    }

    /// Starts a span, if the sampler takes it; one that only has an identity otherwise.
    pub(in crate::engine) fn start(
        &self,
        held: impl FnOnce() -> RecorderRef,
        parent: &Context,
        new: NewSpan,
    ) -> RecordedSpan {
        let parent_span = parent.span();
        let parent_span = parent_span.span_context();
        let parent_id = parent_span.is_valid().then(|| parent_span.trace_id());
        let (trace_id, span_id, mut slot) = thread_state::begin(parent_id);
        slot.recorder = None;
        if !self.records_under(parent) {
            // What stands in for a span passes on its parent's identity: the trace goes on around us.
            slot.context = parent_span.clone();
            return RecordedSpan::new(slot);
        }
        let sampling = self.sample(parent, trace_id, &new);
        let sampled = sampling.decision == SamplingDecision::RecordAndSample;
        let inherited = if parent_id.is_some() { public_flags(parent_span.trace_flags()) } else { RANDOM };
        let is_tail_buffered = !sampled && self.holds(parent, parent_span, &sampling);
        let flags = inherited.with_sampled(sampled);
        let flags = if is_tail_buffered { flags | TAIL_BUFFERED } else { flags };
        slot.context = SpanContext::new(trace_id, span_id, flags, false, sampling.trace_state);
        // What is only recorded, not sampled, is not exported: there is no one to show it to.
        if !sampled && !is_tail_buffered {
            return RecordedSpan::new(slot);
        }
        if !self.admits(trace_id, parent_id.is_none() || parent_span.is_remote()) {
            // What is under it hangs on what is recorded last: peers, too, have a parent that there is.
            slot.context = parent_span.clone();
            return RecordedSpan::new(slot);
        }
        let Slot { running, context, recorder } = &mut *slot;
        let parent_span = if parent_id.is_some() { parent_span } else { &SpanContext::NONE };
        running.clear(SpanSource::Scope(new.scope, new.kind), 0, parent_span);
        running.name = Some(new.rename.map_or(new.name, Cow::Owned));
        let of_sampler = sampling.attributes.iter().filter(|attribute| !says_never(attribute));
        for attribute in new.attributes.iter().chain(of_sampler) {
            running.set_attribute(attribute.key.as_str(), &attribute.value, &self.limits);
        }
        for event in &new.events {
            running.add_event(event, &self.limits);
        }
        for link in &new.links {
            running.add_link(link, &self.limits);
        }
        self.start_drafted(running);
        if let Some(start) = new.start {
            running.start = Moment::wall(start);
        }
        self.tell_hooks_of_start(context, running, parent);
        *recorder = Some(held());
        RecordedSpan::new(slot)
    }

    /// Asks the sampler. It is the application's, and must not take the application's functions with it.
    fn sample(&self, parent: &Context, trace_id: TraceId, new: &NewSpan) -> SamplingResult {
        let parent = as_the_sampler_sees_it(parent);
        let NewSpan { name, kind, attributes, links, .. } = new;
        let sampler = &self.sampling.sampler;
        let asked = catch_unwind(AssertUnwindSafe(|| {
            sampler.should_sample(Some(&parent), trace_id, name, kind, attributes, links)
        }));
        asked.unwrap_or_else(|_| {
            diag::warn_once("sampler", || {
                "the sampler has panicked; the span is not recorded (further ones are not told)".to_owned()
            });
            SamplingResult {
                decision: SamplingDecision::Drop,
                attributes: Vec::new(),
                trace_state: parent.span().span_context().trace_state().clone(),
            }
        })
    }

    /// Starts what was drafted.
    #[inline]
    pub(in crate::engine) fn start_drafted(&self, running: &mut RunningSpan) {
        running.start = self.now();
        match &self.output {
            SpanOutput::Queue(queue) => queue.started(),
            SpanOutput::Sink(sink) => sink.started(),
        }
    }

    /// Whether more than one span is open; not, where the count would have to be waited for.
    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(in crate::engine) fn has_several_open(&self) -> bool {
        match &self.output {
            SpanOutput::Queue(queue) => queue.open_now().is_some_and(|open| open > 1),
            SpanOutput::Sink(_) => true,
        }
    }

    pub(in crate::engine) fn limits(&self) -> &Limits {
        &self.limits
    }

    #[inline]
    pub(in crate::engine) fn now(&self) -> Moment {
        match &self.output {
            SpanOutput::Queue(_) => Moment::now(),
            SpanOutput::Sink(_) => Moment::wall_now(),
        }
    }

    /// A span could not be started, because the thread is being torn down.
    pub(in crate::engine) fn not_started(&self) {
        let would_be = !self.closed.load(Ordering::Relaxed)
            && self.sampling.known(&SpanContext::NONE) != EarlyDecision::NotRecorded;
        if let SpanOutput::Queue(queue) = &self.output
            && would_be
        {
            queue.not_started();
        }
    }

    #[inline]
    pub(in crate::engine) fn ended(&self, slot: &mut Slot, end: Option<Moment>) {
        let Slot { running, context, .. } = slot;
        if !running.has_started() {
            // A draft that was let go: it was admitted, and is not open any more.
            if let Some(cap) = self.cap.as_ref().filter(|_| running.is_local_root()) {
                cap.root_ended(context.trace_id());
            }
            return;
        }
        let end = end.unwrap_or_else(|| self.now());
        if let Some(cap) = &self.cap
            && running.is_local_root()
        {
            let beyond = cap.root_ended(context.trace_id());
            if beyond > 0 {
                // There is always room for this one.
                let limits = Limits { attributes: u32::MAX, ..self.limits };
                running.set_attribute(DROPPED_SPANS, &i64::from(beyond).into(), &limits);
            }
        }
        let keep = self.hooks.is_empty() || self.tell_hooks_of_end(context, running);
        match &self.output {
            SpanOutput::Queue(queue) if keep => queue.ended(running, context, end),
            // What else is held of its trace waits for it, and it may be what has failed.
            SpanOutput::Queue(queue) if is_tail_buffered_flags(context.trace_flags()) => {
                running.is_unwanted = true;
                queue.ended(running, context, end);
            }
            SpanOutput::Queue(queue) => queue.ended_discarded(),
            SpanOutput::Sink(sink) => sink.ended(if keep { record::of(running, context, end) } else { None }),
        }
    }

    fn tell_hooks_of_start(&self, context: &SpanContext, running: &mut RunningSpan, parent: &Context) {
        if self.hooks.is_empty() {
            return;
        }
        // The API's own `Tracer::start` and `in_span` are looking at the current context, and give us that: to make another
        // one current would panic.
        let is_looked_at = current::with(|current| std::ptr::eq(current, parent)) == Some(true);
        let mut span = SpanMut { context, running, limits: &self.limits };
        for hook in &self.hooks {
            alone(!is_looked_at, || hook.on_start(&mut span, parent));
        }
    }

    #[cold]
    fn tell_hooks_of_end(&self, context: &SpanContext, running: &mut RunningSpan) -> bool {
        let mut span = SpanMut { context, running, limits: &self.limits };
        self.hooks.iter().all(|hook| alone(true, || hook.on_end(&mut span)) != Some(Decision::Drop))
    }
}

/// A context out of which the span was taken holds one that is invalid, there being no way to have
/// none; the SDK's samplers take that for a parent which is not sampled.
pub(in crate::engine) fn as_the_api_has_it(parent: &Context) -> Cow<'_, Context> {
    if !parent.has_active_span() || parent.span().span_context().is_valid() {
        return Cow::Borrowed(parent);
    }
    Cow::Owned(without_span(parent))
}

/// The same; and a caller that leaves the decision to us is no parent to a sampler, which would follow it.
pub(crate) fn as_the_sampler_sees_it(parent: &Context) -> Cow<'_, Context> {
    if sampling_hint::is_undecided(parent, parent.span().span_context()) {
        return Cow::Owned(without_span(parent));
    }
    as_the_api_has_it(parent)
}

fn without_span(context: &Context) -> Context {
    let baggage = context
        .baggage()
        .iter()
        .map(|(key, (value, metadata))| KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone()));
    let without = Context::new().with_baggage(baggage.collect::<Vec<_>>());
    if context.is_telemetry_suppressed() { without.with_telemetry_suppressed() } else { without }
}

thread_local! {
    /// What a hook does is not recorded. Has no destructor, so that it can always be asked.
    static IN_HOOK: Cell<bool> = const { Cell::new(false) };
}

/// Runs a hook with nothing current, if that can be: an ended span's is called while its lock is held, so that it must not find
/// that span. `None` where it panicked.
fn alone<T>(can_attach: bool, hook: impl FnOnce() -> T) -> Option<T> {
    let _attached = can_attach.then(|| current::attach(Context::new().with_telemetry_suppressed()));
    let outer = IN_HOOK.replace(true);
    let done = catch_unwind(AssertUnwindSafe(hook)).ok();
    IN_HOOK.set(outer);
    if done.is_none() {
        diag::warn_once("hook", || {
            "a `SpanHook` has panicked; the span goes on as if it had not been called (further ones are not told)".into()
        });
    }
    done
}
