//! A provider that the application sets after annotated functions have run without one.

use opentelemetry::global;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use spanwise::instrument;

use crate::in_own_process;

#[instrument]
fn work() {}

/// Keeps the provider: its exporter is cleared when it is dropped.
struct Provider {
    exporter: InMemorySpanExporter,
    _provider: SdkTracerProvider,
}

fn set_provider() -> Provider {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    global::set_tracer_provider(provider.clone());
    Provider { exporter, _provider: provider }
}

fn count(provider: &Provider) -> usize {
    provider.exporter.get_finished_spans().expect("not shut down").len()
}

#[test]
fn a_late_provider_is_noticed_after_a_while_or_at_once_after_a_refresh() {
    in_own_process(
        "late_provider::a_late_provider_is_noticed_after_a_while_or_at_once_after_a_refresh",
        || {
            // Many spans without a provider.
            for _ in 0..10_000 {
                work();
            }
            let first = set_provider();
            // At most 1024 spans are skipped before the provider is looked up again.
            for _ in 0..=1024 {
                work();
            }
            assert!(count(&first) > 0);
            let seen = count(&first);
            for _ in 0..10 {
                work();
            }
            assert_eq!(count(&first), seen + 10, "and none after that");

            let second = set_provider();
            spanwise::refresh_provider();
            work();
            assert_eq!((count(&second), count(&first)), (1, seen + 10));

            // Another provider without a refresh: an annotated function keeps the old one for up to 1000 spans.
            let third = set_provider();
            for _ in 0..=1_001 {
                work();
            }
            assert!(count(&third) > 0);

            // A new thread looks the provider up at once.
            let before = count(&third);
            std::thread::spawn(work).join().expect("no panic");
            assert_eq!(count(&third), before + 1);
        },
    );
}
