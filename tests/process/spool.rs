//! The spool: spans on disk outlive the process, however it ends.

use std::collections::HashSet;
use std::io::Write as _;

use spanwise::testing::Collector;
use spanwise_tests::nobody;

use crate::probe::{Running, run, stderr, stdout};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// The ids of the spans that a collector received.
fn received(collector: &Collector) -> HashSet<String> {
    collector.spans().iter().map(|received| received.span.context.span_id().to_string()).collect()
}

/// Makes the probe record this many spans. Returns their ids once all are on disk.
fn keep(probe: &mut Running, spans: usize) -> Vec<String> {
    writeln!(probe.stdin.as_mut().expect("open"), "{spans}").expect("the probe listens");
    let ids = (0..spans).map(|_| probe.line()).collect();
    assert_eq!(probe.line(), "spooled");
    ids
}

/// The next process sends what the spool had acknowledged. Each process is killed while it writes more.
#[test]
fn spans_of_a_killed_process_are_sent_by_the_next() {
    let directory = directory();
    let path = directory.path().to_str().expect("text");
    let (_socket, address) = nobody();
    let away = format!("http://{address}");
    let mut acknowledged = HashSet::new();
    for round in 1..=5 {
        let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*away), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
        let mut probe = Running::start(&["keeps-on-disk", path], &environment);
        assert_eq!(probe.line(), "started");
        acknowledged.extend(keep(&mut probe, 50 * round));
        // They may be on disk or not when the kill comes.
        writeln!(probe.stdin.as_mut().expect("open"), "2000").expect("the probe listens");
        probe.line();
        drop(probe);
    }

    let collector = Collector::start().expect("a collector");
    let output = run(
        &["sends-what-is-on-disk", path, &acknowledged.len().to_string()],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())],
    );
    let arrived = received(&collector);
    let missing: Vec<_> = acknowledged.difference(&arrived).collect();
    assert!(missing.is_empty(), "{} of {} are missing", missing.len(), acknowledged.len());
    assert!(stdout(&output).ends_with("0 in quarantine\n"), "{}{}", stdout(&output), stderr(&output));
    // The disk is empty.
    let left = directory.path().read_dir().expect("a directory").filter_map(Result::ok);
    let left: Vec<_> = left.map(|entry| entry.file_name()).filter(|name| name != "quarantine").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_shutdown_without_a_collector_leaves_everything_on_disk() {
    let directory = directory();
    let path = directory.path().to_str().expect("text");
    let (_socket, address) = nobody();
    let away =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*format!("http://{address}")), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    let mut probe = Running::start(&["keeps-on-disk", path], &away);
    assert_eq!(probe.line(), "started");
    writeln!(probe.stdin.as_mut().expect("open"), "20").expect("the probe listens");
    let ids: HashSet<_> = (0..20).map(|_| probe.line()).collect();
    assert_eq!(probe.line(), "spooled");
    let (report, _) = probe.stop();
    assert_eq!(report, "20 spans: 0 exported, 20 kept on disk\n");

    let collector = Collector::start().expect("a collector");
    let output = run(
        &["sends-what-is-on-disk", path, "20"],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())],
    );
    assert_eq!(received(&collector), ids);
    let report = "20 spans: 20 exported, 20 of them adopted from an ended process\n0 in quarantine\n";
    assert_eq!(stdout(&output), report);
}

/// Two processes can share a directory, and a third one takes over what both have left.
#[test]
fn two_processes_share_a_directory() {
    let directory = directory();
    let path = directory.path().to_str().expect("text");
    let (_socket, address) = nobody();
    let away =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*format!("http://{address}")), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    let mut probes = [0, 1].map(|_| Running::start(&["keeps-on-disk", path], &away));
    let mut ids = HashSet::new();
    for probe in &mut probes {
        assert_eq!(probe.line(), "started");
        ids.extend(keep(probe, 30));
    }
    drop(probes);
    let collector = Collector::start().expect("a collector");
    run(&["sends-what-is-on-disk", path, "60"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert_eq!(received(&collector), ids);
}

/// It is warned about once, and the spans are kept in memory.
#[cfg(unix)]
#[test]
fn a_directory_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = directory();
    let path = directory.path().to_str().expect("text");
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o777)).expect("it is ours");
    let collector = Collector::start().expect("a collector");
    let output =
        run(&["sends-what-is-on-disk", path, "0"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert!(output.status.success());
    let stderr = stderr(&output);
    assert!(stderr.contains("other users can write to the spool directory"), "{stderr}");
    assert!(stderr.contains("spans are kept in memory only"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_spool() {
    use std::os::unix::fs::PermissionsExt as _;

    let parent = directory();
    let spool = parent.path().join("spool");
    let path = spool.to_str().expect("text");
    let (_socket, address) = nobody();
    let away =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*format!("http://{address}")), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    let mut probe = Running::start(&["keeps-on-disk", path], &away);
    assert_eq!(probe.line(), "started");
    keep(&mut probe, 1);
    let mut waiting = vec![spool];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let metadata = path.metadata().expect("it is there");
        let mode = metadata.permissions().mode() & 0o777;
        assert_eq!(mode, if metadata.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        seen += 1;
        if metadata.is_dir() {
            waiting.extend(path.read_dir().expect("ours").map(|entry| entry.expect("ours").path()));
        }
    }
    assert!(seen >= 4, "the spool, the process's folder, its lock, the batch");
}
