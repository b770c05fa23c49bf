//! The line that a panic writes, with the ids of its trace.

use crate::one_request::service;

#[test]
fn a_panic_in_a_span_is_written_with_its_trace() {
    let output = service(&["panic"]).output().expect("it runs");
    let errors = String::from_utf8(output.stderr).expect("text");
    let trace = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<_> =
        errors.lines().filter(|line| line.starts_with("spanwise: warning: panic at ")).collect();
    let [line] = lines[..] else { panic!("one line: {errors}") };
    let message = format!(": it went\\nwrong {} trace_id={} span_id=", "x".repeat(10), trace.trim());
    assert!(
        line.contains(&message) && line.contains("service.rs:") && line.ends_with(" trace_flags=03"),
        "{errors}"
    );
    // The hook before it runs, too, and afterwards.
    assert!(
        errors.find("spanwise: warning: panic").expect("a line")
            < errors.find("panicked at").expect("a line")
    );
}

#[test]
fn no_line_is_written_outside_of_spans_or_if_warnings_are_off() {
    for (arguments, level) in [(["panic"], "none"), (["panic-outside"], "info")] {
        let output = service(&arguments).env("OTEL_LOG_LEVEL", level).output().expect("it runs");
        let errors = String::from_utf8(output.stderr).expect("text");
        assert!(errors.contains("panicked at") && !errors.contains("spanwise: warning: panic"), "{errors}");
    }
}

/// In a `Display` under `eprintln!`, with the lock of standard error held, and in a destructor at the end of a thread.
#[test]
fn a_panic_is_written_under_locks_and_not_while_a_thread_ends() {
    for how in ["panic-while-printing", "panic-under-lock", "panic-in-destructor"] {
        let output = service(&[how]).output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{how}: {errors}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "went on\n", "{how}: {errors}");
        let has_line = errors.contains("spanwise: warning: panic at ");
        assert!(has_line == (how != "panic-in-destructor"), "{how}: {errors}");
    }
}
