//! The time: moments as they are taken where spans start and end, and what time of day they were.
//!
//! A recorded moment is a count of [`ticks`], which never goes backwards. The exporter's thread turns
//! it into a time of day by its [`Calendar`].

mod calendar;
mod ticks;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[cfg(feature = "otlp")]
pub(crate) use calendar::Calendar;
pub(crate) use ticks::start;

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// By the count.
    Ticks(u64),
    /// By the time of day, as nanoseconds since 1970: where a person has said so, and in captures,
    /// where nobody keeps a calendar.
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

    pub(in crate::engine) const fn of(number: u64, is_wall: bool) -> Self {
        if is_wall { Self::Wall(number) } else { Self::Ticks(number) }
    }

    pub(in crate::engine) fn wall_now() -> Self {
        Self::wall(SystemTime::now())
    }

    /// The number of it, whatever it counts.
    #[inline]
    pub(in crate::engine) const fn number(self) -> u64 {
        match self {
            Self::Ticks(number) | Self::Wall(number) => number,
        }
    }

    pub(in crate::engine) fn wall(time: SystemTime) -> Self {
        Self::Wall(nanoseconds(time))
    }
}

/// Nanoseconds since 1970; 0 for a time that does not fit.
pub(crate) fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or_default()
}

/// So many nanoseconds since 1970.
pub(crate) fn time(nanoseconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}
