//! Turns a count of ticks into a time of day.
//!
//! Both clocks are read twice, and a line through both readings converts ticks to time. As the process runs, new readings
//! correct the line. Each line begins where the one before ends, and the last minute's lines are remembered. So a
//! correction changes the rate and never makes the time jump, and times that were converted at different moments still
//! fit together. Only if the system's clock was set does the time jump with it: a span that was open then starts at the time
//! before, and lasts as long as it did.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use crate::engine::clock::moment::Moment;
use crate::engine::clock::ticks;
use crate::otlp::unix_nanos;

/// The time between the first two readings. A longer one makes the first line more exact.
const FIRST_DELAY: Duration = Duration::from_millis(1);
/// Nanoseconds until the line is corrected for the first time. Each further interval is ten times as long…
const MIN_INTERVAL: u64 = 10_000_000;
/// …up to this many nanoseconds.
const MAX_INTERVAL: u64 = 1_000_000_000;
/// If the system's clock is off by more than this many nanoseconds, it was set.
const CLOCK_WAS_SET: u64 = 100_000_000;
/// How many lines are remembered, for spans that started before the last one.
const MAX_LINES: usize = 64;
/// How many jumps are remembered.
const MAX_JUMPS: usize = 64;

/// Both clocks, read at the same time.
#[derive(Clone, Copy, Debug)]
struct ClockReading {
    ticks: u64,
    nanos: u64,
}

impl ClockReading {
    /// The most exact of eight readings: an interruption between both clocks makes them differ.
    fn now() -> Self {
        let mut best: Option<(u64, Self)> = None;
        for _ in 0..8 {
            let before = ticks::now();
            let nanos = unix_nanos(SystemTime::now());
            let took = ticks::now().saturating_sub(before);
            if best.is_none_or(|(shortest, _)| took < shortest) {
                best = Some((took, Self { ticks: before + took / 2, nanos }));
            }
        }
        best.map_or(Self { ticks: 0, nanos: 0 }, |(_, reading)| reading)
    }
}

/// Converts the ticks from a reading on.
#[derive(Clone, Copy, Debug)]
struct TickLine {
    from: ClockReading,
    /// Nanoseconds per tick.
    rate: f64,
}

impl TickLine {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "far from the line's beginning it need not be exact"
    )]
    fn at(&self, ticks: u64) -> u64 {
        let since = ticks.wrapping_sub(self.from.ticks).cast_signed();
        self.from.nanos.saturating_add_signed((since as f64 * self.rate) as i64)
    }
}

/// The system's clock was set.
#[derive(Clone, Copy, Debug)]
struct Jump {
    ticks: u64,
    /// By how many nanoseconds.
    nanos: i64,
}

/// Turns moments into times of day. The exporter's thread has one.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// Oldest first; never empty.
    lines: VecDeque<TickLine>,
    /// Oldest first.
    jumps: VecDeque<Jump>,
    /// The reading that the rate is measured from.
    base: ClockReading,
    /// Nanoseconds until the next correction.
    interval: u64,
}

impl Calendar {
    /// Reads the clocks for a millisecond.
    pub(crate) fn start() -> Self {
        ticks::start();
        let base = ClockReading::now();
        std::thread::sleep(FIRST_DELAY);
        let now = ClockReading::now();
        Self::of(base, now)
    }

    fn of(base: ClockReading, now: ClockReading) -> Self {
        let line = TickLine { from: now, rate: rate(base, now).unwrap_or(1.0) };
        Self { lines: VecDeque::from([line]), jumps: VecDeque::new(), base, interval: MIN_INTERVAL }
    }

    /// When something started and ended, in nanoseconds since 1970. The difference is the time that it took, whatever happened to
    /// the system's clock meanwhile.
    pub(crate) fn times(&self, start: Moment, end: Moment) -> (u64, u64) {
        let (Moment::Ticks(from), Moment::Ticks(to)) = (start, end) else {
            let start = self.nanoseconds(start);
            return (start, self.nanoseconds(end).max(start));
        };
        let last = self.last();
        if last.from.ticks <= from && from <= to {
            return (last.at(from), last.at(to));
        }
        // If the counter was reset between them only the end is known.
        let start = self.nanoseconds(Moment::Ticks(from.min(to)));
        let end = self.nanoseconds(end).saturating_add_signed(-self.jumped(from, to));
        (start, end.max(start))
    }

    /// How long something took, in nanoseconds.
    pub(crate) fn duration(&self, start: Moment, end: Moment) -> u64 {
        let (start, end) = self.times(start, end);
        end - start
    }

    /// The time of day of a moment, in nanoseconds since 1970.
    fn nanoseconds(&self, moment: Moment) -> u64 {
        match moment {
            Moment::Wall(nanos) => nanos,
            Moment::Ticks(ticks) if self.last().from.ticks <= ticks => self.last().at(ticks),
            Moment::Ticks(ticks) => self.before_last_line(ticks),
        }
    }

    #[cold]
    fn before_last_line(&self, ticks: u64) -> u64 {
        let mut newest_first = self.lines.iter().rev();
        if let Some(line) = newest_first.find(|line| line.from.ticks <= ticks) {
            return line.at(ticks);
        }
        // Before the first line that is remembered: by the average rate so far.
        let first = self.lines[0];
        let line = TickLine { rate: rate(self.base, first.from).unwrap_or(first.rate), ..first };
        line.at(ticks).saturating_add_signed(-self.jumped(ticks, first.from.ticks))
    }

    /// By how much the system's clock was set between two counts of ticks.
    fn jumped(&self, from: u64, to: u64) -> i64 {
        let between = self.jumps.iter().filter(|jump| from < jump.ticks && jump.ticks <= to);
        between.fold(0_i64, |sum, jump| sum.saturating_add(jump.nanos)).max(-i64::MAX)
    }

    /// Corrects the line, if it is time to.
    pub(crate) fn update(&mut self) {
        let now = ticks::now();
        let last = *self.last();
        if now < last.from.ticks {
            // The counter was reset: the machine, or the virtual machine, was suspended.
            self.restart(ClockReading::now());
        } else if last.at(now).saturating_sub(last.from.nanos) >= self.interval {
            self.correct(ClockReading::now());
            self.interval = (self.interval * 10).min(MAX_INTERVAL);
        }
    }

    /// Starts again after the counter was reset.
    fn restart(&mut self, now: ClockReading) {
        let rate = self.last().rate;
        self.lines.clear();
        self.jumps.clear();
        self.lines.push_back(TickLine { from: now, rate });
        self.base = now;
    }

    #[inline]
    fn last(&self) -> &TickLine {
        &self.lines[self.lines.len() - 1]
    }

    fn correct(&mut self, now: ClockReading) {
        let last = *self.last();
        let expected = last.at(now.ticks);
        if expected.abs_diff(now.nanos) > CLOCK_WAS_SET {
            self.base = now;
            self.lines.push_back(TickLine { from: now, rate: last.rate });
            self.jumps
                .push_back(Jump { ticks: now.ticks, nanos: now.nanos.wrapping_sub(expected).cast_signed() });
            if self.jumps.len() > MAX_JUMPS {
                self.jumps.pop_front();
            }
        } else if let Some(measured) = rate(self.base, now) {
            // The error is corrected until the next reading, but by no more than 0.1 %.
            #[expect(clippy::cast_precision_loss, reason = "less than CLOCK_WAS_SET")]
            let off = now.nanos.wrapping_sub(expected).cast_signed() as f64;
            #[expect(clippy::cast_precision_loss, reason = "a second")]
            let correction = (off / MAX_INTERVAL as f64).clamp(-0.001, 0.001);
            let from = ClockReading { ticks: now.ticks, nanos: expected };
            self.lines.push_back(TickLine { from, rate: measured * (1.0 + correction) });
        }
        if self.lines.len() > MAX_LINES {
            self.lines.pop_front();
        }
    }
}

/// Nanoseconds per tick, between two readings.
#[expect(clippy::cast_precision_loss, reason = "15 digits are enough")]
fn rate(from: ClockReading, to: ClockReading) -> Option<f64> {
    let ticks = to.ticks.checked_sub(from.ticks).filter(|ticks| *ticks > 0)?;
    let nanos = to.nanos.checked_sub(from.nanos).filter(|nanos| *nanos > 0)?;
    Some(nanos as f64 / ticks as f64)
}

#[cfg(test)]
mod tests;
