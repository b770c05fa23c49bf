//! A flush or a shutdown that waits for its result.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::ExportError;
use crate::export::worker::command::Reply;

pub(super) struct Waiter {
    /// It waits until all batches before this number are settled.
    pub(super) until: u64,
    /// A failure of a request up to this number is ignored: the request began before this waiter.
    pub(super) after_attempt: u64,
    pub(super) timeout: Duration,
    pub(super) deadline: Instant,
    /// A flush fails with the first failed request, unless that was one more of a batch that is refused while others are accepted. A
    /// shutdown tries again until its deadline.
    pub(super) is_shutdown: bool,
    /// How many spans had been lost when it began to wait.
    pub(super) lost_before: u64,
    /// Why the last request failed while it waited.
    pub(super) failure: Option<String>,
    pub(super) reply: Reply,
}

/// How far the exporter is.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExportProgress<'a> {
    /// All batches before this number are settled.
    pub(super) settled: u64,
    /// The number of a request that has just failed, and the reason.
    pub(super) failed: Option<(u64, &'a str)>,
    /// Why nothing more will be settled soon.
    pub(super) only_refused_wait: Option<&'a str>,
    /// How many spans are not settled.
    pub(super) waiting: u64,
    /// How many spans have been lost so far.
    pub(super) lost: u64,
    /// Why spans were lost last.
    pub(super) last_loss: &'a str,
    /// A shutdown's deadline has passed: nothing more will be settled.
    pub(super) gave_up: bool,
}

impl Waiter {
    /// The result, if there is one: its spans are settled, its deadline has passed, or it does not wait for another request after
    /// one that failed.
    pub(super) fn result(&self, progress: ExportProgress<'_>) -> Option<Result<(), ExportError>> {
        let ExportProgress { settled, failed, only_refused_wait, waiting, lost, last_loss, gave_up } =
            progress;
        let (kept, timeout) = (waiting, self.timeout);
        if gave_up {
            // There can be two shutdowns, from a signal and from the guard. Both time out.
            let timed_out = ExportError::TimedOut { kept, timeout };
            return Some(Err(if self.is_shutdown { timed_out } else { ExportError::ShutDown }));
        }
        if settled >= self.until {
            return Some(match lost - self.lost_before {
                0 => Ok(()),
                spans => Err(ExportError::Dropped { spans, reason: last_loss.to_owned() }),
            });
        }
        if let Some((attempt, reason)) = failed
            && !self.is_shutdown
            && attempt > self.after_attempt
        {
            return Some(Err(ExportError::NotDelivered { kept, reason: reason.to_owned() }));
        }
        if let Some(reason) = only_refused_wait
            && !self.is_shutdown
        {
            return Some(Err(ExportError::NotDelivered { kept, reason: reason.to_owned() }));
        }
        if Instant::now() < self.deadline {
            return None;
        }
        Some(Err(match self.failure.as_deref().or(only_refused_wait) {
            Some(reason) => ExportError::NotDelivered { kept, reason: reason.to_owned() },
            None => ExportError::TimedOut { kept, timeout },
        }))
    }
}
