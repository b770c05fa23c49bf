//! Panics, and by which trace they are found.

use crate::one_request::service;

#[test]
fn a_panic_in_a_span_is_told_with_its_trace() {
    let output = service(&["panic"]).output().expect("it runs");
    let told = String::from_utf8(output.stderr).expect("text");
    let trace = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<_> =
        told.lines().filter(|line| line.starts_with("spanwise: warning: panic at ")).collect();
    let [line] = lines[..] else { panic!("one line: {told}") };
    let message = format!(": it went\\nwrong {} trace_id={} span_id=", "x".repeat(10), trace.trim());
    assert!(
        line.contains(&message) && line.contains("service.rs:") && line.ends_with(" trace_flags=03"),
        "{told}"
    );
    // What the hook before says is said, too, and afterwards.
    assert!(
        told.find("spanwise: warning: panic").expect("a line") < told.find("panicked at").expect("a line")
    );
}

#[test]
fn silence_is_kept_if_asked_for_and_outside_of_spans() {
    for (arguments, level) in [(["panic"], "none"), (["panic-outside"], "info")] {
        let output = service(&arguments).env("OTEL_LOG_LEVEL", level).output().expect("it runs");
        let told = String::from_utf8(output.stderr).expect("text");
        assert!(told.contains("panicked at") && !told.contains("spanwise: warning: panic"), "{told}");
    }
}

/// In a `Display` under `eprintln!`, with the lock of standard error held, and in a thread's last moments.
#[test]
fn where_little_is_left_to_tell_by() {
    for how in ["panic-while-printing", "panic-under-lock", "panic-in-destructor"] {
        let output = service(&[how]).output().expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{how}: {told}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "went on\n", "{how}: {told}");
        let is_told = told.contains("spanwise: warning: panic at ");
        assert!(is_told == (how != "panic-in-destructor"), "{how}: {told}");
    }
}
