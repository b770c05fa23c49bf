//! A process that forks: the child has no thread that exports, and the locks and files that it has inherited are not its own.

use std::collections::HashSet;

use spanwise::testing::Collector;
use spanwise_tests::nobody;

use crate::probe::{Running, run, stderr, stdout};

#[test]
fn a_process_and_its_fork_make_different_ids() {
    let output = run(&["fork"], &[("OTEL_TRACES_EXPORTER", "none")]);
    let stdout = stdout(&output);
    assert!(stdout.contains("child\n") && stdout.ends_with("parent true\n"), "{stdout}{}", stderr(&output));
    let ids: Vec<_> = stdout.lines().filter(|line| line.len() == 16).collect();
    assert_eq!(ids.len(), 100, "{stdout}");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 100, "{stdout}");
}

/// No child hangs, whatever the threads of its parent held when it was forked. The spans of one that does not call `init` are counted
/// as lost, and a warning says so; one that does is like any other process.
#[test]
fn a_child_neither_hangs_nor_loses_spans_in_silence() {
    let collector = Collector::start().expect("a collector");
    let output = run(&["forks", "40"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert_eq!(stdout(&output), "40 of 40 children\n0 lost\n", "{}", stderr(&output));
    let errors = stderr(&output);
    assert_eq!(errors.matches("spans of this forked process are lost").count(), 40, "{errors}");
}

/// The lock of its parent's spool is not the child's.
#[test]
fn a_child_does_not_keep_the_spool_of_its_parent() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_str().expect("text");
    let (_socket, address) = nobody();
    let away =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*format!("http://{address}")), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    let mut probe = Running::start(&["fork-outlives", path], &away);
    assert_eq!(probe.line(), "forked");
    // The child has our end of its standard input, too, and lives until that is closed.
    let stdin = probe.stdin.take();
    drop(probe);

    let collector = Collector::start().expect("a collector");
    let output = run(
        &["sends-what-is-on-disk", path, "10"],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())],
    );
    assert_eq!(collector.spans().len(), 10, "{}{}", stdout(&output), stderr(&output));
    drop(stdin);
}
