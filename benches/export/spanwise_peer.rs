//! Spanwise, by its attribute and its environment.

use std::hint::black_box;

use spanwise::instrument;
use spanwise_benches::pace::CHILDREN;

use crate::cost;

#[inline(never)]
#[instrument(fields(n = n, kind.name = "value"))]
fn work(n: i64) -> i64 {
    black_box(n) + 1
}

fn trace() {
    let _root = spanwise::span!("root");
    for n in 0..i64::from(CHILDREN) {
        black_box(work(n));
    }
}

pub(crate) fn run(endpoint: &str) {
    let endpoint = endpoint.to_owned();
    let guard = spanwise::builder()
        .service_name("bench")
        .environment(move |name| (name == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| endpoint.clone()))
        .init()
        .expect("the only one");
    cost::tell(trace, || {
        let report = guard.shutdown_blocking().expect("the exporter's thread is there");
        if report.exported < report.created {
            eprintln!("{report}");
        }
    });
}
