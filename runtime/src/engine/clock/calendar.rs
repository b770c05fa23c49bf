//! Turns a count of ticks into a time of day.
//!
//! Both clocks are read twice, and a line through both readings converts ticks to time. As the process runs, new readings
//! correct the line. Each line begins where the one before ends, and the last minute's lines are remembered. So a
//! correction changes the rate and never makes the time jump, and times that were converted at different moments still
//! fit together. Only if the system's clock was set does the time jump with it.

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

/// Turns moments into times of day. The exporter's thread has one.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// Oldest first; never empty.
    lines: VecDeque<TickLine>,
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
        Self { lines: VecDeque::from([line]), base, interval: MIN_INTERVAL }
    }

    /// The time of day of a moment, in nanoseconds since 1970.
    pub(crate) fn nanoseconds(&self, moment: Moment) -> u64 {
        match moment {
            Moment::Wall(nanos) => nanos,
            Moment::Ticks(ticks) => self.line(ticks).at(ticks),
        }
    }

    #[inline]
    fn line(&self, ticks: u64) -> TickLine {
        let last = self.last();
        if last.from.ticks <= ticks { *last } else { self.earlier_line(ticks) }
    }

    #[cold]
    fn earlier_line(&self, ticks: u64) -> TickLine {
        let mut newest_first = self.lines.iter().rev();
        newest_first.find(|line| line.from.ticks <= ticks).copied().unwrap_or_else(|| {
            // Before the first line that is remembered: by the average rate so far.
            let first = self.lines[0];
            TickLine { rate: rate(self.base, first.from).unwrap_or(first.rate), ..first }
        })
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
