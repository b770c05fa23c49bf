//! Which time of day a count was.
//!
//! A line through two looks at both clocks, drawn anew as the process runs. Each line begins where the
//! one before ends, and the last minute's are remembered: a correction changes how fast the time goes,
//! and never makes it jump, so what is turned into times at different moments still fits together. Only
//! where the system's clock was set does the time jump with it.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use super::{Moment, nanoseconds, ticks};

/// How long the first look takes: the longer, the better is the first line.
const FIRST_LOOK: Duration = Duration::from_millis(1);
/// The line is drawn anew after this many nanoseconds, and ten times as many…
const FIRST_PAUSE: u64 = 10_000_000;
/// …up to this.
const LONGEST_PAUSE: u64 = 1_000_000_000;
/// The system's clock has been set, where it is off by more than this many nanoseconds.
const SET: u64 = 100_000_000;
/// The lines that are remembered, for spans that began before the last.
const MOST_LINES: usize = 64;

/// Both clocks at once.
#[derive(Clone, Copy, Debug)]
struct Look {
    ticks: u64,
    nanos: u64,
}

impl Look {
    /// The best of a few: what interrupts between the clocks makes them differ.
    fn now() -> Self {
        let mut best: Option<(u64, Self)> = None;
        for _ in 0..8 {
            let before = ticks::now();
            let nanos = nanoseconds(SystemTime::now());
            let took = ticks::now().saturating_sub(before);
            if best.is_none_or(|(shortest, _)| took < shortest) {
                best = Some((took, Self { ticks: before + took / 2, nanos }));
            }
        }
        best.map_or(Self { ticks: 0, nanos: 0 }, |(_, look)| look)
    }
}

/// Times from a count on.
#[derive(Clone, Copy, Debug)]
struct Line {
    from: Look,
    /// Nanoseconds for each tick.
    rate: f64,
}

impl Line {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "what is far from the line's beginning need not be exact"
    )]
    fn at(&self, ticks: u64) -> u64 {
        let since = ticks.wrapping_sub(self.from.ticks).cast_signed();
        self.from.nanos.saturating_add_signed((since as f64 * self.rate) as i64)
    }
}

/// Turns moments into times of day. There is one, of the exporter's thread.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// Oldest first; never empty.
    lines: VecDeque<Line>,
    /// The look that the rate is measured from.
    base: Look,
    /// The nanoseconds between two looks.
    every: u64,
}

impl Calendar {
    /// ProviderProbe at the clocks, for a millisecond.
    pub(crate) fn start() -> Self {
        super::start();
        let base = Look::now();
        std::thread::sleep(FIRST_LOOK);
        let now = Look::now();
        Self::of(base, now)
    }

    fn of(base: Look, now: Look) -> Self {
        let line = Line { from: now, rate: rate(base, now).unwrap_or(1.0) };
        Self { lines: VecDeque::from([line]), base, every: FIRST_PAUSE }
    }

    /// The time of day of a moment, in nanoseconds since 1970.
    pub(crate) fn nanoseconds(&self, moment: Moment) -> u64 {
        match moment {
            Moment::Wall(nanos) => nanos,
            Moment::Ticks(ticks) => self.line(ticks).at(ticks),
        }
    }

    #[inline]
    fn line(&self, ticks: u64) -> Line {
        let last = self.last();
        if last.from.ticks <= ticks { *last } else { self.earlier_line(ticks) }
    }

    #[cold]
    fn earlier_line(&self, ticks: u64) -> Line {
        let mut newest_first = self.lines.iter().rev();
        newest_first.find(|line| line.from.ticks <= ticks).copied().unwrap_or_else(|| {
            // Longer ago than is remembered: by how fast the time has gone on the whole.
            let first = self.lines[0];
            Line { rate: rate(self.base, first.from).unwrap_or(first.rate), ..first }
        })
    }

    /// ProviderProbe at the clocks again, where it is time to.
    pub(crate) fn keep(&mut self) {
        let now = ticks::now();
        let last = *self.last();
        if now < last.from.ticks {
            // The counter was set back: by a sleep of the machine, or of a virtual one.
            self.begin_anew(Look::now());
        } else if last.at(now).saturating_sub(last.from.nanos) >= self.every {
            self.correct(Look::now());
            self.every = (self.every * 10).min(LONGEST_PAUSE);
        }
    }

    /// What was before has no meaning any more.
    fn begin_anew(&mut self, now: Look) {
        let rate = self.last().rate;
        self.lines.clear();
        self.lines.push_back(Line { from: now, rate });
        self.base = now;
    }

    #[inline]
    fn last(&self) -> &Line {
        &self.lines[self.lines.len() - 1]
    }

    fn correct(&mut self, now: Look) {
        let last = *self.last();
        let expected = last.at(now.ticks);
        if expected.abs_diff(now.nanos) > SET {
            self.base = now;
            self.lines.push_back(Line { from: now, rate: last.rate });
        } else if let Some(measured) = rate(self.base, now) {
            // Off by so much: made good until the next look, unless that is more than a clock may be off.
            #[expect(clippy::cast_precision_loss, reason = "less than SET")]
            let off = now.nanos.wrapping_sub(expected).cast_signed() as f64;
            #[expect(clippy::cast_precision_loss, reason = "a second")]
            let correction = (off / LONGEST_PAUSE as f64).clamp(-0.001, 0.001);
            let from = Look { ticks: now.ticks, nanos: expected };
            self.lines.push_back(Line { from, rate: measured * (1.0 + correction) });
        }
        if self.lines.len() > MOST_LINES {
            self.lines.pop_front();
        }
    }
}

/// Nanoseconds for each tick, between two looks.
#[expect(clippy::cast_precision_loss, reason = "15 digits are enough")]
fn rate(from: Look, to: Look) -> Option<f64> {
    let ticks = to.ticks.checked_sub(from.ticks).filter(|ticks| *ticks > 0)?;
    let nanos = to.nanos.checked_sub(from.nanos).filter(|nanos| *nanos > 0)?;
    Some(nanos as f64 / ticks as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    /// A day of which the nanoseconds are 19 digits.
    const DAY: u64 = 1_795_000_000 * SECOND;

    /// A counter of 2.5 GHz, and a clock of the system that is off by so much.
    fn look(seconds: u64, off: i64) -> Look {
        Look { ticks: seconds * 2_500_000_000, nanos: (DAY + seconds * SECOND).saturating_add_signed(off) }
    }

    fn at(calendar: &Calendar, seconds: u64) -> u64 {
        calendar.nanoseconds(Moment::Ticks(seconds * 2_500_000_000))
    }

    #[test]
    fn a_count_is_a_time_before_and_after_the_look() {
        let calendar = Calendar::of(look(10, 0), look(11, 0));
        for seconds in [0, 5, 10, 11, 100] {
            assert!(at(&calendar, seconds).abs_diff(DAY + seconds * SECOND) <= 256, "{seconds}");
        }
        assert_eq!(calendar.nanoseconds(Moment::Wall(7)), 7);
    }

    /// Half a millisecond in a second is the most that a clock is slewed by.
    #[test]
    fn the_time_follows_the_system_s_and_never_goes_backwards() {
        let mut calendar = Calendar::of(look(0, 0), look(1, 0));
        let mut last = 0;
        for second in 2..60 {
            let off = i64::try_from(second).expect("small") * -500_000;
            let before = calendar.nanoseconds(Moment::Ticks(look(second, 0).ticks));
            calendar.correct(look(second, off));
            let after = calendar.nanoseconds(Moment::Ticks(look(second, 0).ticks));
            assert!(before.abs_diff(after) <= 256, "a line begins where the one before ends");
            assert!(before > last);
            last = before;
            if second > 10 {
                let wrong = before.abs_diff(look(second, off).nanos);
                assert!(wrong < 2_000_000, "{wrong} ns behind at second {second}");
            }
        }
    }

    #[test]
    fn a_moment_is_the_same_time_whenever_it_is_asked_for() {
        let mut calendar = Calendar::of(look(0, 0), look(1, 0));
        calendar.correct(look(2, 0));
        let early = at(&calendar, 2) + 1;
        let asked = calendar.nanoseconds(Moment::Ticks(look(2, 0).ticks + 3));
        for second in 3..20 {
            calendar.correct(look(second, 20_000_i64 * i64::try_from(second).expect("small")));
        }
        assert!(asked.abs_diff(early) < 3);
        assert_eq!(calendar.nanoseconds(Moment::Ticks(look(2, 0).ticks + 3)), asked);
    }

    #[test]
    fn a_clock_that_was_set_is_followed_at_once() {
        let mut calendar = Calendar::of(look(0, 0), look(1, 0));
        let hour = 3_600 * SECOND;
        calendar.correct(look(2, i64::try_from(hour).expect("small")));
        assert!(at(&calendar, 3).abs_diff(DAY + 3 * SECOND + hour) <= 512);
        assert!(at(&calendar, 1).abs_diff(DAY + SECOND) <= 512, "and what was before stays what it was");
    }

    #[test]
    fn a_counter_that_was_set_back_begins_anew() {
        let mut calendar = Calendar::of(look(1_000, 0), look(1_001, 0));
        // The counter is at 1 again, and the clock has gone on.
        let now = Look { ticks: look(1, 0).ticks, nanos: DAY + 2_000 * SECOND };
        calendar.begin_anew(now);
        assert!(at(&calendar, 3).abs_diff(DAY + 2_002 * SECOND) <= 512);
    }

    /// The system's clock is slewed, and the span began long before that.
    #[test]
    fn what_is_longer_ago_than_is_remembered_is_told_by_the_whole() {
        let mut calendar = Calendar::of(look(0, 0), look(1, 0));
        for second in 2..400 {
            let slewed = i64::try_from(second.max(300) - 300).expect("small") * 400_000;
            calendar.correct(look(second, slewed));
        }
        let wrong = at(&calendar, 10).abs_diff(DAY + 10 * SECOND);
        assert!(wrong < 60_000_000, "{wrong} ns");
    }

    #[test]
    fn the_lines_that_are_remembered_are_bounded() {
        let mut calendar = Calendar::of(look(0, 0), look(1, 0));
        for second in 2..500 {
            calendar.correct(look(second, 0));
        }
        assert_eq!(calendar.lines.len(), MOST_LINES);
    }

    #[test]
    fn now_is_within_a_second_of_now() {
        let calendar = Calendar::start();
        let wall = nanoseconds(SystemTime::now());
        assert!(calendar.nanoseconds(Moment::now()).abs_diff(wall) < SECOND);
    }
}
