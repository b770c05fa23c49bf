//! The behaviour suite under a capture.

mod suite;

mod lane {
    use spanwise::testing::Capture;

    pub(crate) fn tree(work: impl FnOnce()) -> String {
        spanwise::install_panic_hook();
        let capture = Capture::new();
        capture.run(|| {
            let _root = spanwise::span!("test");
            work();
        });
        capture.tree().to_string()
    }
}
