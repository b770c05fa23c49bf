//! Messages of Spanwise about itself: lines on standard error, never spans.
//!
//! [`warn_once`] writes a warning of each kind once, so that input that comes again and again, such as a malformed header, cannot
//! fill a disk. A thread of its own does the writing: standard error may be a pipe that nobody reads.

use std::collections::HashSet;
use std::fmt::Display;
use std::io::Write as _;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::leaked_cell::LeakedCell;
use crate::outbox::Outbox;

/// The most bytes of messages that wait to be written.
const MAX_WAITING_BYTES: usize = 64 * 1024;
/// How long a message's caller waits until it is written, so that it comes in time. If standard error is blocked, only the first
/// one waits.
const PATIENCE: Duration = Duration::from_millis(20);

/// What messages need in one process. A forked child has its own: threads that held a lock at the fork do not exist there.
struct Messages {
    process: u32,
    /// The kinds of warnings that [`warn_once`] has written.
    warned_kinds: Mutex<HashSet<&'static str>>,
    lines: Outbox<String>,
    /// How many lines had no room.
    left_out: AtomicU64,
}

static MESSAGES: LeakedCell<Messages> = LeakedCell::EMPTY;

impl Messages {
    fn of_this_process() -> &'static Self {
        let process = std::process::id();
        MESSAGES.get_or_replace(
            |messages| messages.process == process,
            || Self {
                process,
                warned_kinds: Mutex::default(),
                lines: Outbox::new("spanwise-messages", MAX_WAITING_BYTES, write),
                left_out: AtomicU64::new(0),
            },
        )
    }

    fn put(&self, mut line: String) {
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            line = format!(
                "spanwise: warning: standard error was blocked, and {left_out} messages were left out\n{line}"
            );
        }
        let bytes = line.len();
        if self.lines.put(line, bytes, PATIENCE).is_err() {
            self.left_out.fetch_add(left_out + 1, Ordering::Relaxed);
        }
    }
}

/// Writes in one piece, and without the lock of standard error, which some thread may hold.
fn write(line: String) {
    let _ = match unlocked_stderr() {
        Some(mut stderr) => stderr.write_all(line.as_bytes()),
        // Not `eprint!`, which panics where standard error is closed.
        None => std::io::stderr().lock().write_all(line.as_bytes()),
    };
}

/// Waits until all messages are written, if they are written at all, and at most this long.
#[cfg(feature = "otlp")]
pub(crate) fn flush(most: Duration) {
    Messages::of_this_process().lines.wait_until_empty(most);
}

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
    let warned = &Messages::of_this_process().warned_kinds;
    let is_first = warned.lock().unwrap_or_else(PoisonError::into_inner).insert(kind);
    if is_first {
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
    if is_enabled(verbosity) {
        Messages::of_this_process().put(format!("spanwise: {level}: {message}\n"));
    }
}

/// Returns the text of an error and of each of its causes.
#[cfg(feature = "otlp")]
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Returns text from outside for one line: control characters and invisible ones are escaped, and the text is cut off after 120
/// characters.
pub(crate) fn escaped(text: &str) -> String {
    escaped_up_to(text, 120)
}

/// The same, cut off after `max` characters.
pub(crate) fn escaped_up_to(text: &str, max: usize) -> String {
    let mut escaped = String::new();
    for character in text.chars().take(max) {
        if character.is_control() || is_invisible(character) {
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

/// Characters that show nothing, or change how what follows is shown: they can hide text, or turn it around.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn escaped_text_is_one_line_and_bounded() {
        assert_eq!(escaped("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        assert_eq!(escaped("\u{202e}gnp.exe\u{200b}"), "\\u{202e}gnp.exe\\u{200b}");
        assert_eq!(escaped("日本語 é ü"), "日本語 é ü");
        assert_eq!(escaped(&"x".repeat(500)).chars().count(), 121);
    }
}
