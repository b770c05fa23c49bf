//! OpenTelemetry's SDK: spans are started by hand.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{
    FutureExt as _, Span as _, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};

use spanwise_benches::QUEUE_SIZE;

use super::polls::{PendingFor, drive};
use super::{CALLS, spanwise_peer};

/// Counts spans and discards them.
#[derive(Debug)]
struct CountingExporter;

static EXPORTED: AtomicU64 = AtomicU64::new(0);

pub(crate) fn exported() -> u64 {
    EXPORTED.load(Ordering::Relaxed)
}

impl SpanExporter for CountingExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        EXPORTED.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// The SDK with its batch processor.
pub(crate) struct Sdk {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Sdk {
    pub(crate) fn new() -> Self {
        let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE_SIZE).build();
        let processor = BatchSpanProcessor::builder(CountingExporter).with_batch_config(config).build();
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        Self { tracer: provider.tracer("bench"), provider }
    }

    pub(crate) fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    pub(crate) fn flush(&self) {
        self.provider.force_flush().expect("the exporter accepts everything");
    }

    pub(crate) fn sampled(&self) {
        let _root = Context::current_with_span(self.tracer.start("root")).attach();
        self.calls(None);
    }

    pub(crate) fn polls(&self) {
        let context = Context::current_with_span(self.tracer.start("work"));
        drive(PendingFor(CALLS).with_context(context));
    }

    pub(crate) fn one_argument(&self) {
        let _root = Context::current_with_span(self.tracer.start("root")).attach();
        self.calls(Some("n"));
    }

    pub(crate) fn not_sampled(&self) {
        let _parent = spanwise_peer::unsampled().attach();
        self.calls(None);
    }

    fn calls(&self, argument: Option<&'static str>) {
        for n in 0..u64::from(CALLS) {
            black_box(self.work(n, argument));
        }
    }

    #[inline(never)]
    fn work(&self, n: u64, argument: Option<&'static str>) -> u64 {
        let mut span = self.tracer.start("work");
        if let Some(key) = argument {
            span.set_attribute(KeyValue::new(key, i64::try_from(n).unwrap_or(i64::MAX)));
        }
        let context = Context::current_with_span(span);
        let _attached = context.clone().attach();
        let result = black_box(n) + 1;
        context.span().end();
        result
    }
}

/// Calls that use the global tracer, which nobody has set.
pub(crate) fn off() {
    for n in 0..u64::from(CALLS) {
        black_box(work_off(n));
    }
}

#[inline(never)]
fn work_off(n: u64) -> u64 {
    let span = global::tracer("bench").start("work");
    let _attached = Context::current_with_span(span).attach();
    black_box(n) + 1
}
