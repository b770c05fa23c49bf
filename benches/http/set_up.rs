//! Sets up each contender so that it records everything and exports nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The spans that have ended in the SDK.
static ENDED: AtomicU64 = AtomicU64::new(0);

/// Checks that each request had a span.
pub(crate) fn assert_recorded(requests: u64) {
    assert!(ENDED.load(Ordering::Relaxed) >= requests, "a request was not recorded");
}

/// Counts the spans that end, and discards them.
#[derive(Debug)]
struct CountingProcessor;

impl SpanProcessor for CountingProcessor {
    fn on_start(&self, _span: &mut Span, _context: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        ENDED.fetch_add(1, Ordering::Relaxed);
        drop(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Makes the SDK the global tracer provider.
pub(crate) fn sdk() -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder().with_span_processor(CountingProcessor).build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    opentelemetry::global::set_text_map_propagator(
        opentelemetry_sdk::propagation::TraceContextPropagator::new(),
    );
    provider
}

/// Sends the spans of `tracing` to the SDK: from level `INFO` on, as programs in production do, or without a level, as the
/// first example of tracing-opentelemetry does. Without a level hyper's own spans are recorded, too.
pub(crate) fn tracing(has_level: bool) {
    let layer = tracing_opentelemetry::layer().with_tracer(sdk().tracer("bench"));
    let levels = Targets::new().with_default(Level::INFO).with_target("otel::tracing", Level::TRACE);
    tracing_subscriber::registry().with(has_level.then_some(levels)).with(layer).init();
}

/// Starts Spanwise without an exporter. Its exporter thread runs nevertheless, and its CPU time counts.
pub(crate) fn spanwise() -> spanwise::Guard {
    spanwise::builder()
        .environment(|name| (name == "OTEL_TRACES_EXPORTER").then(|| "none".to_owned()))
        .init()
        .expect("this process starts Spanwise once")
}
