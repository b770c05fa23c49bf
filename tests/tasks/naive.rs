//! Code that loses the context, and the warning about it. Each place is warned about once, so each test starts a process.

use std::process::Command;

/// Standard output and standard error of the probe.
fn probe(what: &str) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_probe"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    let result = command
        .args(["tasks", what])
        .env("OTEL_TRACES_EXPORTER", "none")
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("the probe runs");
    let [output, errors] =
        [result.stdout, result.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(result.status.success(), "{errors}");
    (output, errors)
}

/// The warnings about a lost context.
fn lost(errors: &str) -> Vec<&str> {
    errors.lines().filter(|line| line.contains("its context was probably lost")).collect()
}

#[test]
fn a_naive_spawn() {
    for runtime in ["naive", "naive-on-one-thread"] {
        let (output, errors) = probe(runtime);
        assert_eq!(output, "a trace of its own\na trace of its own\nthe request's trace\n");
        let lost = lost(&errors);
        if cfg!(debug_assertions) {
            // Each place is warned about once, although it runs twice.
            let [first, blocking, by_hand] = lost.as_slice() else { panic!("{errors}") };
            assert!(first.contains("`probe::tasks::lost` (tests/programs/probe/tasks.rs:"), "{first}");
            assert!(
                first.contains("`spanwise::spawn(..)`") && first.contains(".with_current_context()"),
                "{first}"
            );
            assert!(blocking.contains("`probe::tasks::lost_in_a_thread`"), "{blocking}");
            assert!(by_hand.contains("tests/programs/probe/tasks.rs:"), "{by_hand}");
        } else {
            assert_eq!(lost, [""; 0]);
        }
    }
}

/// Explicit roots, and spans with a parent, are not warned about.
#[test]
fn no_false_alarm() {
    let (output, errors) = probe("meant");
    assert_eq!(output, "done\n");
    assert_eq!(lost(&errors), [""; 0], "{errors}");
}

#[test]
fn it_can_be_turned_off() {
    let (output, errors) = probe("no-warnings");
    assert_eq!(output, "a trace of its own\na trace of its own\nthe request's trace\n");
    assert_eq!(lost(&errors), [""; 0], "{errors}");
}

/// At most 64 places are warned about.
#[test]
fn many_places() {
    let (output, errors) = probe("many");
    assert_eq!(output, "100 places\n");
    assert_eq!(lost(&errors).len(), if cfg!(debug_assertions) { 64 } else { 0 });
}
