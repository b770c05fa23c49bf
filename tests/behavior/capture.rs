//! The suite under a capture.

mod suite;

mod lane {
    use spanwise::testing::{Capture, Tree};

    pub(crate) fn tree(work: impl FnOnce()) -> String {
        spanwise::install_panic_hook();
        let capture = Capture::new();
        let trace = capture.run(|| {
            let _root = spanwise::span!("test");
            let trace = spanwise::current_trace_id().expect("the root is current");
            work();
            trace
        });
        let spans = capture.spans().into_iter();
        Tree::new(spans.filter(|span| span.context.trace_id().to_string() == trace).collect()).to_string()
    }
}
