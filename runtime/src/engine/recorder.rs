//! The recorder lane: decides whether a span is recorded, and makes it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, ShouldSample, SpanLimits};

use super::Context;
use super::record::SpanRecord;
use super::sink::Sink;
use super::span::RecordedSpan;

/// The recorder that `init()` installed, for all that carries no other in its context.
static INSTALLED: OnceLock<Arc<Recorder>> = OnceLock::new();

/// Makes `recorder` the process's. `false`: there is one already.
#[cfg(feature = "otlp")]
pub(crate) fn install(recorder: Arc<Recorder>) -> bool {
    INSTALLED.set(recorder).is_ok()
}

pub(super) fn installed() -> Option<&'static Arc<Recorder>> {
    INSTALLED.get()
}

/// Records spans into a sink.
#[derive(Debug)]
pub(crate) struct Recorder {
    sampler: Box<dyn ShouldSample>,
    /// The sampler answers "no" to every child of an unsampled parent, so it need not be asked.
    follows_parent: bool,
    limits: SpanLimits,
    sink: Arc<dyn Sink>,
    closed: AtomicBool,
}

/// What a span starts with.
#[derive(Debug)]
pub(crate) struct NewSpan {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: SpanKind,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) links: Vec<Link>,
    pub(crate) events: Vec<Event>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) scope: InstrumentationScope,
}

/// Set in the flags of a trace that starts here: its id is random as
/// [level 2](https://www.w3.org/TR/trace-context-2/#random-trace-id-flag) asks.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

impl Recorder {
    #[cfg(feature = "otlp")]
    pub(crate) fn new(
        sampler: Box<dyn ShouldSample>,
        follows_parent: bool,
        limits: SpanLimits,
        sink: Arc<dyn Sink>,
    ) -> Arc<Self> {
        Arc::new(Self { sampler, follows_parent, limits, sink, closed: AtomicBool::new(false) })
    }

    /// From now on nothing is recorded; spans that are open still end.
    #[cfg(feature = "otlp")]
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Whether a child of `parent` could be recorded at all.
    pub(super) fn could_record(&self, parent: &Context) -> bool {
        if self.closed.load(Ordering::Acquire) || parent.is_telemetry_suppressed() {
            return false;
        }
        let span = parent.span();
        let parent = span.span_context();
        !(self.follows_parent && parent.is_valid() && !parent.is_sampled())
    }

    pub(crate) fn start(self: &Arc<Self>, parent: &Context, new: NewSpan) -> RecordedSpan {
        if self.closed.load(Ordering::Acquire) || parent.is_telemetry_suppressed() {
            // What stands in for a span passes on its parent's identity: the trace goes on around us.
            return RecordedSpan::not_recorded(parent.span().span_context().clone());
        }
        let parent_span = parent.span();
        let parent_span = Some(parent_span.span_context()).filter(|parent| parent.is_valid());
        let (trace_id, inherited_flags) = match parent_span {
            Some(parent) => (parent.trace_id(), parent.trace_flags()),
            None => (TraceId::from(nonzero_u128()), RANDOM),
        };
        let sampling = self.sampler.should_sample(
            Some(parent),
            trace_id,
            &new.name,
            &new.kind,
            &new.attributes,
            &new.links,
        );
        let sampled = sampling.decision == SamplingDecision::RecordAndSample;
        let context = SpanContext::new(
            trace_id,
            SpanId::from(nonzero_u64()),
            inherited_flags.with_sampled(sampled),
            false,
            sampling.trace_state,
        );
        // What is only recorded, not sampled, is not exported: there is no one to show it to.
        if !sampled {
            return RecordedSpan::not_recorded(context);
        }
        let start = new.start.unwrap_or_else(SystemTime::now);
        self.sink.started();
        let mut span = RecordedSpan::recorded(
            SpanRecord {
                context,
                parent_span_id: parent_span.map_or(SpanId::INVALID, SpanContext::span_id),
                parent_is_remote: parent_span.is_some_and(SpanContext::is_remote),
                name: new.name,
                kind: new.kind,
                start,
                end: start,
                attributes: Vec::new(),
                dropped_attributes: 0,
                events: Vec::new(),
                dropped_events: 0,
                links: Vec::new(),
                dropped_links: 0,
                status: Status::Unset,
                scope: new.scope,
            },
            Arc::clone(self),
        );
        span.start_with(new.attributes, sampling.attributes, new.events, new.links);
        span
    }

    pub(super) fn limits(&self) -> &SpanLimits {
        &self.limits
    }

    pub(super) fn ended(&self, span: SpanRecord) {
        self.sink.ended(span);
    }
}

// Identifiers have to be unique and random, not secret: a generator per thread, seeded by the system.

fn nonzero_u128() -> u128 {
    fastrand::u128(1..)
}

fn nonzero_u64() -> u64 {
    fastrand::u64(1..)
}
