//! Those who wait for a flush or a shutdown.

use std::time::Duration;

use tokio::time::Instant;

use super::thread::Reply;
use crate::error::ExportError;

/// Who waits for everything up to a batch to be settled.
pub(super) struct Waiter {
    /// The number of the first batch that does not matter.
    pub(super) until: u64,
    /// Attempts up to this number began before, and say nothing of what is wanted now.
    pub(super) after_attempt: u64,
    pub(super) within: Duration,
    pub(super) deadline: Instant,
    /// A flush gives up on the first failure, a shutdown tries again until its deadline.
    pub(super) is_shutdown: bool,
    /// How many spans had been lost when it began to wait.
    pub(super) lost_before: u64,
    /// What the last attempt that failed while it waited said.
    pub(super) failure: Option<String>,
    pub(super) reply: Reply,
}

/// How far the exporter is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached<'a> {
    /// All batches before this number are settled.
    pub(super) settled: u64,
    /// The number of an attempt that has just failed, and why.
    pub(super) failed: Option<(u64, &'a str)>,
    /// Spans that are not settled.
    pub(super) waiting: u64,
    /// Spans that have been lost so far, and why the last were.
    pub(super) lost: u64,
    pub(super) last_loss: &'a str,
    /// A shutdown's time was over: nothing will be settled any more.
    pub(super) gave_up: bool,
}

impl Waiter {
    /// What it is told now, if anything: its spans are settled, its time is up, or, after an attempt that failed, it
    /// does not wait for another.
    pub(super) fn is_told(&self, reached: Reached<'_>) -> Option<Result<(), ExportError>> {
        let Reached { settled, failed, waiting, lost, last_loss, gave_up } = reached;
        let (kept, within) = (waiting, self.within);
        if gave_up {
            // A shutdown that was begun twice is answered twice.
            let timed_out = ExportError::TimedOut { kept, within };
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
        if Instant::now() < self.deadline {
            return None;
        }
        Some(Err(match &self.failure {
            Some(reason) => ExportError::NotDelivered { kept, reason: reason.clone() },
            None => ExportError::TimedOut { kept, within },
        }))
    }
}
