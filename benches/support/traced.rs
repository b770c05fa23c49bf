//! The traces that Spanwise exports in `export` and `memory`.

use std::hint::black_box;

use spanwise::{Builder, instrument};

use crate::pace::CHILDREN;

#[inline(never)]
#[instrument(fields(n = n, kind.name = "value"))]
fn work(n: i64) -> i64 {
    black_box(n) + 1
}

/// Records a root span and its children. Each child has an integer and a short text as attributes.
pub fn trace() {
    let _root = spanwise::span!("root");
    for n in 0..i64::from(CHILDREN) {
        black_box(work(n));
    }
}

/// Returns a builder that exports to the collector at this address and reads no environment variables.
pub fn builder(endpoint: &str) -> Builder {
    let endpoint = endpoint.to_owned();
    spanwise::builder()
        .service_name("bench")
        .environment(move |name| (name == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| endpoint.clone()))
}
