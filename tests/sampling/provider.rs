//! Samplers under OpenTelemetry's own SDK, with the ids that it generates.

use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use spanwise::sampling::{ConsistentProbability, ParentBased, RateLimiting, Rules, ShouldSample, Spans};

fn provider(sampler: impl ShouldSample + 'static) -> (SdkTracerProvider, InMemorySpanExporter) {
    let exporter = InMemorySpanExporter::default();
    let builder = SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(exporter.clone());
    (builder.build(), exporter)
}

/// 2000 traces. Confidence: 1 - 10⁻⁹, by Hoeffding's inequality.
#[test]
fn a_tenth_of_the_traces_is_sampled_with_their_children() {
    let (provider, exporter) = provider(ParentBased::new(ConsistentProbability::new(0.1)));
    let tracer = provider.tracer("tests");
    for _ in 0..2_000 {
        let root = Context::new().with_span(tracer.start_with_context("root", &Context::new()));
        tracer.start_with_context("child", &root).end();
        root.span().end();
    }
    let spans = exporter.get_finished_spans().expect("not poisoned");
    let roots = spans.iter().filter(|span| span.name == "root").count();
    let off = (2_000.0 * (2.0 / 1e-9_f64).ln() / 2.0).sqrt();
    assert!((roots as f64 - 200.0).abs() <= off, "{roots}");
    assert_eq!(spans.len(), 2 * roots);
    assert!(spans.iter().all(|span| span.span_context.trace_state().header() == "ot=th:e666"));
}

#[test]
fn rules_see_the_attributes_of_the_sdk_and_a_rate_is_kept() {
    let rules = Rules::new()
        .drop(Spans::with("url.path", "/health"))
        .otherwise(RateLimiting::per_second(3.0).clock(|| std::time::Duration::ZERO));
    let (provider, exporter) = provider(rules);
    let tracer = provider.tracer("tests");
    for number in 0..20 {
        let path = if number % 2 == 0 { "/health" } else { "/orders" };
        tracer.span_builder("GET").with_attributes([KeyValue::new("url.path", path)]).start(&tracer).end();
    }
    let spans = exporter.get_finished_spans().expect("not poisoned");
    assert_eq!(spans.len(), 3);
    assert!(spans.iter().all(|span| span.attributes == [KeyValue::new("url.path", "/orders")]));
}
