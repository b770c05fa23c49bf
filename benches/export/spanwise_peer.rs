//! Spanwise: spans come from `#[instrument]`.

use spanwise_benches::traced;

use crate::cost;

pub(crate) fn run(endpoint: &str) {
    let guard = traced::builder(endpoint).init().expect("this process starts Spanwise once");
    cost::print(traced::trace, || {
        let report = guard.shutdown_blocking().expect("the exporter thread runs");
        if report.exported < report.created {
            eprintln!("{report}");
        }
    });
}
