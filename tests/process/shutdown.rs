//! The end of a program, in each way that it can happen.

use spanwise::testing::{Collector, Tree};

use crate::probe;

/// Runs the probe with a collector. Returns the trees that arrived.
fn exported_by(life: &str) -> (String, std::process::Output) {
    let collector = Collector::start().expect("a collector");
    let output = probe::run(&[life], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    let spans = collector.spans().into_iter().map(|received| received.span).collect();
    (Tree::new(spans).to_string(), output)
}

const ASYNC_LIFE: &str = "work_async\n  inner\nwork\n  inner\n";

#[test]
fn on_a_multi_thread_runtime() {
    let (tree, output) = exported_by("multi-thread");
    assert_eq!(tree, ASYNC_LIFE);
    assert_eq!(probe::stdout(&output), "4 spans: 4 exported\n");
    assert_eq!(probe::stderr(&output), "");
}

#[test]
fn on_a_current_thread_runtime() {
    let (tree, output) = exported_by("current-thread");
    assert_eq!(tree, ASYNC_LIFE);
    assert_eq!(probe::stdout(&output), "4 spans: 4 exported\n");
}

#[test]
fn without_a_runtime() {
    let (tree, output) = exported_by("no-runtime");
    assert_eq!(tree, "work\n  inner\n");
    assert_eq!(probe::stdout(&output), "2 spans: 2 exported\n");
}

#[test]
fn after_the_runtime_is_gone() {
    let (tree, output) = exported_by("runtime-gone");
    assert_eq!(tree, ASYNC_LIFE);
    assert_eq!(probe::stdout(&output), "4 spans: 4 exported\n");
}

#[test]
fn awaited_on_an_executor_that_is_not_tokio() {
    let (tree, output) = exported_by("foreign-executor");
    assert_eq!(tree, "work\n  inner\n");
    assert!(output.status.success(), "{}", probe::stderr(&output));
}

#[test]
fn by_dropping_the_guard() {
    let (tree, output) = exported_by("dropped");
    assert_eq!(tree, "work\n  inner\n");
    assert!(output.status.success());
    let (tree, output) = exported_by("dropped-on-current-thread");
    assert_eq!(tree, "work_async\n  inner\n");
    assert!(output.status.success());
}

#[test]
fn by_a_panic_that_drops_the_guard() {
    let (tree, output) = exported_by("dropped-by-panic");
    assert_eq!(tree, "work\n  inner\n");
    assert!(!output.status.success());
    assert!(probe::stderr(&output).contains("on the way out"));
}

#[test]
fn a_flush_delivers_what_has_ended() {
    let (tree, output) = exported_by("flush");
    assert_eq!(tree, "work\n  inner\n");
    assert_eq!(probe::stdout(&output), "Ok(())\n2 spans: 2 exported\n");
}

/// The context is gone, so they are counted and not recorded, without a panic.
#[test]
fn spans_in_the_destructor_of_a_thread_local_are_dropped() {
    let (tree, output) = exported_by("thread-local");
    assert_eq!(tree, "work\n  inner\n");
    // `work` and `inner` and `span!("late")`.
    let report = "5 spans: 2 exported, 3 dropped because their threads were being torn down\n";
    assert_eq!(probe::stdout(&output), report);
    assert!(output.status.success(), "{}", probe::stderr(&output));
}

#[test]
fn without_an_endpoint_the_traces_are_shown() {
    let output = probe::run(&["no-runtime"], &[("OTEL_SERVICE_NAME", "shown")]);
    let shown = probe::stderr(&output);
    let lines: Vec<_> = shown.lines().collect();
    let [note, head, work, inner] = lines.as_slice() else { panic!("{shown}") };
    assert!(note.contains("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317"), "{note}");
    assert!(head.starts_with("trace ") && head.ends_with(" · 2 spans"), "{head}");
    assert!(work.starts_with("  shown  work ") && inner.starts_with("  shown  └─ inner "), "{shown}");
    assert!(!shown.contains('\u{1b}'), "no colors without a terminal");
}

/// On one core a thread must not wait for one that waits.
#[cfg(target_os = "linux")]
#[test]
fn on_one_core() {
    for life in ["multi-thread", "current-thread", "no-runtime", "dropped-on-current-thread"] {
        let collector = Collector::start().expect("a collector");
        let probe = probe::command(&[life], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
        let mut pinned = std::process::Command::new("taskset");
        pinned.args(["--cpu-list", "0"]).arg(probe.get_program()).args(probe.get_args());
        for (name, value) in probe.get_envs() {
            match value {
                Some(value) => pinned.env(name, value),
                None => pinned.env_remove(name),
            };
        }
        let Ok(output) = pinned.output() else {
            eprintln!("skipped: there is no `taskset` to pin a process with");
            return;
        };
        assert!(output.status.success(), "{life}: {}", probe::stderr(&output));
        assert!(!collector.spans().is_empty(), "{life}");
    }
}
