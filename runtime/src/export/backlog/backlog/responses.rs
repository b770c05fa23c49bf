//! What becomes of the batch in flight, by the collector's response.

use bytes::Bytes;

use super::{Backlog, InFlight, Turn};
use crate::diag;
use crate::export::backlog::suspects::{Suspect, Verdict};
use crate::export::backlog::waiting_batch::{BatchPlace, WaitingBatch};
use crate::export::ledger::ledger::SpanStage;
use crate::export::ledger::losses::LossReason;

/// After so many refusals in a row another batch is tried.
const MAX_REFUSALS: u32 = 3;
/// While there are suspects, this many batches become suspects at once if the collector accepts none between them. After that it may be
/// away.
const MAX_IN_A_ROW: u32 = 8;

/// Who is refused, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) enum Refused {
    /// This batch: others can be sent at once.
    One,
    /// This batch, and not for the first time.
    OneAgain,
    /// All that is sent.
    All,
}

/// What becomes of a batch that is too large.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::export) enum TooLarge {
    /// It had this size, and is sent in two.
    Halved { bytes: usize },
    /// It was the span with this name.
    Lost { name: String },
}

impl Backlog {
    /// The batch in flight has arrived, but the collector rejected some of its spans. Returns how many, and the bytes, for reuse.
    pub(in crate::export) fn delivered(&mut self, rejected: u64) -> (u64, Bytes) {
        let Some(InFlight { waiting, .. }) = self.in_flight.take() else { return (0, Bytes::new()) };
        // Whatever the collector says, it cannot reject more than it was sent.
        let spans = waiting.batch.spans;
        let rejected = rejected.min(spans);
        self.ledger.delivered(SpanStage::InFlight, spans - rejected);
        self.ledger.lost(SpanStage::InFlight, rejected, LossReason::Rejected);
        self.collector_works();
        (rejected, self.settle(waiting))
    }

    /// The collector will never accept the batch in flight. With a spool it goes to the quarantine, for inspection.
    pub(in crate::export) fn rejected(&mut self) {
        let Some(InFlight { waiting, .. }) = self.in_flight.take() else { return };
        self.collector_works();
        self.condemn(waiting, LossReason::Rejected);
    }

    /// The batch in flight is too large. Its halves are sent next. If it is a single span, that is lost.
    pub(in crate::export) fn too_large(&mut self) -> Option<TooLarge> {
        let InFlight { waiting, .. } = self.in_flight.take()?;
        self.collector_works();
        let Some(halves) = waiting.halves() else {
            let name = waiting.batch.first_name().to_owned();
            self.condemn(waiting, LossReason::TooLarge);
            return Some(TooLarge::Lost { name });
        };
        let bytes = waiting.batch.bytes.len();
        self.count_parts(waiting.batch.spans, waiting.batch.bytes.len(), halves.iter());
        let [first, second] = halves;
        self.parts.push_front(second);
        self.parts.push_front(first);
        Some(TooLarge::Halved { bytes })
    }

    /// A batch that was in flight is replaced by its parts.
    fn count_parts<'a>(&mut self, spans: u64, bytes: usize, parts: impl Iterator<Item = &'a WaitingBatch>) {
        self.ledger.shift(SpanStage::InFlight, SpanStage::Kept, spans);
        self.bytes -= bytes;
        self.bytes += parts.map(|part| part.batch.bytes.len()).sum::<usize>();
    }

    /// Counts a span that is too large for any request.
    pub(in crate::export) fn lose_too_large(&self) {
        self.ledger.lost_at_once(1, LossReason::TooLarge);
    }

    /// Loses a batch that was in flight and is never accepted.
    fn condemn(&mut self, mut waiting: WaitingBatch, reason: LossReason) {
        if let Some(disk) = &mut self.disk {
            match waiting.place {
                BatchPlace::Disk(on_disk) => {
                    disk.quarantine(&on_disk);
                    waiting.place = BatchPlace::Memory;
                }
                BatchPlace::Memory | BatchPlace::PartOf(_) => disk.write_to_quarantine(&waiting.batch),
            }
        }
        self.lose(waiting, reason);
    }

    /// The collector refused the batch in flight, and may accept it later.
    pub(in crate::export) fn refused(&mut self) -> Refused {
        let Some(InFlight { waiting, turn }) = self.in_flight.take() else { return Refused::All };
        if let Turn::Suspect(trial) = turn {
            self.refused_again(Suspect { waiting, trial });
            return Refused::OneAgain;
        }
        if self.questioned.is_some() {
            // This one did not vouch for the collector. The question is asked again later.
            self.questions += 1;
            self.refusals = 0;
            self.put_back(waiting, turn);
            return Refused::All;
        }
        self.refusals += 1;
        self.since_accepted = self.since_accepted.saturating_add(1);
        if !self.suspects.is_empty() && self.since_accepted <= MAX_IN_A_ROW && self.has_others() {
            self.ledger.shift(SpanStage::InFlight, waiting.stage(), waiting.batch.spans);
            self.suspects.push_back(Suspect::new(waiting, false));
            return Refused::One;
        }
        // That the collector accepts some batches and not others is known if there are suspects.
        let enough = if self.suspects.is_empty() { MAX_REFUSALS } else { 1 };
        if self.refusals < enough || !self.has_others() {
            self.put_back(waiting, turn);
            return Refused::All;
        }
        self.ledger.shift(SpanStage::InFlight, waiting.stage(), waiting.batch.spans);
        self.questioned = Some(waiting);
        Refused::One
    }

    fn refused_again(&mut self, suspect: Suspect) {
        let whole = &suspect.waiting;
        let (stage, spans, bytes) = (whole.stage(), whole.batch.spans, whole.batch.bytes.len());
        match self.suspects.refused(suspect) {
            Verdict::Waits(suspect) => {
                self.ledger.shift(SpanStage::InFlight, stage, spans);
                self.suspects.push_back(suspect);
            }
            Verdict::Halves(halves) => {
                self.count_parts(spans, bytes, halves.iter().map(|half| &half.waiting));
                self.suspects.push_halves(halves);
            }
            Verdict::Guilty(waiting) => {
                diag::warn_once("refused alone", || {
                    format!(
                        "the collector accepts other spans, but refused {:?} again and again; it is dropped (further ones \
                         are counted, not logged)",
                        diag::escaped(waiting.batch.first_name())
                    )
                });
                self.condemn(waiting, LossReason::Refused);
            }
        }
    }

    /// The collector decided about a batch, so it is available.
    fn collector_works(&mut self) {
        self.refusals = 0;
        self.since_accepted = 0;
        self.suspects.others_were_accepted();
        if let Some(waiting) = self.questioned.take() {
            self.suspects.push_back(Suspect::new(waiting, true));
        }
        while let Some(surplus) = self.suspects.take_surplus(self.max_bytes / 2) {
            self.ledger.shift(surplus.stage(), SpanStage::InFlight, surplus.batch.spans);
            self.condemn(surplus, LossReason::Refused);
        }
    }

    /// The batch in flight got no response. It stays where it is.
    pub(in crate::export) fn failed(&mut self) {
        let Some(InFlight { waiting, turn }) = self.in_flight.take() else { return };
        self.put_back(waiting, turn);
    }

    /// Puts a batch that was in flight back to where it comes from, and the one that is in question before it.
    fn put_back(&mut self, waiting: WaitingBatch, turn: Turn) {
        self.ledger.shift(SpanStage::InFlight, waiting.stage(), waiting.batch.spans);
        match turn {
            Turn::Suspect(trial) => self.suspects.push_back(Suspect { waiting, trial }),
            Turn::Part => self.parts.push_front(waiting),
            Turn::Newest => self.memory.push_back(waiting),
            Turn::Oldest => self.put_first(waiting),
        }
        if let Some(questioned) = self.questioned.take() {
            self.put_first(questioned);
        }
    }

    fn put_first(&mut self, waiting: WaitingBatch) {
        match waiting.place {
            BatchPlace::Memory => self.memory.push_front(waiting),
            BatchPlace::Disk(_) => self.leave_on_disk(waiting),
            BatchPlace::PartOf(_) => self.parts.push_front(waiting),
        }
    }
}
