//! The traces that Spanwise is made to export.

use std::hint::black_box;

use spanwise::{Builder, instrument};

use crate::pace::CHILDREN;

#[inline(never)]
#[instrument(fields(n = n, kind.name = "value"))]
fn work(n: i64) -> i64 {
    black_box(n) + 1
}

/// A root and its children, each with an integer and a short text.
pub fn trace() {
    let _root = spanwise::span!("root");
    for n in 0..i64::from(CHILDREN) {
        black_box(work(n));
    }
}

/// A pipeline to the collector at this address, whatever the environment says.
pub fn to(endpoint: &str) -> Builder {
    let endpoint = endpoint.to_owned();
    spanwise::builder()
        .service_name("bench")
        .environment(move |name| (name == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| endpoint.clone()))
}
