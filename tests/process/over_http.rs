//! OTLP over HTTP without failures. Failures are tested beside those over gRPC.

use crate::paced::{GRPC, HTTP, Paced, Settings};
use crate::scripted::{Came, Scripted};

/// Sends spans, each of which arrives once. Returns the collector.
fn arrives(settings: Settings<'_>) -> Scripted {
    let mut collector = Scripted::start();
    let mut probe = Paced::start(&collector, 500, settings);
    let spans = probe.is_done();
    let outcome = probe.ends();
    outcome.is_all_with(&mut collector);
    assert_eq!(outcome.stderr, "");
    assert_eq!(collector.taken(), Came { distinct: spans, again: 0 });
    collector
}

#[test]
fn spans_arrive_over_http() {
    assert_eq!(arrives(HTTP).number("compressed"), 0);
}

#[test]
fn spans_arrive_compressed() {
    for settings in [GRPC, HTTP] {
        let gzip = settings.iter().copied().chain([("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]);
        let mut collector = arrives(&gzip.collect::<Vec<_>>());
        assert_eq!(collector.number("compressed"), collector.arrivals().len() as u64);
    }
}
