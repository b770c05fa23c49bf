//! The suite under an `SdkTracerProvider` that the application set as the global one.

mod suite;

mod lane {
    use std::sync::{LazyLock, Mutex};
    use std::time::Duration;

    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
    use spanwise::testing::Tree;

    static ENDED: Mutex<Vec<SpanData>> = Mutex::new(Vec::new());

    /// Keeps each span as soon as it ends.
    #[derive(Debug)]
    struct Keep;

    impl SpanProcessor for Keep {
        fn on_start(&self, _span: &mut Span, _context: &opentelemetry::Context) {}

        fn on_end(&self, span: SpanData) {
            ENDED.lock().expect("not poisoned").push(span);
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    static INSTALLED: LazyLock<()> = LazyLock::new(|| {
        opentelemetry::global::set_tracer_provider(
            SdkTracerProvider::builder().with_span_processor(Keep).build(),
        );
        spanwise::install_panic_hook();
    });

    pub(crate) fn tree(work: impl FnOnce()) -> String {
        LazyLock::force(&INSTALLED);
        let trace = {
            let _root = spanwise::span!("test");
            let trace = spanwise::current_trace_id().expect("the root is current");
            work();
            trace
        };
        let spans = ENDED.lock().expect("not poisoned").clone();
        let spans = spans.into_iter().filter(|span| span.span_context.trace_id().to_string() == trace);
        Tree::new(spans.map(Into::into).collect()).to_string()
    }
}
