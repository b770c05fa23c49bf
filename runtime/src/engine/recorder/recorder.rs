//! Our recorder: decides whether a span is recorded, and starts and ends it.

use std::borrow::Cow;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceId};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult};

use crate::diag;
use crate::engine::clock::moment::Moment;
use crate::engine::clock::ticks;
use crate::engine::context::{sampling_hint, thread_context};
use crate::engine::fork;
use crate::engine::queue::record;
use crate::engine::recorder::draft::DraftSpan;
use crate::engine::recorder::hook::{Decision, SpanHook, SpanMut};
use crate::engine::recorder::output::SpanOutput;
use crate::engine::recorder::recorded_span::RecordedSpan;
use crate::engine::recorder::slot::{RecorderRef, Slot};
use crate::engine::recorder::thread_state;
use crate::engine::recorder::trace_limit::TraceLimit;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::limits::Limits;
use crate::engine::span::new_span::NewSpan;
use crate::engine::span::running_span::{RunningSpan, SpanSource};
use crate::leaked_cell::LeakedCell;
use crate::sampling::config::{EarlyDecision, SamplerConfig};
use crate::sampling::flags::{TAIL_BUFFERED, is_tail_buffered, is_tail_buffered_flags, public_flags};
use crate::sampling::result::{is_final_drop, is_final_drop_mark, sampling_result};
use crate::sampling::span_to_sample::SpanToSample;
use crate::sampling::threshold::inherited_state;

/// The recorder that `init()` installed. It records under every context that carries no other target.
static INSTALLED: LeakedCell<Arc<Recorder>> = LeakedCell::EMPTY;

/// Installs `recorder` for the process. Returns `false` if there is one already. One that a fork has copied is replaced.
pub(crate) fn install(recorder: &Arc<Recorder>) -> bool {
    let is_current = |installed: &Arc<Recorder>| installed.process == fork::generation();
    Arc::ptr_eq(INSTALLED.get_or_replace(is_current, || Arc::clone(recorder)), recorder)
}

#[inline]
pub(in crate::engine) fn installed() -> Option<&'static Recorder> {
    INSTALLED.get().map(|recorder| &**recorder)
}

/// Records spans.
#[derive(Debug)]
pub(crate) struct Recorder {
    sampler: SamplerConfig,
    trace_limit: Option<TraceLimit>,
    limits: Limits,
    hooks: Vec<Box<dyn SpanHook>>,
    output: SpanOutput,
    is_closed: AtomicBool,
    /// The [`fork::generation`] that it was made in.
    process: u64,
}

/// The flag of a trace that starts here: its id is
/// [random](https://www.w3.org/TR/trace-context-2/#random-trace-id-flag), as level 2 of the W3C trace context defines it.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// An attribute of a local root: how many spans of its trace were not recorded because of the limit.
const DROPPED_SPANS: &str = "spanwise.dropped_spans";

impl Recorder {
    pub(crate) fn new(
        sampler: SamplerConfig,
        limits: Limits,
        hooks: Vec<Box<dyn SpanHook>>,
        output: SpanOutput,
    ) -> Arc<Self> {
        ticks::start();
        fork::watch();
        let trace_limit = sampler.max_spans_per_trace.map(TraceLimit::new);
        let (is_closed, process) = (AtomicBool::new(false), fork::generation());
        Arc::new(Self { sampler, trace_limit, limits, hooks, output, is_closed, process })
    }

    /// Stops recording new spans. Open spans still end.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
    }

    #[inline]
    fn records_under(&self, context: &Context) -> bool {
        !self.is_closed.load(Ordering::Acquire)
            && !context.is_telemetry_suppressed()
            && (self.hooks.is_empty() || !IN_HOOK.get())
    }

    /// What is known of spans under `context` whose parent is `parent`, before their attributes are known.
    #[inline]
    pub(in crate::engine) fn early_decision(&self, context: &Context, parent: &SpanContext) -> EarlyDecision {
        if !self.records_under(context) {
            return EarlyDecision::NotRecorded;
        }
        let parent = if sampling_hint::is_deferred(context, parent) { &SpanContext::NONE } else { parent };
        match self.sampler.early_decision(parent) {
            // Hooks see all attributes that a span starts with.
            EarlyDecision::Recorded if !self.hooks.is_empty() => EarlyDecision::Ask,
            decision => decision,
        }
    }

    /// A span under `parent`, which is the span of `context` or an unpublished span within it. The early decision was to record
    /// it; `None` if its trace has too many spans. `recorder_ref` refers to this recorder.
    #[inline]
    pub(in crate::engine) fn draft(
        &self,
        recorder_ref: RecorderRef,
        context: &Context,
        parent: &SpanContext,
        callsite: &'static Callsite,
    ) -> Option<DraftSpan> {
        let parent_id = parent.is_valid().then(|| parent.trace_id());
        let (trace_id, span_id, mut slot) = thread_state::new_ids_and_slot(parent_id);
        if !self.admits(trace_id, parent_id.is_none() || parent.is_remote()) {
            slot.recorder = None;
            thread_state::recycle_slot(slot);
            return None;
        }
        let inherited = if parent_id.is_some() { public_flags(parent.trace_flags()) } else { RANDOM };
        // Recorded, but not sampled: then it goes to the tail buffer.
        let is_tail_buffered = self.sampler.buffers_unsampled
            && parent_id.is_some()
            && !parent.is_sampled()
            && !sampling_hint::is_deferred(context, parent);
        let flags = if is_tail_buffered { inherited | TAIL_BUFFERED } else { inherited.with_sampled(true) };
        // Another process's sampling threshold may be wrong; ours was checked before.
        let state = if parent.is_remote() {
            inherited_state(parent, flags.is_sampled())
        } else {
            parent.trace_state().clone()
        };
        slot.context = SpanContext::new(trace_id, span_id, flags, false, state);
        slot.recorder = Some(recorder_ref);
        let data = callsite.data();
        let parent = if parent_id.is_some() { parent } else { &SpanContext::NONE };
        slot.running.reset(SpanSource::Callsite(callsite), data.count, parent);
        if data.count > self.limits.attributes || data.max_length > self.limits.value_length {
            slot.running.own_callsite_attributes(&self.limits);
        }
        Some(DraftSpan(RecordedSpan::new(slot)))
    }

    /// Whether a span that the sampler has dropped is recorded and kept in the tail buffer: a local root, or a child of such a
    /// span.
    fn is_tail_buffered(&self, context: &Context, parent: &SpanContext, result: &SamplingResult) -> bool {
        let is_local_root =
            || !parent.is_valid() || parent.is_remote() || sampling_hint::is_deferred(context, parent);
        self.sampler.buffers_unsampled
            && !is_final_drop(result)
            && (is_tail_buffered(parent) || is_local_root())
    }

    /// Whether one more span of a trace may be recorded. Counts it either way.
    #[inline]
    fn admits(&self, trace: TraceId, is_local_root: bool) -> bool {
        let Some(limit) = &self.trace_limit else { return true };
        let admits = limit.admits(trace, is_local_root);
        if let (false, SpanOutput::Queue(queue)) = (admits, &self.output) {
            queue.count_over_trace_limit();
        }
        admits
    }

    /// A span under a parent that is not sampled. It only has a span context. `None` if nothing at all is recorded here, or if
    /// there is no parent.
    pub(in crate::engine) fn start_unrecorded(&self, parent: &Context) -> Option<RecordedSpan> {
        let parent_span = parent.span();
        let parent_span = parent_span.span_context();
        if !self.records_under(parent) || !parent_span.is_valid() || parent_span.is_sampled() {
            return None;
        }
        let (trace_id, span_id, mut slot) = thread_state::new_ids_and_slot(Some(parent_span.trace_id()));
        let flags = public_flags(parent_span.trace_flags());
        let state = if parent_span.is_remote() {
            inherited_state(parent_span, false)
        } else {
            parent_span.trace_state().clone()
        };
        slot.recorder = None;
        slot.context = SpanContext::new(trace_id, span_id, flags, false, state);
        Some(RecordedSpan::new(slot))
    }

    /// Asks the sampler and starts a span. If it is not recorded, the span only has a span context.
    pub(in crate::engine) fn start(
        &self,
        recorder_ref: impl FnOnce() -> RecorderRef,
        parent: &Context,
        new: NewSpan,
    ) -> RecordedSpan {
        let parent_span = parent.span();
        let parent_span = parent_span.span_context();
        let parent_id = parent_span.is_valid().then(|| parent_span.trace_id());
        let (trace_id, span_id, mut slot) = thread_state::new_ids_and_slot(parent_id);
        slot.recorder = None;
        if !self.records_under(parent) {
            // It passes on its parent's span context, so that the trace goes on without this span.
            slot.context = parent_span.clone();
            return RecordedSpan::new(slot);
        }
        let result = self.ask_sampler(parent, trace_id, &new);
        let is_sampled = result.decision == SamplingDecision::RecordAndSample;
        let inherited = if parent_id.is_some() { public_flags(parent_span.trace_flags()) } else { RANDOM };
        let is_tail_buffered = !is_sampled && self.is_tail_buffered(parent, parent_span, &result);
        let flags = inherited.with_sampled(is_sampled);
        let flags = if is_tail_buffered { flags | TAIL_BUFFERED } else { flags };
        slot.context = SpanContext::new(trace_id, span_id, flags, false, result.trace_state);
        // A decision to record without sampling counts as a drop, since nothing would see the span.
        if !is_sampled && !is_tail_buffered {
            return RecordedSpan::new(slot);
        }
        if !self.admits(trace_id, parent_id.is_none() || parent_span.is_remote()) {
            // Its children, in other processes too, become children of the last span that is recorded.
            slot.context = parent_span.clone();
            return RecordedSpan::new(slot);
        }
        let Slot { running, context, recorder } = &mut *slot;
        let parent_span = if parent_id.is_some() { parent_span } else { &SpanContext::NONE };
        running.reset(SpanSource::Scope(new.scope, new.kind), 0, parent_span);
        running.name = Some(new.rename.map_or(new.name, Cow::Owned));
        let from_sampler = result.attributes.iter().filter(|attribute| !is_final_drop_mark(attribute));
        for attribute in new.attributes.iter().chain(from_sampler) {
            running.set_attribute(attribute.key.as_str(), &attribute.value, &self.limits);
        }
        for event in &new.events {
            running.add_event(event, &self.limits);
        }
        for link in &new.links {
            running.add_link(link, &self.limits);
        }
        self.mark_started(running);
        if let Some(start) = new.start {
            running.start = Moment::wall(start);
        }
        self.call_start_hooks(context, running, parent);
        *recorder = Some(recorder_ref());
        RecordedSpan::new(slot)
    }

    /// Asks the sampler. It may be the application's own, so a panic in it drops only the span.
    fn ask_sampler(&self, parent: &Context, trace_id: TraceId, new: &NewSpan) -> SamplingResult {
        let parent = parent_for_sampler(parent);
        let NewSpan { name, kind, attributes, links, .. } = new;
        let span = SpanToSample { parent: Some(&parent), trace_id, name, kind, attributes, links };
        catch_unwind(AssertUnwindSafe(|| span.ask(&*self.sampler.sampler))).unwrap_or_else(|_| {
            diag::warn_once("sampler", || {
                "the sampler has panicked; the span is not recorded (logged once)".to_owned()
            });
            sampling_result(false, parent.span().span_context().trace_state().clone())
        })
    }

    /// Sets the start time and counts the span as started.
    #[inline]
    pub(in crate::engine) fn mark_started(&self, running: &mut RunningSpan) {
        running.start = self.now();
        match &self.output {
            SpanOutput::Queue(queue) => queue.count_started(),
            SpanOutput::Sink(sink) => sink.started(),
        }
    }

    /// Whether more than one span is open; `false` if the count would have to wait for a lock.
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

    /// Counts a span that could not be started because there is no context here.
    pub(in crate::engine) fn count_not_started(&self) {
        let may_be_recorded = !self.is_closed.load(Ordering::Relaxed)
            && self.sampler.early_decision(&SpanContext::NONE) != EarlyDecision::NotRecorded;
        if let SpanOutput::Queue(queue) = &self.output
            && may_be_recorded
        {
            if thread_context::is_interrupted() {
                queue.count_not_started_in_handler();
            } else {
                queue.count_not_started();
            }
        }
    }

    /// Ends a span, or a draft that was dropped. `end` is the time that the application gave, if any.
    #[inline]
    pub(in crate::engine) fn end(&self, slot: &mut Slot, end: Option<Moment>) {
        let Slot { running, context, .. } = slot;
        if !running.has_started() {
            // A draft that was dropped. It was counted as an open local root.
            if let Some(limit) = self.trace_limit.as_ref().filter(|_| running.is_local_root()) {
                limit.root_ended(context.trace_id());
            }
            return;
        }
        let end = end.unwrap_or_else(|| self.now());
        if let Some(limit) = &self.trace_limit
            && running.is_local_root()
        {
            let rejected = limit.root_ended(context.trace_id());
            if rejected > 0 {
                // The attribute limit does not apply to this one.
                let limits = Limits { attributes: u32::MAX, ..self.limits };
                running.set_attribute(DROPPED_SPANS, &i64::from(rejected).into(), &limits);
            }
        }
        let keep = self.hooks.is_empty() || self.call_end_hooks(context, running);
        match &self.output {
            SpanOutput::Queue(queue) if keep => queue.add(running, context, end),
            // The tail buffer has to see it: it may be the local root, or have failed.
            SpanOutput::Queue(queue) if is_tail_buffered_flags(context.trace_flags()) => {
                running.is_dropped_by_hook = true;
                queue.add(running, context, end);
            }
            SpanOutput::Queue(queue) => queue.add_discarded(),
            SpanOutput::Sink(sink) => {
                sink.ended(if keep { record::record(running, context, end) } else { None })
            }
        }
    }

    fn call_start_hooks(&self, context: &SpanContext, running: &mut RunningSpan, parent: &Context) {
        if self.hooks.is_empty() {
            return;
        }
        // The API's own `Tracer::start` and `in_span` pass us the current context while they borrow it. Attaching another one
        // would panic then.
        let is_borrowed = thread_context::with(|current| std::ptr::eq(current, parent)) == Some(true);
        let mut span = SpanMut { context, running, limits: &self.limits };
        for hook in &self.hooks {
            run_hook(!is_borrowed, || hook.on_start(&mut span, parent));
        }
    }

    #[cold]
    fn call_end_hooks(&self, context: &SpanContext, running: &mut RunningSpan) -> bool {
        let mut span = SpanMut { context, running, limits: &self.limits };
        self.hooks.iter().all(|hook| run_hook(true, || hook.on_end(&mut span)) != Some(Decision::Drop))
    }
}

/// Returns `parent`, without its span if that is invalid. A context whose span was removed still holds an invalid one, which
/// the SDK's samplers would take for a parent that is not sampled.
pub(in crate::engine) fn without_invalid_span(parent: &Context) -> Cow<'_, Context> {
    if !parent.has_active_span() || parent.span().span_context().is_valid() {
        return Cow::Borrowed(parent);
    }
    Cow::Owned(without_span(parent))
}

/// `parent` for a sampler: without an invalid span, and without a caller that defers the decision, which a sampler would
/// follow.
pub(crate) fn parent_for_sampler(parent: &Context) -> Cow<'_, Context> {
    if sampling_hint::is_deferred(parent, parent.span().span_context()) {
        return Cow::Owned(without_span(parent));
    }
    without_invalid_span(parent)
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
    /// Whether a hook is running: then nothing is recorded. It has no destructor, so it can always be read.
    static IN_HOOK: Cell<bool> = const { Cell::new(false) };
}

/// Runs a hook without a current span, if a context can be attached: a span's lock is held while its hooks run, so they must
/// not find that span. Returns `None` if the hook panicked.
fn run_hook<T>(can_attach: bool, hook: impl FnOnce() -> T) -> Option<T> {
    let _attached = can_attach.then(|| thread_context::attach(Context::new().with_telemetry_suppressed()));
    let outer = IN_HOOK.replace(true);
    let done = catch_unwind(AssertUnwindSafe(hook)).ok();
    IN_HOOK.set(outer);
    if done.is_none() {
        diag::warn_once("hook", || {
            "a `SpanHook` has panicked; the span continues without it (logged once)".into()
        });
    }
    done
}
