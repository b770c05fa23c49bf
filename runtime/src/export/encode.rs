//! Spans as [OTLP](https://opentelemetry.io/docs/specs/otlp/) protobuf bytes.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use prost::Message as _;

use crate::engine::SpanRecord;

/// One request's bytes: the spans of a batch, by scope, under their resource.
pub(super) fn request(resource: &Resource, spans: Vec<SpanRecord>) -> Bytes {
    let request = ExportTraceServiceRequest {
        resource_spans: vec![otlp::ResourceSpans {
            resource: Some(resource.clone()),
            scope_spans: by_scope(spans),
            schema_url: crate::SCHEMA_URL.to_owned(),
        }],
    };
    request.encode_to_vec().into()
}

pub(super) fn resource(attributes: &[KeyValue]) -> Resource {
    Resource { attributes: encode_attributes(attributes.to_vec()), ..Resource::default() }
}

fn by_scope(spans: Vec<SpanRecord>) -> Vec<otlp::ScopeSpans> {
    // A batch has few scopes: a walk finds one faster than a hash.
    let mut scopes: Vec<(InstrumentationScope, Vec<otlp::Span>)> = Vec::new();
    for span in spans {
        let (scope, span) = encode_span(span);
        match scopes.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, spans)) => spans.push(span),
            None => scopes.push((scope, vec![span])),
        }
    }
    scopes
        .into_iter()
        .map(|(scope, spans)| otlp::ScopeSpans {
            scope: Some(common::InstrumentationScope {
                name: scope.name().to_owned(),
                version: scope.version().unwrap_or_default().to_owned(),
                attributes: encode_attributes(scope.attributes().cloned().collect()),
                dropped_attributes_count: 0,
            }),
            schema_url: scope.schema_url().unwrap_or_default().to_owned(),
            spans,
        })
        .collect()
}

fn encode_span(span: SpanRecord) -> (InstrumentationScope, otlp::Span) {
    let (code, message) = match span.status {
        Status::Unset => (otlp::status::StatusCode::Unset, String::new()),
        Status::Ok => (otlp::status::StatusCode::Ok, String::new()),
        Status::Error { description } => (otlp::status::StatusCode::Error, description.into_owned()),
    };
    let encoded = otlp::Span {
        trace_id: span.context.trace_id().to_bytes().to_vec(),
        span_id: span.context.span_id().to_bytes().to_vec(),
        trace_state: span.context.trace_state().header(),
        parent_span_id: match span.parent_span_id {
            SpanId::INVALID => Vec::new(),
            parent => parent.to_bytes().to_vec(),
        },
        flags: flags(&span.context, span.parent_is_remote),
        name: span.name.into_owned(),
        kind: match span.kind {
            SpanKind::Internal => otlp::span::SpanKind::Internal,
            SpanKind::Server => otlp::span::SpanKind::Server,
            SpanKind::Client => otlp::span::SpanKind::Client,
            SpanKind::Producer => otlp::span::SpanKind::Producer,
            SpanKind::Consumer => otlp::span::SpanKind::Consumer,
        }
        .into(),
        start_time_unix_nano: nanoseconds(span.start),
        end_time_unix_nano: nanoseconds(span.end),
        attributes: encode_attributes(span.attributes),
        dropped_attributes_count: span.dropped_attributes,
        events: span.events.into_iter().map(encode_event).collect(),
        dropped_events_count: span.dropped_events,
        links: span.links.into_iter().map(encode_link).collect(),
        dropped_links_count: span.dropped_links,
        status: Some(otlp::Status { code: code.into(), message }),
    };
    (span.scope, encoded)
}

/// The trace flags, and whether the parent (of a link: the linked span) is another process's.
fn flags(context: &SpanContext, remote: bool) -> u32 {
    let mut flags = u32::from(context.trace_flags().to_u8()) | otlp::SpanFlags::ContextHasIsRemoteMask as u32;
    if remote {
        flags |= otlp::SpanFlags::ContextIsRemoteMask as u32;
    }
    flags
}

fn encode_event(event: Event) -> otlp::span::Event {
    otlp::span::Event {
        time_unix_nano: nanoseconds(event.timestamp),
        name: event.name.into_owned(),
        attributes: encode_attributes(event.attributes),
        dropped_attributes_count: event.dropped_attributes_count,
    }
}

fn encode_link(link: Link) -> otlp::span::Link {
    otlp::span::Link {
        trace_id: link.span_context.trace_id().to_bytes().to_vec(),
        span_id: link.span_context.span_id().to_bytes().to_vec(),
        trace_state: link.span_context.trace_state().header(),
        flags: flags(&link.span_context, link.span_context.is_remote()),
        attributes: encode_attributes(link.attributes),
        dropped_attributes_count: link.dropped_attributes_count,
    }
}

fn encode_attributes(attributes: Vec<KeyValue>) -> Vec<common::KeyValue> {
    attributes
        .into_iter()
        .map(|attribute| common::KeyValue {
            key: attribute.key.to_string(),
            value: Some(attribute.value.into()),
            ..common::KeyValue::default()
        })
        .collect()
}

/// Nanoseconds since the epoch; 0 for a time that does not fit.
fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or_default()
}
