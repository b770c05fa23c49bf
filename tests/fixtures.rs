//! Programs outside of this workspace, where no other member's features can reach them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Cargo in a fixture, with the versions that the workspace has settled on.
fn cargo(fixture: &str, arguments: &[&str]) -> Output {
    let folder = here().join("fixtures").join(fixture);
    let lock = folder.join("Cargo.lock");
    std::fs::copy(here().join("../Cargo.lock"), &lock).expect("the workspace's lock file");
    let target: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixtures").join(fixture);
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
