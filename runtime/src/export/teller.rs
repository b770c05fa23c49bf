//! Losses, told: each reason at its first loss, and then once a minute at the most.

use std::time::Duration;

use tokio::time::Instant;

use super::ledger::Dropped;
use crate::diag;

const EVERY: Duration = Duration::from_secs(60);

/// What has been told.
#[derive(Debug)]
pub(super) struct Teller([Option<Told>; REASONS]);

const REASONS: usize = 10;

#[derive(Clone, Copy, Debug)]
struct Told {
    count: u64,
    at: Instant,
}

/// What a person can do about each reason, in the order of [`Dropped::by_reason`].
const ADVICE: [&str; REASONS] = [
    "spans end faster than they are exported; OTEL_BSP_MAX_QUEUE_SIZE says how many may wait",
    "the collector has been away for too long; `max_memory_bytes` says how much is kept, and a spool keeps more",
    "the collector has been away for too long; `max_spool_bytes` says how much is kept",
    "the files are in the quarantine of the spool, if they are anywhere",
    "the collector's own log says why",
    "shut down when all work is done",
    "spans cannot start in the destructors of thread-local variables",
    "the collector was away at the shutdown; a spool keeps what is left for the next process",
    "the line before this one says why",
    "`max_spans_per_trace` says how many they may have",
];

impl Teller {
    pub(super) const fn new() -> Self {
        Self([None; REASONS])
    }

    /// Tells what is new, where it is time to.
    pub(super) fn tell(&mut self, dropped: &Dropped) {
        self.news(dropped, Instant::now()).into_iter().for_each(diag::warn);
    }

    fn news(&mut self, dropped: &Dropped, now: Instant) -> Vec<String> {
        let mut news = Vec::new();
        for ((told, advice), (count, what)) in self.0.iter_mut().zip(ADVICE).zip(dropped.by_reason()) {
            let before = told.map_or(0, |told| told.count);
            if count > before && told.is_none_or(|told| now.duration_since(told.at) >= EVERY) {
                news.push(format!("{} spans were {what}: {advice}", count - before));
                *told = Some(Told { count, at: now });
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_at_its_first_loss_and_then_once_a_minute() {
        let mut teller = Teller::new();
        let start = Instant::now();
        let mut news = |dropped: Dropped, seconds| {
            let news = teller.news(&dropped, start + Duration::from_secs(seconds));
            news.iter().map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let full = |queue_full| Dropped { queue_full, ..Dropped::default() };
        assert!(news(Dropped::default(), 0).is_empty());
        assert_eq!(news(full(3), 0), ["3 spans were dropped because the queue was full"]);
        assert!(news(full(9), 59).is_empty());
        let both = Dropped { rejected: 2, ..full(9) };
        assert_eq!(news(both, 59), ["2 spans were rejected by the collector"], "another reason");
        assert_eq!(news(both, 60), ["6 spans were dropped because the queue was full"], "all since");
        assert!(news(both, 1_000).is_empty(), "nothing new");
    }
}
