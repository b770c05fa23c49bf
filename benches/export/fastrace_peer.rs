//! fastrace: its spans go through fastrace-opentelemetry to opentelemetry-otlp.

use std::borrow::Cow;
use std::hint::black_box;

use fastrace::collector::Config;
use fastrace::prelude::{LocalSpan, Span, SpanContext};
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;
use spanwise_benches::pace::CHILDREN;

use crate::{cost, otlp};

/// Does what fastrace's attribute does for `properties`, without the copy of the second value.
#[inline(never)]
fn work(n: i64) -> i64 {
    let _span = LocalSpan::enter_with_local_parent("work")
        .with_properties(|| [("n", Cow::from(n.to_string())), ("kind.name", Cow::from("value"))]);
    black_box(n) + 1
}

fn trace() {
    let root = Span::root("root", SpanContext::random());
    let _root = root.set_local_parent();
    for n in 0..i64::from(CHILDREN) {
        black_box(work(n));
    }
}

pub(crate) fn run(endpoint: &str) {
    let runtime = otlp::runtime();
    let reporter = OpenTelemetryReporter::new(
        otlp::exporter(&runtime, endpoint),
        Cow::Owned(otlp::resource()),
        InstrumentationScope::builder("bench").build(),
    );
    fastrace::set_reporter(reporter, Config::default());
    cost::print(trace, fastrace::flush);
}
