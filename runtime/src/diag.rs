//! What Spanwise says about itself: one line on standard error, never a span.
//!
//! A kind of message is said once; what can come from outside again and again (a malformed header)
//! cannot fill a disk.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The kinds of message that were said.
static SAID: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "the set-up sets it"))]
pub(crate) enum Verbosity {
    Nothing,
    Warnings,
    Notes,
    Details,
}

static VERBOSITY: AtomicU8 = AtomicU8::new(Verbosity::Notes as u8);

/// From now on no more than this is said.
#[cfg(feature = "otlp")]
pub(crate) fn set_verbosity(verbosity: Verbosity) {
    VERBOSITY.store(verbosity as u8, Ordering::Relaxed);
}

/// Says something that a person should act on, each time it is called.
pub(crate) fn warn(message: impl Display) {
    say(Verbosity::Warnings, "warning", message);
}

/// Says something once for each `kind`, for as long as the process lives.
pub(crate) fn warn_once(kind: &'static str, message: impl FnOnce() -> String) {
    let first = SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(kind);
    if first {
        warn(message());
    }
}

/// Says something that is good to know.
#[cfg(feature = "otlp")]
pub(crate) fn note(message: impl Display) {
    say(Verbosity::Notes, "note", message);
}

/// Says something for those who look for a fault.
#[cfg(feature = "otlp")]
pub(crate) fn detail(message: impl Display) {
    say(Verbosity::Details, "detail", message);
}

/// Says something from within a panic hook: without the lock of standard error, which this thread or another may hold,
/// and in one piece.
pub(crate) fn warn_in_hook(message: impl Display) {
    use std::io::Write as _;
    if !is_said(Verbosity::Warnings) {
        return;
    }
    let line = format!("spanwise: warning: {message}\n");
    if let Some(mut stderr) = unlocked_stderr() {
        let _ = stderr.write_all(line.as_bytes());
    }
}

/// Standard error by a handle of its own.
fn unlocked_stderr() -> Option<std::fs::File> {
    unlocked(&std::io::stderr())
}

/// Standard output by a handle of its own: whoever holds its lock may be waiting.
#[cfg(feature = "otlp")]
pub(crate) fn unlocked_stdout() -> Option<std::fs::File> {
    unlocked(&std::io::stdout())
}

#[cfg(unix)]
fn unlocked(stream: &impl std::os::fd::AsFd) -> Option<std::fs::File> {
    stream.as_fd().try_clone_to_owned().ok().map(Into::into)
}

#[cfg(windows)]
fn unlocked(stream: &impl std::os::windows::io::AsHandle) -> Option<std::fs::File> {
    stream.as_handle().try_clone_to_owned().ok().map(Into::into)
}

fn is_said(from: Verbosity) -> bool {
    VERBOSITY.load(Ordering::Relaxed) >= from as u8
}

fn say(from: Verbosity, level: &str, message: impl Display) {
    use std::io::Write as _;
    if !is_said(from) {
        return;
    }
    // Not `eprintln!`, which panics where standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "spanwise: {level}: {message}");
}

/// An error's text, and that of each of its causes.
#[cfg(feature = "otlp")]
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Text from outside, made fit for one line: control characters escaped, the end cut off.
pub(crate) fn shown(text: &str) -> String {
    shown_up_to(text, 120)
}

/// The same, of another length.
pub(crate) fn shown_up_to(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for character in text.chars().take(most) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn text_from_outside_stays_on_one_line_and_is_bounded() {
        assert_eq!(shown("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), 121);
    }
}
