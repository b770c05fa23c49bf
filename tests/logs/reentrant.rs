//! Processors and exporters of the application that log and trace while a span ends.

use std::sync::mpsc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor,
};
use spanwise::logs::{Bridge, SpanEvents};
use spanwise::{Provider, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

#[instrument]
fn work() {
    tracing::info_span!("theirs").in_scope(|| tracing::info!("inside"));
}

/// Works under the provider, on a thread of its own, so that a deadlock is noticed.
fn works_under(provider: SdkTracerProvider) {
    let (done, is_done) = mpsc::channel();
    std::thread::spawn(move || {
        let subscriber = tracing_subscriber::registry().with(Bridge::new()).with(SpanEvents::new());
        tracing::subscriber::with_default(subscriber, || {
            let _attached = Provider::new(provider).in_context(&Context::new()).attach();
            work();
        });
        done.send(()).expect("it is awaited");
    });
    is_done.recv_timeout(Duration::from_secs(30)).expect("it comes to an end");
}

#[derive(Debug)]
struct LoggingProcessor;

impl SpanProcessor for LoggingProcessor {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        tracing::warn!(name = %span.name, "ended");
        tracing::info_span!("of the processor").in_scope(|| tracing::warn!("within"));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_processor_may_log() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(LoggingProcessor)
        .with_simple_exporter(exporter.clone())
        .build();
    // A clone keeps the provider: its exporter is cleared when it is dropped.
    works_under(provider.clone());
    let spans = exporter.get_finished_spans().expect("spans");
    let recorded: Vec<_> = spans.iter().map(|span| (&*span.name, span.events.len())).collect();
    assert_eq!(recorded, [("theirs", 1), ("work", 0)]);
}

#[derive(Debug)]
struct TracingExporter(InMemorySpanExporter);

impl SpanExporter for TracingExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        tracing::info_span!("of the exporter").in_scope(|| tracing::warn!("exporting"));
        self.0.export(batch).await
    }
}

#[test]
fn an_exporter_may_trace() {
    let exporter = InMemorySpanExporter::default();
    let tracing = TracingExporter(exporter.clone());
    works_under(SdkTracerProvider::builder().with_simple_exporter(tracing).build());
    let spans = exporter.get_finished_spans().expect("spans");
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["theirs", "work"]);
}
