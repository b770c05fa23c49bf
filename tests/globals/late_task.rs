//! A provider that the application sets after detached work has run without one.

use opentelemetry::global;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use spanwise::instrument;
use spanwise::task::CarriedContext;

use crate::in_own_process;

#[instrument]
fn work() {}

#[test]
fn linked_functions_notice_a_late_provider_after_a_while() {
    in_own_process("late_task::linked_functions_notice_a_late_provider_after_a_while", || {
        let (trace, span) = (TraceId::from(1), SpanId::from(2));
        let caller = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
        let carried =
            CarriedContext::from(opentelemetry::Context::new().with_remote_span_context(caller)).linked();
        carried.run(|| {
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
            let spans = exporter.get_finished_spans().expect("not shut down");
            assert!(spans.iter().all(|one| one.links.len() == 1) && !spans.is_empty());
        });
    });
}
