//! What the compiler reports when the attribute is misused.
//!
//! Each file in `ui/` is a program that does not compile, next to the errors that it must cause. The
//! compiler writes part of the errors of `ui/compiler/`, and changes its words from version to version:
//! they are compared only on the version that wrote them.
//!
//! `TRYBUILD=overwrite cargo test -p spanwise-misuse` writes all of them again.

use std::process::Command;

const WRITTEN_BY: &str = "rustc 1.95.";

#[test]
fn misuse_is_reported_at_the_token_at_fault() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    let version = Command::new("rustc").arg("--version").output().expect("rustc runs").stdout;
    let version = String::from_utf8_lossy(&version);
    if version.starts_with(WRITTEN_BY) {
        cases.compile_fail("ui/compiler/*.rs");
    } else {
        println!("skipping ui/compiler: written by {WRITTEN_BY}x, but this is {version}");
    }
}
