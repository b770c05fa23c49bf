//! Forwards spans of the SDK's own provider into our queue, where the application has given span processors of
//! OpenTelemetry's.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{Span as _, SpanContext, SpanId};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::engine::clock::moment::Moment;
use crate::engine::queue::span_queue::SpanQueue;
use crate::engine::span::limits::Limits;
use crate::engine::span::running_span::{RunningSpan, SpanSource};
use crate::engine::span::scope::Scope;

/// The last of the SDK's span processors. It puts ended spans into our queue.
#[derive(Debug)]
pub(crate) struct SdkForwarder {
    queue: Arc<SpanQueue>,
    limits: Limits,
    /// The scope of the last span, which is nearly always the next one's, too. This lock is only tried, never waited for.
    last_scope: Mutex<Option<Arc<Scope>>>,
}

impl SdkForwarder {
    /// Texts are cut after `value_length` characters, which the SDK does not do. It has applied all other limits.
    pub(crate) const fn new(queue: Arc<SpanQueue>, value_length: usize) -> Self {
        let limits = Limits {
            attributes: u32::MAX,
            events: u32::MAX,
            links: u32::MAX,
            attributes_of_event: u32::MAX,
            attributes_of_link: u32::MAX,
            value_length,
        };
        Self { queue, limits, last_scope: Mutex::new(None) }
    }

    fn scope(&self, api: &InstrumentationScope) -> Arc<Scope> {
        let Ok(mut last) = self.last_scope.try_lock() else { return Scope::new(api.clone()) };
        match &*last {
            Some(scope) if scope.api == *api && scope.api.attributes().eq(api.attributes()) => {
                Arc::clone(scope)
            }
            _ => Arc::clone(last.insert(Scope::new(api.clone()))),
        }
    }

    fn fill(&self, running: &mut RunningSpan, span: &SpanData) {
        let scope = self.scope(&span.instrumentation_scope);
        running.reset(SpanSource::Scope(scope, span.span_kind.clone()), 0, &SpanContext::NONE);
        running.parent_span_id = span.parent_span_id;
        running.parent_is_remote = span.parent_span_is_remote && span.parent_span_id != SpanId::INVALID;
        running.start = Moment::wall(span.start_time);
        running.name = Some(span.name.clone());
        for attribute in &span.attributes {
            running.set_attribute(attribute.key.as_str(), &attribute.value, &self.limits);
        }
        for event in &span.events.events {
            running.add_event(event, &self.limits);
        }
        for link in &span.links.links {
            running.add_link(link, &self.limits);
        }
        running.count_dropped(
            span.dropped_attributes_count,
            span.events.dropped_count,
            span.links.dropped_count,
        );
        running.status = span.status.clone();
    }
}

impl SpanProcessor for SdkForwarder {
    fn on_start(&self, span: &mut Span, _context: &Context) {
        // A span that is recorded but not sampled is not exported.
        if span.span_context().is_sampled() {
            self.queue.count_started();
        }
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let end = Moment::wall(span.end_time.max(span.start_time));
        let mut running = RunningSpan::empty();
        self.fill(&mut running, &span);
        self.queue.add(&running, &span.span_context, end);
    }

    /// The guard flushes and shuts down the queue.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}
