//! The suite under `spanwise::init()`, exporting to a real collector over gRPC.

mod suite;

mod lane {
    use std::sync::LazyLock;

    use spanwise::Guard;
    use spanwise::testing::{Collector, Tree};

    static PIPELINE: LazyLock<(Collector, Guard)> = LazyLock::new(|| {
        let collector = Collector::start().expect("a collector");
        let guard = spanwise::builder()
            .environment(|_| None)
            .otlp_endpoint(collector.endpoint())
            .init()
            .expect("the only init of this process");
        (collector, guard)
    });

    pub(crate) fn tree(work: impl FnOnce()) -> String {
        let (collector, guard) = &*PIPELINE;
        let trace = {
            let _root = spanwise::span!("test");
            let trace = spanwise::current_trace_id().expect("the root is current");
            work();
            trace
        };
        guard.force_flush_blocking().expect("the collector takes everything");
        let spans = collector.spans().into_iter().map(|received| received.span);
        Tree::new(spans.filter(|span| span.context.trace_id().to_string() == trace).collect()).to_string()
    }
}
