//! OpenTelemetry's SDK: spans are started by hand.

use std::hint::black_box;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use spanwise_benches::pace::CHILDREN;

use crate::{cost, otlp};

#[inline(never)]
fn work(tracer: &SdkTracer, n: i64) -> i64 {
    let attributes = [KeyValue::new("n", n), KeyValue::new("kind.name", "value")];
    let span = tracer.span_builder("work").with_attributes(attributes).start(tracer);
    let _attached = Context::current_with_span(span).attach();
    black_box(n) + 1
}

fn trace(tracer: &SdkTracer) {
    let _root = Context::current_with_span(tracer.start("root")).attach();
    for n in 0..i64::from(CHILDREN) {
        black_box(work(tracer, n));
    }
}

pub(crate) fn run(endpoint: &str) {
    let runtime = otlp::runtime();
    let provider = otlp::provider(&runtime, endpoint);
    let tracer = provider.tracer("bench");
    cost::print(|| trace(&tracer), || provider.shutdown().expect("the sink accepts everything"));
}
