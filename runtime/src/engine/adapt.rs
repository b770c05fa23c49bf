//! Spans of the SDK's into the recorder's pipeline, where an application has given span processors of
//! OpenTelemetry's and the SDK's own provider makes the spans.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanContext, SpanId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::clock::Moment;
use super::handover::Handover;
use super::limits::Limits;
use super::open::{Open, Origin, Slot};
use super::scope::Scope;

/// The last of an application's span processors: it hands over what has ended.
#[derive(Debug)]
pub(crate) struct Forward(pub(crate) Arc<Handover>);

/// What the SDK has left of a span is all recorded.
const ALL: Limits = Limits {
    attributes: u32::MAX,
    events: u32::MAX,
    links: u32::MAX,
    attributes_of_event: u32::MAX,
    attributes_of_link: u32::MAX,
    value_length: usize::MAX,
};

impl SpanProcessor for Forward {
    fn on_start(&self, span: &mut Span, _context: &Context) {
        // What is only recorded, not sampled, is not exported.
        if span.span_context().is_sampled() {
            self.0.started();
        }
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let end = Moment::wall(span.end_time.max(span.start_time));
        let Slot { mut open, .. } = *Slot::empty();
        fill(&mut open, &span);
        self.0.ended(&open, &span.span_context, end);
    }

    /// The guard does both.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _within: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn fill(open: &mut Open, span: &SpanData) {
    let scope = Scope::new(span.instrumentation_scope.clone());
    open.clear(Origin::Scope(scope, span.span_kind.clone()), 0, &SpanContext::NONE);
    open.parent_span_id = span.parent_span_id;
    open.parent_is_remote = span.parent_span_is_remote && span.parent_span_id != SpanId::INVALID;
    open.start = Moment::wall(span.start_time);
    open.name = Some(span.name.clone());
    for attribute in &span.attributes {
        open.set_attribute(attribute.key.as_str(), &attribute.value, &ALL);
    }
    for event in &span.events.events {
        open.add_event(event, &ALL);
    }
    for link in &span.links.links {
        open.add_link(link, &ALL);
    }
    open.count_dropped(span.dropped_attributes_count, span.events.dropped_count, span.links.dropped_count);
    open.status = span.status.clone();
}
