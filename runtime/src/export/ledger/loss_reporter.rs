//! Warnings about lost spans: one per reason at the first loss, then at most one a minute.

use std::time::Duration;

use tokio::time::Instant;

use crate::diag;
use crate::export::ledger::losses::{Dropped, LossReason};

/// The shortest time between two warnings with the same reason.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// Remembers the last warning of each reason.
#[derive(Debug, Default)]
pub(in crate::export) struct LossReporter([Option<LastWarning>; LossReason::ALL.len()]);

#[derive(Clone, Copy, Debug)]
struct LastWarning {
    /// How many spans were lost by then.
    count: u64,
    at: Instant,
}

impl LossReporter {
    /// Warns about new losses, if a warning is due.
    pub(in crate::export) fn warn(&mut self, dropped: &Dropped) {
        self.due(dropped, Instant::now()).into_iter().for_each(diag::warn);
    }

    /// The warnings that are due.
    fn due(&mut self, dropped: &Dropped, now: Instant) -> Vec<String> {
        let mut due = Vec::new();
        for (last, reason) in self.0.iter_mut().zip(LossReason::ALL) {
            let count = dropped.of(*reason);
            let before = last.map_or(0, |last| last.count);
            if count > before && last.is_none_or(|last| now.duration_since(last.at) >= WARNING_INTERVAL) {
                due.push(format!("{} spans were {}: {}", count - before, reason.text(), reason.advice()));
                *last = Some(LastWarning { count, at: now });
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_warned_about_at_its_first_loss_and_then_once_a_minute() {
        let mut reporter = LossReporter::default();
        let start = Instant::now();
        let mut due = |dropped: Dropped, seconds| {
            let due = reporter.due(&dropped, start + Duration::from_secs(seconds));
            due.iter().map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let full = |queue_full| Dropped { queue_full, ..Dropped::default() };
        assert!(due(Dropped::default(), 0).is_empty());
        assert_eq!(due(full(3), 0), ["3 spans were dropped because the queue was full"]);
        assert!(due(full(9), 59).is_empty());
        let both = Dropped { rejected: 2, ..full(9) };
        assert_eq!(due(both, 59), ["2 spans were rejected by the collector"], "another reason");
        assert_eq!(due(both, 60), ["6 spans were dropped because the queue was full"], "all since");
        assert!(due(both, 1_000).is_empty(), "nothing new");
    }
}
