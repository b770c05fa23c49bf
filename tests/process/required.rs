//! What a machine may lack. A test that needs it is skipped there with a message; CI requires it.

use std::io::Write as _;

/// What was made, or `None` after the message that a test is skipped.
///
/// # Panics
///
/// If it is missing and this variable is `required`.
pub(crate) fn or_skip<T>(made: &'static Result<T, String>, what: &str, variable: &str) -> Option<&'static T> {
    made.as_ref()
        .inspect_err(|why| {
            assert!(std::env::var_os(variable).is_none_or(|value| value != "required"), "{why}");
            // Not by `eprintln!`, which the test harness hides when the test passes.
            let _ = writeln!(std::io::stderr(), "SKIPPED: there is no {what} to test with: {why}");
        })
        .ok()
}
