//! When something happened.

use std::time::SystemTime;

use crate::engine::clock::ticks;
use crate::otlp::unix_nanos;

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A count of [`ticks`].
    Ticks(u64),
    /// Nanoseconds since 1970: where the application gave the time, and in captures, which have no calendar.
    Wall(u64),
}

impl Moment {
    #[inline]
    pub(in crate::engine) fn now() -> Self {
        Self::Ticks(ticks::now())
    }

    pub(in crate::engine) const fn is_wall(self) -> bool {
        matches!(self, Self::Wall(_))
    }

    /// From its [`number`](Self::number).
    pub(in crate::engine) const fn from_number(number: u64, is_wall: bool) -> Self {
        if is_wall { Self::Wall(number) } else { Self::Ticks(number) }
    }

    pub(in crate::engine) fn wall_now() -> Self {
        Self::wall(SystemTime::now())
    }

    /// The ticks or the nanoseconds.
    #[inline]
    pub(in crate::engine) const fn number(self) -> u64 {
        match self {
            Self::Ticks(number) | Self::Wall(number) => number,
        }
    }

    pub(in crate::engine) fn wall(time: SystemTime) -> Self {
        Self::Wall(unix_nanos(time))
    }
}
