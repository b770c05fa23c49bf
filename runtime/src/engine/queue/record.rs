//! A span that has ended.

use std::borrow::Cow;
use std::str::FromStr as _;
use std::time::SystemTime;

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, Key, KeyValue};

use crate::engine::clock;
use crate::engine::clock::Moment;
use crate::engine::queue::chunk::{Chunk, EndedSpan};
use crate::engine::span::callsite::Callsite;
use crate::engine::span::running_span::RunningSpan;
use crate::otlp;
use crate::otlp::{Field, Fields};
use crate::value;

/// A span that has ended, as the exporters and the test tools see it.
///
/// [Span](https://opentelemetry.io/docs/specs/otel/trace/api/#span) in the specification.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SpanRecord {
    /// Trace id, span id, flags and state.
    pub context: SpanContext,
    /// The parent's id; `SpanId::INVALID` for a root.
    pub parent_span_id: SpanId,
    /// Whether the parent is a span of another process.
    pub parent_is_remote: bool,
    /// The span's name.
    pub name: Cow<'static, str>,
    /// The span's kind.
    pub kind: SpanKind,
    /// When it started, by the wall clock.
    pub start: SystemTime,
    /// When it ended; never before `start`.
    pub end: SystemTime,
    /// The attributes, each key once.
    pub attributes: Vec<KeyValue>,
    /// How many attributes went beyond the limit.
    pub dropped_attributes: u32,
    /// The events, in the order they were added.
    pub events: Vec<Event>,
    /// How many events went beyond the limit.
    pub dropped_events: u32,
    /// The links, in the order they were added.
    pub links: Vec<Link>,
    /// How many links went beyond the limit.
    pub dropped_links: u32,
    /// The status.
    pub status: Status,
    /// What made the span: the user's crate and its version, or the tracer's scope.
    pub scope: InstrumentationScope,
}

impl SpanRecord {
    /// The attribute of this key, if there is one.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&opentelemetry::Value> {
        value::find(&self.attributes, key)
    }

    /// Whether the span began here: it has no parent, or its parent is another process's.
    #[must_use]
    pub fn is_local_root(&self) -> bool {
        self.parent_span_id == SpanId::INVALID || self.parent_is_remote
    }

    /// Whether the status is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }
}

/// A span of the SDK's, so that what an application's own provider exported can be shown and compared
/// with the same tools.
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

/// A span that has just ended, by the time of day.
pub(in crate::engine) fn of(running: &RunningSpan, context: &SpanContext, end: Moment) -> Option<SpanRecord> {
    let mut chunk = Chunk::default();
    let _ = chunk.push(running, context, end);
    // Where there is no calendar, moments are taken by the time of day.
    chunk.iter().next().map(|span| read(span, Moment::number))
}

/// The record of an ended span.
pub(crate) fn read(span: EndedSpan<'_>, time_of: impl Fn(Moment) -> u64) -> SpanRecord {
    let start = clock::time(time_of(span.start()));
    let callsite = span.callsite();
    let mut record = SpanRecord {
        context: SpanContext::new(span.trace_id(), span.span_id(), span.flags(), false, TraceState::NONE),
        parent_span_id: span.parent_span_id(),
        parent_is_remote: span.parent_is_remote(),
        name: Cow::Borrowed(callsite.map_or("", Callsite::name)),
        kind: span.kind().clone(),
        start,
        end: clock::time(time_of(span.end())).max(start),
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
        record.put(number, field);
    }
    record
}

fn number(field: Field<'_>) -> u32 {
    u32::try_from(field.number()).unwrap_or(u32::MAX)
}

fn attribute(field: Field<'_>) -> Option<KeyValue> {
    let (key, value) = otlp::attribute(field.bytes())?;
    Some(KeyValue::new(Key::new(key.to_owned()), value))
}

impl SpanRecord {
    /// A field of an OTLP span.
    fn put(&mut self, number_of: u8, field: Field<'_>) {
        match number_of {
            3 => {
                let state = TraceState::from_str(field.text()).unwrap_or_default();
                let known = &self.context;
                self.context =
                    SpanContext::new(known.trace_id(), known.span_id(), known.trace_flags(), false, state);
            }
            5 => self.name = field.text().to_owned().into(),
            9 => self.attributes.extend(attribute(field)),
            10 => self.dropped_attributes = number(field),
            11 => self.events.push(event(field.bytes())),
            12 => self.dropped_events = number(field),
            13 => self.links.push(link(field.bytes())),
            14 => self.dropped_links = number(field),
            15 => self.status = status(field.bytes()),
            _ => {}
        }
    }
}

fn event(encoded: &[u8]) -> Event {
    let mut event = Event::new("", clock::time(0), Vec::new(), 0);
    for (number_of, field) in Fields(encoded) {
        match number_of {
            1 => event.timestamp = clock::time(field.number()),
            2 => event.name = field.text().to_owned().into(),
            3 => event.attributes.extend(attribute(field)),
            4 => event.dropped_attributes_count = number(field),
            _ => {}
        }
    }
    event
}

/// The links among the fields of a span.
pub(in crate::engine) fn links(fields: &[u8]) -> Vec<Link> {
    Fields(fields).map(|(_, field)| link(field.bytes())).collect()
}

fn link(encoded: &[u8]) -> Link {
    let (mut trace_id, mut span_id) = (TraceId::INVALID, SpanId::INVALID);
    let (mut flags, mut state) = (0, TraceState::NONE);
    let mut link = Link::with_context(SpanContext::NONE);
    for (number_of, field) in Fields(encoded) {
        match number_of {
            1 => trace_id = field.bytes().try_into().map_or(trace_id, TraceId::from_bytes),
            2 => span_id = field.bytes().try_into().map_or(span_id, SpanId::from_bytes),
            3 => state = TraceState::from_str(field.text()).unwrap_or_default(),
            4 => link.attributes.extend(attribute(field)),
            5 => link.dropped_attributes_count = number(field),
            6 => flags = number(field),
            _ => {}
        }
    }
    let [trace_flags, about_parent, ..] = flags.to_le_bytes();
    link.span_context =
        SpanContext::new(trace_id, span_id, TraceFlags::new(trace_flags), about_parent & 2 != 0, state);
    link
}

fn status(encoded: &[u8]) -> Status {
    let (mut message, mut code) = ("", 0);
    for (number_of, field) in Fields(encoded) {
        match number_of {
            2 => message = field.text(),
            3 => code = field.number(),
            _ => {}
        }
    }
    match code {
        1 => Status::Ok,
        2 => Status::error(message.to_owned()),
        _ => Status::Unset,
    }
}
