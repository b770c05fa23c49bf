//! Programs outside of this workspace, where no other member's features can reach them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn target(fixture: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixtures").join(fixture)
}

/// Cargo in a fixture, with the versions that the workspace has settled on.
fn cargo(fixture: &str, arguments: &[&str]) -> Output {
    let folder = here().join("fixtures").join(fixture);
    let lock = folder.join("Cargo.lock");
    std::fs::copy(here().join("../Cargo.lock"), &lock).expect("the workspace's lock file");
    let target = target(fixture);
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    std::fs::remove_file(&lock).expect("Cargo has pared it down to this fixture");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// What has ended is on disk before a program dies that is built with `panic = "abort"`.
#[test]
fn a_panic_that_aborts_leaves_what_has_ended_on_disk() {
    let spool = tempfile::tempdir().expect("a directory");
    let path = spool.path().to_str().expect("text");
    // Built first, where a failure is one.
    cargo("abort", &["build", "--quiet"]);
    let program = target("abort").join("debug").join("fixture-abort");
    let (_socket, address) = spanwise_tests::nobody();
    let output = Command::new(program)
        .arg(path)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
        .output()
        .expect("it runs");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaints.contains("on purpose"), "{complaints}");
    assert!(complaints.contains("7 spans: 0 exported, 7 kept on disk"), "{complaints}");
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn with_recording_off_everything_does_what_it_did_and_less_is_built() {
    assert_eq!(text(&cargo("off", &["run", "--quiet"])), "as without\n");
    let built = text(&cargo("off", &["tree", "--edges", "normal,build", "--prefix", "none"]));
    assert!(!built.contains("opentelemetry"), "{built}");
    // Others may bring syn; Spanwise does not.
    let by_us = text(&cargo("off", &["tree", "--package", "spanwise-macros", "--edges", "normal,build"]));
    assert_eq!(by_us.lines().count(), 1, "the macro crate depends on nothing: {by_us}");
}

#[test]
fn spanwise_may_go_by_another_name() {
    assert_eq!(text(&cargo("renamed", &["run", "--quiet"])), "by another name\n");
}
