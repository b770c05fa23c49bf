//! A span that has ended.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{InstrumentationScope, KeyValue};

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
