//! What loses the context, and whether it is told: in processes of their own, since each place is told once.

use std::process::Command;

/// What the probe says on both outputs.
fn probe(what: &str) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_probe"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(["tasks", what])
        .env("OTEL_TRACES_EXPORTER", "none")
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("the probe runs");
    let [said, complained] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(output.status.success(), "{complained}");
    (said, complained)
}

/// The lines that tell of a context that is lost.
fn lost(complaints: &str) -> Vec<&str> {
    complaints.lines().filter(|line| line.contains("its context was probably lost")).collect()
}

#[test]
fn a_naive_spawn() {
    for runtime in ["naive", "naive-on-one-thread"] {
        let (said, complaints) = probe(runtime);
        assert_eq!(said, "a trace of its own\na trace of its own\nthe request's trace\n");
        let lost = lost(&complaints);
        if cfg!(debug_assertions) {
            // Each place once, although it happens twice.
            let [first, blocking, by_hand] = lost.as_slice() else { panic!("{complaints}") };
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

/// What is meant to be a root, or hangs on something, is not told.
#[test]
fn no_false_alarm() {
    let (said, complaints) = probe("meant");
    assert_eq!(said, "done\n");
    assert_eq!(lost(&complaints), [""; 0], "{complaints}");
}

#[test]
fn it_can_be_turned_off() {
    let (said, complaints) = probe("not-told");
    assert_eq!(said, "a trace of its own\na trace of its own\nthe request's trace\n");
    assert_eq!(lost(&complaints), [""; 0], "{complaints}");
}

/// No more than 64 places.
#[test]
fn many_places() {
    let (said, complaints) = probe("many");
    assert_eq!(said, "100 places\n");
    assert_eq!(lost(&complaints).len(), if cfg!(debug_assertions) { 64 } else { 0 });
}
