//! Levels: which spans are recorded. Compiled with recording off, too.

use std::sync::atomic::{AtomicU8, Ordering};

/// The importance of a span, most important first.
///
/// `#[instrument(level = debug)]` and `err(level = warn)` set it. [`set_max_level`] sets up to which level spans are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is wrong.
    Warn,
    /// Normal operation.
    Info,
    /// For debugging.
    Debug,
    /// For debugging, with all details.
    Trace,
}

impl Level {
    /// Returns the name in capitals, as it is recorded: `"ERROR"` … `"TRACE"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

/// The level of `tracing`: `#[instrument(level = LEVEL)]` takes a constant of either type.
#[cfg(feature = "logs")]
impl From<tracing::Level> for Level {
    fn from(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            tracing::Level::DEBUG => Self::Debug,
            tracing::Level::TRACE => Self::Trace,
        }
    }
}

static MAX: AtomicU8 = AtomicU8::new(Level::Trace as u8);

/// Sets the level up to which spans are recorded, from now on.
///
/// Spans beyond it are not recorded, and their children become children of the span around them. Spans without a level are always
/// recorded. The default is [`Level::Trace`], which records everything. The level may be changed at any time, from any thread.
///
/// ```
/// spanwise::set_max_level(spanwise::Level::Info);
/// # spanwise::set_max_level(spanwise::Level::Trace);
/// ```
pub fn set_max_level(level: Level) {
    MAX.store(level as u8, Ordering::Relaxed);
}

/// Returns whether spans of this level are recorded.
#[cfg(feature = "record")]
#[doc(hidden)]
#[inline]
#[must_use]
pub fn is_enabled(level: Level) -> bool {
    level as u8 <= MAX.load(Ordering::Relaxed)
}
