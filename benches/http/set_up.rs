//! What each contender records by: all of it, into nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How many spans have ended in the SDK.
static ENDED: AtomicU64 = AtomicU64::new(0);

/// Each request had a span.
pub(crate) fn assert_recorded(requests: u64) {
    assert!(ENDED.load(Ordering::Relaxed) >= requests, "something was not recorded");
}

/// Throws away what ends, and counts it.
#[derive(Debug)]
struct Nothing;

impl SpanProcessor for Nothing {
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

/// The SDK, globally.
pub(crate) fn sdk() -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder().with_span_processor(Nothing).build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    opentelemetry::global::set_text_map_propagator(
        opentelemetry_sdk::propagation::TraceContextPropagator::new(),
    );
    provider
}

/// tracing over it: at the level of a program that runs, or without one, as the documents begin. Then what hyper says of
/// itself is recorded, too.
pub(crate) fn tracing(has_level: bool) {
    let layer = tracing_opentelemetry::layer().with_tracer(sdk().tracer("bench"));
    let levels = Targets::new().with_default(Level::INFO).with_target("otel::tracing", Level::TRACE);
    tracing_subscriber::registry().with(has_level.then_some(levels)).with(layer).init();
}

/// Spanwise: its exporter's thread is there, and is counted, too.
pub(crate) fn spanwise() -> spanwise::Guard {
    spanwise::builder()
        .environment(|name| (name == "OTEL_TRACES_EXPORTER").then(|| "none".to_owned()))
        .init()
        .expect("the first in its process")
}
