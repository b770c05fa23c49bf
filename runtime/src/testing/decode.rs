//! Decodes OTLP protobuf messages to spans.

use std::str::FromStr as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::trace::v1 as otlp;

use super::received_span::ReceivedSpan;
use crate::engine::queue::record::SpanRecord;
use crate::value::find;

/// Why a request cannot be decoded.
#[derive(Debug)]
pub(super) struct MalformedRequest(pub(super) &'static str);

pub(super) fn request(request: ExportTraceServiceRequest) -> Result<Vec<ReceivedSpan>, MalformedRequest> {
    let mut received = Vec::new();
    for resource_spans in request.resource_spans {
        let resource = attributes(resource_spans.resource.unwrap_or_default().attributes);
        let service = find(&resource, "service.name").map(ToString::to_string).unwrap_or_default();
        for scope_spans in resource_spans.scope_spans {
            let scope = scope(scope_spans.scope.unwrap_or_default());
            for span in scope_spans.spans {
                received.push(ReceivedSpan {
                    service: service.clone(),
                    resource: resource.clone(),
                    span: decode(span, scope.clone())?,
                });
            }
        }
    }
    Ok(received)
}

fn scope(scope: common::InstrumentationScope) -> InstrumentationScope {
    InstrumentationScope::builder(scope.name)
        .with_version(scope.version)
        .with_attributes(attributes(scope.attributes))
        .build()
}

fn decode(span: otlp::Span, scope: InstrumentationScope) -> Result<SpanRecord, MalformedRequest> {
    let parent_span_id =
        if span.parent_span_id.is_empty() { SpanId::INVALID } else { span_id(&span.parent_span_id)? };
    Ok(SpanRecord {
        context: context(&span.trace_id, &span.span_id, span.flags, &span.trace_state, false)?,
        parent_span_id,
        parent_is_remote: is_remote(span.flags),
        kind: match span.kind() {
            otlp::span::SpanKind::Server => SpanKind::Server,
            otlp::span::SpanKind::Client => SpanKind::Client,
            otlp::span::SpanKind::Producer => SpanKind::Producer,
            otlp::span::SpanKind::Consumer => SpanKind::Consumer,
            otlp::span::SpanKind::Internal | otlp::span::SpanKind::Unspecified => SpanKind::Internal,
        },
        name: span.name.into(),
        start: time(span.start_time_unix_nano),
        end: time(span.end_time_unix_nano),
        attributes: attributes(span.attributes),
        dropped_attributes: span.dropped_attributes_count,
        events: span
            .events
            .into_iter()
            .map(|event| {
                Event::new(
                    event.name,
                    time(event.time_unix_nano),
                    attributes(event.attributes),
                    event.dropped_attributes_count,
                )
            })
            .collect(),
        dropped_events: span.dropped_events_count,
        links: span
            .links
            .into_iter()
            .map(|link| {
                let context = context(
                    &link.trace_id,
                    &link.span_id,
                    link.flags,
                    &link.trace_state,
                    is_remote(link.flags),
                )?;
                Ok(Link::new(context, attributes(link.attributes), link.dropped_attributes_count))
            })
            .collect::<Result<_, _>>()?,
        dropped_links: span.dropped_links_count,
        status: match span.status {
            Some(status) if status.code() == otlp::status::StatusCode::Error => Status::error(status.message),
            Some(status) if status.code() == otlp::status::StatusCode::Ok => Status::Ok,
            _ => Status::Unset,
        },
        scope,
    })
}

fn context(
    trace_id: &[u8],
    span: &[u8],
    flags: u32,
    state: &str,
    remote: bool,
) -> Result<SpanContext, MalformedRequest> {
    let trace_id = trace_id.try_into().map_err(|_| MalformedRequest("a trace id is not 16 bytes long"))?;
    // The lowest eight bits are the W3C flags; the others say whether the parent is remote.
    let flags = TraceFlags::new(flags.to_le_bytes()[0]);
    let state = TraceState::from_str(state).unwrap_or_default();
    Ok(SpanContext::new(TraceId::from_bytes(trace_id), span_id(span)?, flags, remote, state))
}

fn span_id(bytes: &[u8]) -> Result<SpanId, MalformedRequest> {
    bytes.try_into().map(SpanId::from_bytes).map_err(|_| MalformedRequest("a span id is not 8 bytes long"))
}

fn is_remote(flags: u32) -> bool {
    flags & otlp::SpanFlags::ContextIsRemoteMask as u32 != 0
}

fn time(nanoseconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}

fn attributes(attributes: Vec<common::KeyValue>) -> Vec<KeyValue> {
    attributes
        .into_iter()
        .filter_map(|attribute| Some(KeyValue::new(attribute.key, value(attribute.value?.value?)?)))
        .collect()
}

/// Returns `None` for values that the API cannot hold: maps, bytes, and arrays of several types.
fn value(value: common::any_value::Value) -> Option<Value> {
    use common::any_value::Value as Any;
    Some(match value {
        Any::StringValue(text) => Value::from(text),
        Any::BoolValue(value) => Value::Bool(value),
        Any::IntValue(value) => Value::I64(value),
        Any::DoubleValue(value) => Value::F64(value),
        Any::ArrayValue(array) => {
            let values: Vec<Value> =
                array.values.into_iter().filter_map(|one| self::value(one.value?)).collect();
            Value::Array(array_of(&values)?)
        }
        _ => return None,
    })
}

fn array_of(values: &[Value]) -> Option<Array> {
    macro_rules! all {
        ($variant:ident, $ty:ty) => {
            values
                .iter()
                .map(|value| match value {
                    Value::$variant(value) => Some(value.clone()),
                    _ => None,
                })
                .collect::<Option<Vec<$ty>>>()
                .map(Array::$variant)
        };
    }
    all!(String, StringValue)
        .or_else(|| all!(I64, i64))
        .or_else(|| all!(F64, f64))
        .or_else(|| all!(Bool, bool))
}
