//! Spanwise, by its attribute and its environment.

use spanwise_benches::traced;

use crate::cost;

pub(crate) fn run(endpoint: &str) {
    let guard = traced::to(endpoint).init().expect("the only one");
    cost::tell(traced::trace, || {
        let report = guard.shutdown_blocking().expect("the exporter's thread is there");
        if report.exported < report.created {
            eprintln!("{report}");
        }
    });
}
