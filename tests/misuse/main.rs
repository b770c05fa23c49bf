//! What a person sees of the compiler when the attribute is misused.
//!
//! Each file in `ui/` is a program that does not compile, beside what is said of it. Those in
//! `ui/compiler/` are told by the compiler, in words that change from version to version: they are
//! compared on the version they were written by, and skipped on others.
//! `TRYBUILD=overwrite cargo test -p spanwise-misuse` writes all of them anew.

use std::process::Command;

const WRITTEN_BY: &str = "rustc 1.95.";

#[test]
fn misuse_is_told_on_the_token_at_fault() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    let version = Command::new("rustc").arg("--version").output().expect("rustc runs").stdout;
    let version = String::from_utf8_lossy(&version);
    if version.starts_with(WRITTEN_BY) {
        cases.compile_fail("ui/compiler/*.rs");
    } else {
        println!("ui/compiler is skipped: written by {WRITTEN_BY}x, and this is {version}");
    }
}
