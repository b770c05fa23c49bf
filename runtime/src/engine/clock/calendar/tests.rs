//! A calendar under clocks that drift, are slewed, set and reset.

use super::*;

const SECOND: u64 = 1_000_000_000;
/// A day whose nanoseconds have 19 digits.
const DAY: u64 = 1_795_000_000 * SECOND;

/// A reading of a counter of 2.5 GHz, and of a system clock that is off by this many nanoseconds.
fn reading(seconds: u64, off: i64) -> ClockReading {
    ClockReading {
        ticks: seconds * 2_500_000_000,
        nanos: (DAY + seconds * SECOND).saturating_add_signed(off),
    }
}

fn at(calendar: &Calendar, seconds: u64) -> u64 {
    calendar.nanoseconds(Moment::Ticks(seconds * 2_500_000_000))
}

#[test]
fn ticks_are_converted_before_and_after_a_reading() {
    let calendar = Calendar::of(reading(10, 0), reading(11, 0));
    for seconds in [0, 5, 10, 11, 100] {
        assert!(at(&calendar, seconds).abs_diff(DAY + seconds * SECOND) <= 256, "{seconds}");
    }
    assert_eq!(calendar.nanoseconds(Moment::Wall(7)), 7);
}

/// Systems slew a clock by at most half a millisecond per second.
#[test]
fn the_time_follows_the_system_clock_and_never_goes_backwards() {
    let mut calendar = Calendar::of(reading(0, 0), reading(1, 0));
    let mut last = 0;
    for second in 2..60 {
        let off = i64::try_from(second).expect("small") * -500_000;
        let before = calendar.nanoseconds(Moment::Ticks(reading(second, 0).ticks));
        calendar.correct(reading(second, off));
        let after = calendar.nanoseconds(Moment::Ticks(reading(second, 0).ticks));
        assert!(before.abs_diff(after) <= 256, "a line begins where the one before ends");
        assert!(before > last);
        last = before;
        if second > 10 {
            let wrong = before.abs_diff(reading(second, off).nanos);
            assert!(wrong < 2_000_000, "{wrong} ns behind at second {second}");
        }
    }
}

#[test]
fn a_moment_keeps_its_time_after_corrections() {
    let mut calendar = Calendar::of(reading(0, 0), reading(1, 0));
    calendar.correct(reading(2, 0));
    let early = at(&calendar, 2) + 1;
    let asked = calendar.nanoseconds(Moment::Ticks(reading(2, 0).ticks + 3));
    for second in 3..20 {
        calendar.correct(reading(second, 20_000_i64 * i64::try_from(second).expect("small")));
    }
    assert!(asked.abs_diff(early) < 3);
    assert_eq!(calendar.nanoseconds(Moment::Ticks(reading(2, 0).ticks + 3)), asked);
}

#[test]
fn the_time_jumps_when_the_system_clock_was_set() {
    let mut calendar = Calendar::of(reading(0, 0), reading(1, 0));
    let hour = 3_600 * SECOND;
    calendar.correct(reading(2, i64::try_from(hour).expect("small")));
    assert!(at(&calendar, 3).abs_diff(DAY + 3 * SECOND + hour) <= 512);
    assert!(at(&calendar, 1).abs_diff(DAY + SECOND) <= 512, "and what was before stays what it was");
}

/// Nine seconds of a span, during which the clock is set: at once, a minute later, and after its line is forgotten.
#[test]
fn a_span_lasts_as_long_as_it_did_when_the_clock_was_set() {
    for hours in [1, -1, 24 * 365 * 100] {
        let set = i64::try_from(3_600 * SECOND).expect("small") * hours;
        for seconds_after in [1, 60, 500] {
            let mut calendar = Calendar::of(reading(0, 0), reading(1, 0));
            calendar.correct(reading(2, 0));
            for second in 3..=12 + seconds_after {
                calendar.correct(reading(second, if second < 8 { 0 } else { set }));
            }
            let ticks = |second| Moment::Ticks(reading(second, 0).ticks);
            let (start, end) = calendar.times(ticks(3), ticks(12));
            let case = format!("{hours} h, {seconds_after} s later");
            assert!(start.abs_diff(DAY + 3 * SECOND) < 2_000, "{case}: the time at the start, not {start}");
            assert!((end - start).abs_diff(9 * SECOND) < 2_000, "{case}: {}", end - start);
            assert!(calendar.duration(ticks(9), ticks(12)).abs_diff(3 * SECOND) < 2_000, "{case}");
            let (after, _) = calendar.times(ticks(9), ticks(12));
            assert!(after.abs_diff((DAY + 9 * SECOND).saturating_add_signed(set)) < 2_000, "{case}");
        }
    }
}

#[test]
fn a_clock_that_is_set_all_the_time_is_bounded_and_does_no_harm() {
    let mut calendar = Calendar::of(reading(0, 0), reading(1, 0));
    for second in 2..1_000 {
        let off = if second % 2 == 0 { i64::MAX / 2 } else { -1_000_000_000_000 };
        calendar.correct(reading(second, off));
    }
    assert!(calendar.jumps.len() <= MAX_JUMPS && calendar.lines.len() <= MAX_LINES);
    let ticks = |second| Moment::Ticks(reading(second, 0).ticks);
    for (from, to) in [(0, 999), (5, 6), (990, 998), (998, 990)] {
        let (start, end) = calendar.times(ticks(from), ticks(to));
        assert!(start <= end, "{from} to {to}");
    }
    assert!(calendar.duration(ticks(990), ticks(998)).abs_diff(8 * SECOND) < 10_000);
}

#[test]
fn a_span_that_was_open_when_the_counter_was_reset_has_its_end() {
    let mut calendar = Calendar::of(reading(1_000, 0), reading(1_001, 0));
    calendar.restart(ClockReading { ticks: reading(1, 0).ticks, nanos: DAY + 2_000 * SECOND });
    let ticks = |second| Moment::Ticks(reading(second, 0).ticks);
    let (start, end) = calendar.times(ticks(1_002), ticks(3));
    assert_eq!(start, end);
    assert!(end.abs_diff(DAY + 2_002 * SECOND) <= 512);
}

#[test]
fn the_calendar_restarts_after_the_counter_was_reset() {
    let mut calendar = Calendar::of(reading(1_000, 0), reading(1_001, 0));
    // The counter is at 1 again, while the clock went on.
    let now = ClockReading { ticks: reading(1, 0).ticks, nanos: DAY + 2_000 * SECOND };
    calendar.restart(now);
    assert!(at(&calendar, 3).abs_diff(DAY + 2_002 * SECOND) <= 512);
}

/// The system's clock is slewed, and the span started long before that.
#[test]
fn moments_before_the_first_line_use_the_average_rate() {
    let mut calendar = Calendar::of(reading(0, 0), reading(1, 0));
    for second in 2..400 {
        let slewed = i64::try_from(second.max(300) - 300).expect("small") * 400_000;
        calendar.correct(reading(second, slewed));
    }
    let wrong = at(&calendar, 10).abs_diff(DAY + 10 * SECOND);
    assert!(wrong < 60_000_000, "{wrong} ns");
}

#[test]
fn the_number_of_lines_is_bounded() {
    let mut calendar = Calendar::of(reading(0, 0), reading(1, 0));
    for second in 2..500 {
        calendar.correct(reading(second, 0));
    }
    assert_eq!(calendar.lines.len(), MAX_LINES);
}

#[test]
fn the_current_moment_is_the_current_time() {
    let calendar = Calendar::start();
    let wall = unix_nanos(SystemTime::now());
    assert!(calendar.nanoseconds(Moment::now()).abs_diff(wall) < SECOND);
}
