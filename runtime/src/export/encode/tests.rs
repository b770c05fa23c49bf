//! Compares the encoding with that of `opentelemetry-proto`, which is independent of it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks, SpanProcessor as _};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message as _;

use crate::engine::clock::Calendar;
use crate::engine::provider::sdk_forwarder::SdkForwarder;
use crate::engine::queue::record::{SpanRecord, read};
use crate::engine::queue::span_queue::{QueueLimits, SpanQueue};
use crate::export::encode::encoder::{BatchLimits, Encoder, MAX_REQUEST_BYTES};
use crate::otlp::json::put_request;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,4}", ".{0,20}", Just("x".repeat(300))]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::I64),
        (-200..200_i64).prop_map(Value::I64),
        // What is no number is not equal to itself.
        any::<f64>().prop_filter("a number", |number| !number.is_nan()).prop_map(Value::F64),
        text().prop_map(Value::from),
        vec(any::<bool>(), 1..4).prop_map(|values| Value::Array(Array::Bool(values))),
        vec(any::<i64>(), 1..4).prop_map(|values| Value::Array(Array::I64(values))),
        vec(-1e9..1e9, 1..4).prop_map(|values| Value::Array(Array::F64(values))),
        vec(text(), 0..4).prop_map(|values| {
            Value::Array(Array::String(values.into_iter().map(StringValue::from).collect()))
        }),
    ]
}

/// Each key once: the SDK keeps them all, and we the last.
fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    proptest::collection::btree_map(text(), value(), 0..6)
        .prop_map(|map| map.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect())
}

fn state() -> impl Strategy<Value = TraceState> {
    proptest::collection::btree_map("[a-z]{1,5}", "[a-z0-9]{1,5}", 0..3)
        .prop_map(|members| TraceState::from_key_value(members).unwrap_or_default())
}

prop_compose! {
    fn identity()(
        trace in 1..u128::MAX,
        span in 1..u64::MAX,
        flags in any::<u8>(),
        remote in any::<bool>(),
        state in state(),
    ) -> SpanContext {
        // The uppermost bit means something within a process alone, and goes nowhere.
        let flags = TraceFlags::new(flags & 0x7f | 1);
        SpanContext::new(TraceId::from(trace), SpanId::from(span), flags, remote, state)
    }
}

prop_compose! {
    fn event()(name in text(), at in any::<u32>(), attributes in attributes(), dropped in 0..3_u32) -> Event {
        Event::new(name, UNIX_EPOCH + Duration::from_micros(at.into()), attributes, dropped)
    }
}

prop_compose! {
    fn link()(to in identity(), attributes in attributes(), dropped in 0..3_u32) -> Link {
        Link::new(to, attributes, dropped)
    }
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error)]
}

fn kind() -> impl Strategy<Value = SpanKind> {
    prop_oneof![
        Just(SpanKind::Internal),
        Just(SpanKind::Server),
        Just(SpanKind::Client),
        Just(SpanKind::Producer),
        Just(SpanKind::Consumer),
    ]
}

prop_compose! {
    fn scope()(name in "[a-c]", version in proptest::option::of("[0-9]"), attributes in attributes()) -> InstrumentationScope {
        let scope = InstrumentationScope::builder(name).with_attributes(attributes);
        match version {
            Some(version) => scope.with_version(version).build(),
            None => scope.build(),
        }
    }
}

prop_compose! {
    fn span()(
        context in identity(),
        parent in prop_oneof![Just(0), any::<u64>()],
        parent_is_remote in any::<bool>(),
        name in text(),
        kind in kind(),
        (start, lasts) in (any::<u32>(), any::<u32>()),
        (attributes, dropped) in (attributes(), 0..3_u32),
        (events, dropped_events) in (vec(event(), 0..3), 0..3_u32),
        (links, dropped_links) in (vec(link(), 0..3), 0..3_u32),
        status in status(),
        scope in scope(),
    ) -> SpanData {
        let start = UNIX_EPOCH + Duration::from_nanos(u64::from(start) << 20);
        SpanData {
            span_context: context,
            parent_span_id: SpanId::from(parent),
            parent_span_is_remote: parent_is_remote && parent != 0,
            span_kind: kind,
            name: Cow::Owned(name),
            start_time: start,
            end_time: start + Duration::from_nanos(lasts.into()),
            attributes,
            dropped_attributes_count: dropped,
            events: several(events, dropped_events),
            links: several_links(links, dropped_links),
            status,
            instrumentation_scope: scope,
        }
    }
}

fn several(list: Vec<Event>, dropped: u32) -> SpanEvents {
    let mut events = SpanEvents::default();
    events.events = list;
    events.dropped_count = dropped;
    events
}

fn several_links(list: Vec<Link>, dropped: u32) -> SpanLinks {
    let mut links = SpanLinks::default();
    links.links = list;
    links.dropped_count = dropped;
    links
}

/// The spans through our pipeline: as a collector reads them, and as records.
fn ours(spans: &[SpanData], most: usize) -> (Vec<ExportTraceServiceRequest>, Vec<SpanRecord>) {
    let queue = SpanQueue::new(QueueLimits { waiting: 1 << 20, chunk: 3, wake: 1 });
    let processor = SdkForwarder::new(Arc::clone(&queue), usize::MAX);
    spans.iter().for_each(|span| processor.on_end(span.clone()));
    let calendar = Calendar::start();
    let resource = [KeyValue::new("service.name", "tested"), KeyValue::new("n", 1)];
    let mut encoder = Encoder::new(&resource, BatchLimits { spans: most, bytes: MAX_REQUEST_BYTES });
    let (mut batches, mut records) = (Vec::new(), Vec::new());
    // Full chunks first, then what is left in the threads' buffers: in the order the spans ended.
    for chunk in queue.drain_all() {
        for span in chunk.iter() {
            records.push(read(span, |start, end| calendar.times(start, end)));
            encoder.add(span, &calendar, |batch| batches.push(batch)).expect("not too large");
        }
    }
    batches.extend(encoder.finish());
    let count: u64 = batches.iter().map(|batch| batch.spans).sum();
    assert_eq!(count, spans.len() as u64);
    let requests = batches.into_iter().map(|batch| {
        let mut line = String::new();
        put_request(&mut line, &batch.bytes);
        let request = ExportTraceServiceRequest::decode(batch.bytes).expect("a message");
        assert_eq!(line.lines().count(), 1, "{line}");
        let of_json: ExportTraceServiceRequest =
            serde_json::from_str(&line).expect("JSON as OpenTelemetry reads it");
        assert_eq!(of_json, request, "{line}");
        let has_errors =
            each(&request).any(|(_, span)| span.status.as_ref().is_some_and(|status| status.code == 2));
        assert_eq!(batch.has_errors, has_errors);
        request
    });
    (requests.collect(), records)
}

fn each(
    request: &ExportTraceServiceRequest,
) -> impl Iterator<Item = (&common::InstrumentationScope, &otlp::Span)> {
    request
        .resource_spans
        .iter()
        .flat_map(|resource| &resource.scope_spans)
        .flat_map(|of_scope| of_scope.spans.iter().filter_map(|span| Some((of_scope.scope.as_ref()?, span))))
}

/// The expected encoding of a span: that of OpenTelemetry, except for the bits that say whether the parent is
/// remote, which are given here by the specification.
fn theirs(span: &SpanData) -> (common::InstrumentationScope, otlp::Span) {
    let resource = ResourceAttributesWithSchema::default();
    let mut grouped = group_spans_by_resource_and_scope(vec![span.clone()], &resource);
    let mut of_scope = grouped.remove(0).scope_spans.remove(0);
    let mut message = of_scope.spans.remove(0);
    let flags =
        |flags: TraceFlags, remote: bool| u32::from(flags.to_u8()) | 0x100 | if remote { 0x200 } else { 0 };
    message.flags = flags(span.span_context.trace_flags(), span.parent_span_is_remote);
    for (message, link) in message.links.iter_mut().zip(&span.links.links) {
        message.flags = flags(link.span_context.trace_flags(), link.span_context.is_remote());
    }
    // It is written where it is unset, too; a reader cannot tell.
    if message.status == Some(otlp::Status::default()) {
        message.status = None;
    }
    (of_scope.scope.unwrap_or_default(), message)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Every field of every span, in batches of any size.
    #[test]
    fn what_a_collector_reads_is_what_opentelemetry_would_have_written(
        spans in vec(span(), 0..12),
        most in 1..6_usize,
    ) {
        let (requests, records) = ours(&spans, most);
        prop_assert!(requests.iter().all(|request| each(request).count() <= most));
        let mut read: Vec<_> = requests.iter().flat_map(each).collect();
        let expected: Vec<_> = spans.iter().map(theirs).collect();
        for (scope, span) in &expected {
            let same = read.iter().position(|(its_scope, its_span)| (*its_scope, *its_span) == (scope, span));
            prop_assert!(same.is_some(), "{span:#?}\nis not in\n{read:#?}");
            read.remove(same.unwrap_or_default());
        }
        for request in &requests {
            let [resource] = request.resource_spans.as_slice() else { panic!("one resource: {request:#?}") };
            prop_assert_eq!(&resource.schema_url, crate::SCHEMA_URL);
            let attributes = &resource.resource.as_ref().expect("a resource").attributes;
            prop_assert_eq!(attributes.len(), 2);
        }
        // And back again, for those who get records.
        let back: Vec<SpanData> = records.into_iter().map(SpanData::from).collect();
        prop_assert_eq!(back, spans.into_iter().map(as_one_would_see_it).collect::<Vec<_>>());
    }
}

/// A span context that was not sent along does not know whether it is remote; an empty array has lost its type.
fn as_one_would_see_it(mut span: SpanData) -> SpanData {
    let context = &span.span_context;
    span.span_context = SpanContext::new(
        context.trace_id(),
        context.span_id(),
        context.trace_flags(),
        false,
        context.trace_state().clone(),
    );
    span
}

/// However many spans a batch may have: some proxies take no more than a million bytes.
#[test]
fn a_batch_is_complete_before_the_span_that_would_make_it_too_large() {
    let large = || SpanData {
        span_context: SpanContext::new(
            TraceId::from(1),
            SpanId::from(2),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: Cow::Borrowed("large"),
        start_time: UNIX_EPOCH,
        end_time: UNIX_EPOCH,
        attributes: vec![KeyValue::new("text", "x".repeat(300 << 10))],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("large").build(),
    };
    let spans: Vec<_> = (0..10).map(|_| large()).collect();
    let (requests, _) = ours(&spans, 1_000);
    let sizes: Vec<_> = requests.iter().map(|request| each(request).count()).collect();
    assert_eq!(sizes, [3, 3, 3, 1]);
    assert!(requests.iter().all(|request| request.encoded_len() <= MAX_REQUEST_BYTES));
}
