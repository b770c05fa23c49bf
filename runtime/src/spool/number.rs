//! The number of a batch, which is also its age.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Decimal digits of the largest number.
const DIGITS: usize = 20;

/// Names one batch in a spool; the greater, the younger.
///
/// It is the time at which the batch was kept, in nanoseconds since 1970, moved up where that is
/// needed to stay greater than every number before it. A count from one would do within a process.
/// The time also sorts batches of different processes by age, so that adopted batches keep their
/// names and find their place in the queue by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BatchNumber(u64);

impl BatchNumber {
    /// The number of this moment; zero if the clock stands before 1970.
    pub(crate) fn now() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX))
    }

    /// The next greater number. The greatest is followed by itself, in the year 2554.
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Reads what `Display` writes, and nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits_only = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        digits_only.then(|| text.parse().ok()).flatten().map(Self)
    }
}

/// Always twenty digits, so that names sort as numbers do.
impl fmt::Display for BatchNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:0DIGITS$}", self.0)
    }
}
