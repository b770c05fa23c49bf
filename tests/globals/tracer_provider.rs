//! The `TracerProvider` of `init()` beside the SDK's: one program, written against the API alone, records the same
//! spans through both.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, SpanData, SpanExporter,
};
use spanwise::testing::SpanRecord;

use crate::in_own_process;

/// Samples by name, and adds an attribute and a trace state to what it samples.
#[derive(Clone, Debug)]
struct ByName;

impl ShouldSample for ByName {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace_id: TraceId,
        name: &str,
        _kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let decision = match name {
            "left out" => SamplingDecision::Drop,
            "only recorded" => SamplingDecision::RecordOnly,
            _ => SamplingDecision::RecordAndSample,
        };
        SamplingResult {
            decision,
            attributes: vec![KeyValue::new(
                "seen",
                i64::try_from(attributes.len() + links.len()).unwrap_or(-1),
            )],
            trace_state: TraceState::from_key_value([("sampler", "by-name")]).expect("well-formed"),
        }
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// A library that uses the API alone.
fn program<P: TracerProvider>(provider: &P)
where
    <P::Tracer as Tracer>::Span: Send + Sync + 'static,
{
    let one = provider.tracer("one");
    let scope = InstrumentationScope::builder("two")
        .with_version("2.0")
        .with_schema_url("https://example.com/schema")
        .with_attributes([KeyValue::new("scope", "attribute")])
        .build();
    let two = provider.tracer_with_scope(scope);

    let elsewhere = SpanContext::new(
        TraceId::from(7),
        SpanId::from(8),
        TraceFlags::SAMPLED,
        true,
        TraceState::from_key_value([("vendor", "x")]).expect("well-formed"),
    );
    let remote = Context::new().with_remote_span_context(elsewhere.clone());

    let mut builder = one.span_builder("built").with_kind(SpanKind::Server).with_start_time(at(100));
    builder = builder.with_attributes([KeyValue::new("a", 1), KeyValue::new("b", "two")]);
    builder =
        builder.with_links(vec![Link::new(elsewhere.clone(), vec![KeyValue::new("why", "because")], 0)]);
    let mut built = one.build_with_context(builder, &remote);
    built.add_event_with_timestamp("happened", at(101), vec![KeyValue::new("n", 1.5)]);
    built.update_name("renamed");
    built.set_status(Status::error("first"));
    built.set_status(Status::Unset);
    built.set_status(Status::error("second"));
    built.add_link(elsewhere, vec![]);
    assert!(built.is_recording());
    built.end_with_timestamp(at(102));
    // Once ended it stays ended, and keeps its identity.
    assert!(!built.is_recording());
    assert!(built.span_context().is_valid());
    built.set_attribute(KeyValue::new("late", true));
    built.end();

    let context = Context::new().with_span(two.start("parent")).with_baggage([KeyValue::new("k", "v")]);
    context.span().set_attribute(KeyValue::new("by", "the context"));
    context.span().set_status(Status::Ok);
    context.span().set_status(Status::error("not any more"));
    let _attached = context.attach();
    one.in_span("child", |context| {
        assert_eq!(context.baggage().get("k").map(ToString::to_string).as_deref(), Some("v"));
        drop(two.start("dropped, not ended"));
    });
    let mut unseen = one.start("left out");
    assert!(!unseen.is_recording() && !unseen.span_context().is_sampled());
    unseen.end();
    one.start("only recorded").end();
    let error = std::io::Error::other("broken");
    let mut failed = one.start("failed");
    failed.record_error(&error);
    failed.end();
    Context::current().span().end();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    one.start("suppressed").end();
}

static EXPORTED: [Mutex<Vec<SpanRecord>>; 2] = [const { Mutex::new(Vec::new()) }; 2];

/// Keeps the spans that it exports in one of the lists.
#[derive(Debug)]
struct Keep(usize);

impl SpanExporter for Keep {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        EXPORTED[self.0].lock().expect("not poisoned").extend(batch.into_iter().map(SpanRecord::from));
        Ok(())
    }
}

/// The spans as text, without what differs from run to run: ids become names, and the present time is left out.
fn shown(spans: &[SpanRecord]) -> Vec<String> {
    let name_of = |id: SpanId| {
        let span = spans.iter().find(|span| span.context.span_id() == id);
        span.map_or_else(|| format!("{id:?}"), |span| span.name.to_string())
    };
    let time = |time: SystemTime| (time < at(1_000_000)).then_some(time);
    let mut shown: Vec<_> = spans
        .iter()
        .map(|span| {
            let texts = |attributes: &[KeyValue]| -> Vec<String> {
                attributes.iter().map(|one| format!("{}={:?}", one.key, one.value.as_str())).collect()
            };
            let mut attributes = texts(&span.attributes);
            attributes.sort();
            let events: Vec<_> = span
                .events
                .iter()
                .map(|event| format!("{} {:?} {:?}", event.name, time(event.timestamp), texts(&event.attributes)))
                .collect();
            let traces: Vec<_> = spans.iter().filter(|other| other.context.trace_id() == span.context.trace_id()).collect();
            format!(
                "{} {:?} under {} remote={} in a trace of {} state={:?} sampled={} {:?}..{:?} {attributes:?} {events:?} {:?} \
                 {:?} {:?} dropped {} {} {}",
                span.name,
                span.kind,
                name_of(span.parent_span_id),
                span.parent_is_remote,
                traces.len(),
                span.context.trace_state().header(),
                span.context.is_sampled(),
                time(span.start),
                time(span.end),
                span.links.iter().map(|link| (&link.span_context, texts(&link.attributes))).collect::<Vec<_>>(),
                span.status,
                span.scope,
                span.dropped_attributes,
                span.dropped_events,
                span.dropped_links,
            )
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn our_provider_gives_the_same_spans_as_the_sdk_s() {
    in_own_process("tracer_provider::our_provider_gives_the_same_spans_as_the_sdk_s", || {
        let sdk = SdkTracerProvider::builder().with_sampler(ByName).with_simple_exporter(Keep(0)).build();
        program(&sdk);
        sdk.shutdown().expect("the first shutdown");

        let ours = spanwise::builder()
            .sampler(ByName)
            .exporter(Keep(1))
            .environment(|_| None)
            .init()
            .expect("the only init of this process");
        program(&opentelemetry::global::tracer_provider());
        ours.force_flush_blocking().expect("the exporter accepts all spans");

        let [by_sdk, by_us] = &EXPORTED;
        let (by_sdk, by_us) = (by_sdk.lock().expect("not poisoned"), by_us.lock().expect("not poisoned"));
        assert_eq!(shown(&by_us), shown(&by_sdk));
        assert_eq!(by_us.len(), 5);
        let is_in_order = |span: &SpanRecord| span.start <= span.end;
        assert!(by_us.iter().all(is_in_order));
    });
}
