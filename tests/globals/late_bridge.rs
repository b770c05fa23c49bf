//! A provider that the application sets after spans of `tracing` have run without one. Only a bridge can notice it.

use opentelemetry::global;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use spanwise::logs::Bridge;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::in_own_process;

fn work() {
    tracing::info_span!("work").in_scope(|| ());
}

#[test]
fn a_bridge_alone_notices_a_late_provider_after_a_while() {
    in_own_process("late_bridge::a_bridge_alone_notices_a_late_provider_after_a_while", || {
        let subscriber = tracing_subscriber::registry().with(Bridge::new());
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..100 {
                work();
            }
            let exporter = InMemorySpanExporter::default();
            let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
            global::set_tracer_provider(provider.clone());
            // At most 1024 spans are skipped before the provider is looked up again.
            for _ in 0..=1024 {
                work();
            }
            let seen = exporter.get_finished_spans().expect("not shut down").len();
            assert!(seen > 0);
            work();
            assert_eq!(exporter.get_finished_spans().expect("not shut down").len(), seen + 1);
        });
    });
}
