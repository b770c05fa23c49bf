//! Processes that are killed at any moment while they write to a spool.

use std::collections::HashSet;
use std::io::Write as _;
use std::time::Duration;

use spanwise::testing::Collector;
use spanwise_tests::nobody;

use crate::probe::{Running, run, stderr, stdout};
use crate::rounds;

/// What the spool has acknowledged arrives, whenever the process is killed.
#[test]
fn what_was_on_disk_arrives_whenever_the_process_is_killed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_str().expect("text");
    let (_socket, address) = nobody();
    let away = format!("http://{address}");
    let mut random = fastrand::Rng::with_seed(15);
    let mut acknowledged = HashSet::new();
    for _ in 0..rounds(8) {
        let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*away), ("OTEL_BSP_SCHEDULE_DELAY", "20")];
        let mut probe = Running::start(&["keeps-on-disk", path], &environment);
        assert_eq!(probe.line(), "started");
        let spans = random.usize(1..200);
        writeln!(probe.stdin.as_mut().expect("open"), "{spans}").expect("the probe listens");
        let ids: Vec<_> = (0..spans).map(|_| probe.line()).collect();
        assert_eq!(probe.line(), "spooled");
        acknowledged.extend(ids);
        // These may be on disk or not. Where in their way the kill comes is what is tried here.
        writeln!(probe.stdin.as_mut().expect("open"), "3000").expect("the probe listens");
        std::thread::sleep(Duration::from_micros(random.u64(0..40_000)));
        drop(probe);
    }
    let collector = Collector::start().expect("a collector");
    let output = run(
        &["sends-what-is-on-disk", path, &acknowledged.len().to_string()],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())],
    );
    let arrived: HashSet<_> =
        collector.spans().iter().map(|received| received.span.context.span_id().to_string()).collect();
    let missing = acknowledged.difference(&arrived).count();
    assert_eq!(missing, 0, "of {}: {}{}", acknowledged.len(), stdout(&output), stderr(&output));
}
