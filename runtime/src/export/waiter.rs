//! Those who wait for a flush or a shutdown.

use std::time::Duration;

use tokio::time::Instant;

use super::thread::Reply;
use crate::error::ExportError;

/// Who waits for everything up to a batch to be settled.
pub(super) struct Waiter {
    /// The number of the last batch that matters.
    pub(super) until: u64,
    /// Attempts up to this number began before, and say nothing of what is wanted now.
    pub(super) after_attempt: u64,
    pub(super) within: Duration,
    pub(super) deadline: Instant,
    /// A flush gives up on the first failure, a shutdown tries again until its deadline.
    pub(super) is_shutdown: bool,
    /// What was lost on the way, and why.
    lost: Option<(u64, String)>,
    /// What the last attempt that failed while it waited said.
    failure: Option<String>,
    reply: Reply,
}

/// How far the exporter is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached<'a> {
    /// The number of the last batch that is settled, with all before.
    pub(super) settled: u64,
    /// The number of an attempt that has just failed, and why.
    pub(super) failed: Option<(u64, &'a str)>,
    /// Spans that are kept.
    pub(super) kept: u64,
    /// The shutdown has been answered: nothing will be settled any more.
    pub(super) gave_up: bool,
}

impl Waiter {
    pub(super) fn new(
        within: Duration,
        is_shutdown: bool,
        until: u64,
        after_attempt: u64,
        reply: Reply,
    ) -> Self {
        let deadline = Instant::now() + within;
        Self { until, after_attempt, within, deadline, is_shutdown, lost: None, failure: None, reply }
    }

    pub(super) fn lose(&mut self, spans: u64, reason: &str) {
        let lost = self.lost.get_or_insert_with(|| (0, reason.to_owned()));
        lost.0 += spans;
    }

    pub(super) fn fail(&mut self, reason: &str) {
        self.failure = Some(reason.to_owned());
    }

    pub(super) fn answer(self, answer: Result<(), ExportError>) {
        (self.reply)(answer);
    }

    /// What it is told now, if anything: its spans are settled, its time is up, or, after an attempt that failed, it
    /// does not wait for another.
    pub(super) fn is_told(&self, reached: Reached<'_>) -> Option<Result<(), ExportError>> {
        let Reached { settled, failed, kept, gave_up } = reached;
        let within = self.within;
        if settled >= self.until {
            return Some(match &self.lost {
                Some((spans, reason)) => Err(ExportError::Dropped { spans: *spans, reason: reason.clone() }),
                None => Ok(()),
            });
        }
        if gave_up {
            // A shutdown that was begun twice is answered twice.
            let timed_out = ExportError::TimedOut { kept, within };
            return Some(Err(if self.is_shutdown { timed_out } else { ExportError::ShutDown }));
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
