//! A span that has ended, decoded for exporters of the application's own, the console and test tools.
//!
//! Its fields are encoded in `engine/span/running_span.rs`.

use std::borrow::Cow;
use std::str::FromStr as _;
use std::time::SystemTime;

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};

use crate::engine::clock::moment::Moment;
use crate::engine::queue::chunk::{Chunk, EndedSpan};
use crate::engine::span::callsite::Callsite;
use crate::engine::span::running_span::RunningSpan;
use crate::otlp;
use crate::otlp::fields::span as fields;
use crate::otlp::{Field, Fields};
use crate::value;

/// A span that has ended, as exporters and test tools see it.
///
/// A [span](https://opentelemetry.io/docs/specs/otel/trace/api/#span) in the specification.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SpanRecord {
    /// The trace id, span id, trace flags and `tracestate`.
    pub context: SpanContext,
    /// The parent's span id; `SpanId::INVALID` for a root.
    pub parent_span_id: SpanId,
    /// Whether the parent is in another process.
    pub parent_is_remote: bool,
    /// The span's name.
    pub name: Cow<'static, str>,
    /// The span's kind.
    pub kind: SpanKind,
    /// When the span started.
    pub start: SystemTime,
    /// When the span ended; never before `start`.
    pub end: SystemTime,
    /// The attributes. Each key is there once.
    pub attributes: Vec<KeyValue>,
    /// How many attributes were dropped over the limit.
    pub dropped_attributes: u32,
    /// The events, in the order in which they were added.
    pub events: Vec<Event>,
    /// How many events were dropped over the limit.
    pub dropped_events: u32,
    /// The links, in the order in which they were added.
    pub links: Vec<Link>,
    /// How many links were dropped over the limit.
    pub dropped_links: u32,
    /// The status.
    pub status: Status,
    /// The instrumentation scope: the name and version of the instrumented crate, or the tracer's scope.
    pub scope: InstrumentationScope,
}

impl SpanRecord {
    /// Returns the value of the attribute with this key.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&opentelemetry::Value> {
        value::find(&self.attributes, key)
    }

    /// Returns whether the span is a local root: it has no parent, or its parent is in another process.
    #[must_use]
    pub fn is_local_root(&self) -> bool {
        self.parent_span_id == SpanId::INVALID || self.parent_is_remote
    }

    /// Returns whether the status is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }
}

/// Converts a span of the SDK, so that the same tools show and compare what an application's own provider exported.
impl From<opentelemetry_sdk::trace::SpanData> for SpanRecord {
    fn from(span: opentelemetry_sdk::trace::SpanData) -> Self {
        Self {
            context: span.span_context,
            parent_span_id: span.parent_span_id,
            parent_is_remote: span.parent_span_is_remote,
            name: span.name,
            kind: span.span_kind,
            start: span.start_time,
            end: span.end_time,
            attributes: span.attributes,
            dropped_attributes: span.dropped_attributes_count,
            dropped_events: span.events.dropped_count,
            events: span.events.events,
            dropped_links: span.links.dropped_count,
            links: span.links.links,
            status: span.status,
            scope: span.instrumentation_scope,
        }
    }
}

/// The record of a span that has just ended, whose moments are wall-clock times.
pub(in crate::engine) fn record(
    running: &RunningSpan,
    context: &SpanContext,
    end: Moment,
) -> Option<SpanRecord> {
    let mut chunk = Chunk::default();
    let _ = chunk.push(running, context, end);
    chunk.iter().next().map(|span| read(span, |start, end| (start.number(), end.number())))
}

/// The record of a span of a chunk. `times` converts its start and end to nanoseconds since 1970.
pub(crate) fn read(span: EndedSpan<'_>, times: impl FnOnce(Moment, Moment) -> (u64, u64)) -> SpanRecord {
    let (start, end) = times(span.start(), span.end());
    let (start, end) = (otlp::from_unix_nanos(start), otlp::from_unix_nanos(end));
    let callsite = span.callsite();
    let mut record = SpanRecord {
        context: SpanContext::new(span.trace_id(), span.span_id(), span.flags(), false, TraceState::NONE),
        parent_span_id: span.parent_span_id(),
        parent_is_remote: span.parent_is_remote(),
        name: Cow::Borrowed(callsite.map_or("", Callsite::name)),
        kind: span.kind().clone(),
        start,
        end: end.max(start),
        attributes: callsite.map(|callsite| callsite.attributes().collect()).unwrap_or_default(),
        dropped_attributes: 0,
        events: Vec::new(),
        dropped_events: 0,
        links: Vec::new(),
        dropped_links: 0,
        status: Status::Unset,
        scope: span.scope().map(|scope| scope.api.clone()).unwrap_or_default(),
    };
    for (number, field) in Fields(span.fields) {
        record.read_field(number, field);
    }
    record
}

/// The links in the encoded fields of a span.
pub(in crate::engine) fn read_links(fields: &[u8]) -> Vec<Link> {
    Fields(fields).map(|(_, field)| otlp::read_link(field.bytes())).collect()
}

impl SpanRecord {
    /// Decodes a field of an OTLP span.
    fn read_field(&mut self, number: u8, field: Field<'_>) {
        match number {
            fields::TRACE_STATE => {
                let state = TraceState::from_str(field.text()).unwrap_or_default();
                let known = &self.context;
                self.context =
                    SpanContext::new(known.trace_id(), known.span_id(), known.trace_flags(), false, state);
            }
            fields::NAME => self.name = field.text().to_owned().into(),
            fields::ATTRIBUTES => self.attributes.extend(otlp::read_key_value(field.bytes())),
            fields::DROPPED_ATTRIBUTES_COUNT => self.dropped_attributes = field.count(),
            fields::EVENTS => self.events.push(otlp::read_event(field.bytes())),
            fields::DROPPED_EVENTS_COUNT => self.dropped_events = field.count(),
            fields::LINKS => self.links.push(otlp::read_link(field.bytes())),
            fields::DROPPED_LINKS_COUNT => self.dropped_links = field.count(),
            fields::STATUS => self.status = otlp::read_status(field.bytes()),
            _ => {}
        }
    }
}
