//! Messages of Spanwise about itself: lines on standard error, never spans.
//!
//! [`warn_once`] writes a warning of each kind once, so that input that comes again and again, such as a malformed header, cannot
//! fill a disk.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The kinds of warnings that [`warn_once`] has written.
static WARNED_KINDS: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

/// Which messages are written: those of this level and of the levels before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "only `init` sets it"))]
pub(crate) enum Verbosity {
    Nothing,
    Warnings,
    Notes,
    Details,
}

static VERBOSITY: AtomicU8 = AtomicU8::new(Verbosity::Notes as u8);

/// Sets which messages are written, from now on.
#[cfg(feature = "otlp")]
pub(crate) fn set_verbosity(verbosity: Verbosity) {
    VERBOSITY.store(verbosity as u8, Ordering::Relaxed);
}

/// Writes a warning, something that a person should act on, at each call.
pub(crate) fn warn(message: impl Display) {
    write_line(Verbosity::Warnings, "warning", message);
}

/// Writes a warning once for each `kind` in the process.
pub(crate) fn warn_once(kind: &'static str, message: impl FnOnce() -> String) {
    let first = WARNED_KINDS.lock().unwrap_or_else(PoisonError::into_inner).insert(kind);
    if first {
        warn(message());
    }
}

/// Writes a note, something that is good to know.
#[cfg(feature = "otlp")]
pub(crate) fn note(message: impl Display) {
    write_line(Verbosity::Notes, "note", message);
}

/// Writes a detail, for debugging.
#[cfg(feature = "otlp")]
pub(crate) fn detail(message: impl Display) {
    write_line(Verbosity::Details, "detail", message);
}

/// Writes a warning from a panic hook: in one piece, and without the lock of standard error, which this or another thread may
/// hold.
pub(crate) fn warn_in_hook(message: impl Display) {
    use std::io::Write as _;
    if !is_enabled(Verbosity::Warnings) {
        return;
    }
    let line = format!("spanwise: warning: {message}\n");
    if let Some(mut stderr) = unlocked_stderr() {
        let _ = stderr.write_all(line.as_bytes());
    }
}

/// Returns a handle of its own to standard error.
fn unlocked_stderr() -> Option<std::fs::File> {
    unlocked(&std::io::stderr())
}

/// Returns a handle of its own to standard output: the thread that holds the lock may be waiting.
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

fn is_enabled(verbosity: Verbosity) -> bool {
    VERBOSITY.load(Ordering::Relaxed) >= verbosity as u8
}

fn write_line(verbosity: Verbosity, level: &str, message: impl Display) {
    use std::io::Write as _;
    if !is_enabled(verbosity) {
        return;
    }
    // Not `eprintln!`, which panics where standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "spanwise: {level}: {message}");
}

/// Returns the text of an error and of each of its causes.
#[cfg(feature = "otlp")]
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Returns text from outside for one line: control characters are escaped, and the text is cut off after 120 characters.
pub(crate) fn shown(text: &str) -> String {
    shown_up_to(text, 120)
}

/// The same, cut off after `max` characters.
pub(crate) fn shown_up_to(text: &str, max: usize) -> String {
    let mut escaped = String::new();
    for character in text.chars().take(max) {
        if character.is_control() {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    if text.chars().nth(max).is_some() {
        escaped.push('…');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn escaped_text_is_one_line_and_bounded() {
        assert_eq!(shown("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), 121);
    }
}
