//! Batches that the collector refuses although it accepts others. They must not hold up what is behind them.
//!
//! A collector that answers 503 may be busy, or may never be able to take this one batch. Another batch tells: if it is
//! accepted, the refused one is a suspect. Suspects are tried again between others, each time in halves, until the span is found
//! that is refused alone. A refusal counts only if something else was accepted since the one before.
//!
//! A suspect may be innocent: one of several gateways behind the collector may be away, and with it the place for some traces. So
//! none is given up before its time, however often it is refused.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use crate::export::backlog::waiting_batch::WaitingBatch;

/// The most suspects, each part counted.
const MAX_SUSPECTS: usize = 1024;
/// While there are more than this, none is halved before its time: so many suspects are an outage.
const MAX_HALVED: usize = 64;
/// How long a batch is a suspect before it can be given up. The exporters of OpenTelemetry's collector wait as long.
const MIN_TIME: Duration = Duration::from_secs(5 * 60);
/// The most refused requests that are spent on a batch and its parts.
const MAX_REQUESTS: u32 = 100;
/// A span is given up after it was refused alone this many times, at least.
const MAX_REFUSALS: u32 = 3;
/// The pauses of a suspect. They double.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const MAX_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Suspect {
    pub(super) waiting: WaitingBatch,
    pub(super) trial: Trial,
}

/// What is known of a suspect.
#[derive(Debug)]
pub(super) struct Trial {
    /// How many refused requests are left for the batch that it is a part of.
    requests_left: Rc<Cell<u32>>,
    /// How often it was refused.
    refusals: u32,
    /// Whether another batch was accepted since this one was refused.
    others_were_accepted: bool,
    /// When it became a suspect, or the batch that it is a part of.
    since: Instant,
    pause: Duration,
    next_try: Instant,
}

/// What comes of a suspect that is refused again.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is tried again later.
    Waits(Suspect),
    /// Its halves are tried next.
    Halves([Suspect; 2]),
    /// It is given up.
    Guilty(WaitingBatch),
}

impl Suspect {
    /// A batch that was refused, and whether another one was accepted since.
    pub(super) fn new(waiting: WaitingBatch, others_were_accepted: bool) -> Self {
        let trial = Trial {
            requests_left: Rc::new(Cell::new(MAX_REQUESTS)),
            refusals: 0,
            others_were_accepted,
            since: Instant::now(),
            pause: FIRST_PAUSE,
            next_try: Instant::now() + FIRST_PAUSE,
        };
        Self { waiting, trial }
    }

    /// It was refused again, as one of so many.
    fn refused(mut self, suspects: usize) -> Verdict {
        let Self { waiting, trial } = &mut self;
        trial.next_try = Instant::now() + trial.pause;
        trial.pause = (2 * trial.pause).min(MAX_PAUSE);
        if !std::mem::take(&mut trial.others_were_accepted) {
            return Verdict::Waits(self);
        }
        trial.refusals += 1;
        let left = trial.requests_left.get().saturating_sub(1);
        trial.requests_left.set(left);
        let is_time = trial.since.elapsed() >= MIN_TIME;
        if left > 0
            && (is_time || suspects < MAX_HALVED)
            && let Some(halves) = waiting.halves()
        {
            return Verdict::Halves(halves.map(|waiting| Self {
                waiting,
                trial: Trial {
                    requests_left: Rc::clone(&trial.requests_left),
                    refusals: 0,
                    others_were_accepted: false,
                    since: trial.since,
                    pause: FIRST_PAUSE,
                    next_try: Instant::now(),
                },
            }));
        }
        match is_time && trial.refusals >= MAX_REFUSALS {
            true => Verdict::Guilty(self.waiting),
            false => Verdict::Waits(self),
        }
    }
}

/// The suspects, in order.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    list: VecDeque<Suspect>,
    /// Whether a suspect was the last to be sent: now it is another batch's turn.
    had_turn: bool,
}

impl Suspects {
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &WaitingBatch> {
        self.list.iter().map(|suspect| &suspect.waiting)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut WaitingBatch> {
        self.list.iter_mut().map(|suspect| &mut suspect.waiting)
    }

    /// One of them was sent, and refused again.
    pub(super) fn refused(&self, suspect: Suspect) -> Verdict {
        suspect.refused(self.list.len())
    }

    pub(super) fn push_back(&mut self, suspect: Suspect) {
        self.list.push_back(suspect);
    }

    /// Its halves are tried before all others.
    pub(super) fn push_halves(&mut self, [first, second]: [Suspect; 2]) {
        self.list.push_front(second);
        self.list.push_front(first);
    }

    /// The suspect to send now. If there are others, every second turn is theirs.
    pub(super) fn next_due(&mut self, has_others: bool) -> Option<Suspect> {
        if std::mem::take(&mut self.had_turn) && has_others {
            return None;
        }
        let now = Instant::now();
        let due = self.list.iter().position(|suspect| suspect.trial.next_try <= now)?;
        self.had_turn = true;
        self.list.remove(due)
    }

    /// When the next one is due.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.list.iter().map(|suspect| suspect.trial.next_try).min()
    }

    /// Something else was accepted.
    pub(super) fn others_were_accepted(&mut self) {
        self.list.iter_mut().for_each(|suspect| suspect.trial.others_were_accepted = true);
    }

    /// Ends the pauses.
    pub(super) fn try_now(&mut self) {
        let now = Instant::now();
        for Suspect { trial, .. } in &mut self.list {
            trial.pause = FIRST_PAUSE;
            trial.next_try = now;
        }
    }

    /// Takes out the one that has waited longest, if there are too many, or more than this many bytes.
    pub(super) fn take_surplus(&mut self, max_bytes: usize) -> Option<WaitingBatch> {
        let bytes: usize = self.iter().map(|waiting| waiting.batch.bytes.len()).sum();
        let is_surplus = self.list.len() > MAX_SUSPECTS || (bytes > max_bytes && self.list.len() > 1);
        if is_surplus { self.take_first() } else { None }
    }

    pub(super) fn take_first(&mut self) -> Option<WaitingBatch> {
        self.list.pop_front().map(|suspect| suspect.waiting)
    }
}
