//! How much is recorded: the levels that an attribute may give a span.
//!
//! There with recording off too, for programs that set it.

use std::sync::atomic::{AtomicU8, Ordering};

/// How important a span is; the first is the most.
///
/// `#[instrument(level = debug)]` and `err(level = warn)` name one; [`set_max_level`] says up to which
/// of them spans are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What happens.
    Info,
    /// For those who look for a fault.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// Its name in capitals, as it is recorded: `"ERROR"` … `"TRACE"`.
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

static MAX: AtomicU8 = AtomicU8::new(Level::Trace as u8);

/// From now on, spans whose attribute gives them a level beyond this one are not recorded: what they
/// would have held hangs on the span around them. Spans without a level always are.
///
/// The default is [`Level::Trace`]: everything. It may be changed at any time, from any thread.
///
/// ```
/// spanwise::set_max_level(spanwise::Level::Info);
/// # spanwise::set_max_level(spanwise::Level::Trace);
/// ```
pub fn set_max_level(level: Level) {
    MAX.store(level as u8, Ordering::Relaxed);
}

/// Whether what is of this level is recorded.
#[cfg(feature = "record")]
#[doc(hidden)]
#[inline]
#[must_use]
pub fn is_enabled(level: Level) -> bool {
    level as u8 <= MAX.load(Ordering::Relaxed)
}
