//! Measuring several ways of doing the same, side by side, and writing a table of them.

pub mod pace;
pub mod process;
pub mod sink;
pub mod traced;

use std::time::{Duration, Instant};

/// One way of doing it.
pub struct Contender<'a> {
    /// What it is called in the table.
    pub name: &'static str,
    /// Does it once: so many units of work.
    pub run: Box<dyn FnMut() + 'a>,
    /// Waits until all that was done is dealt with elsewhere. Not measured.
    pub settle: Box<dyn FnMut() + 'a>,
}

impl std::fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Nanoseconds per unit of each contender: the median of the rounds, in each of which all of them have
/// their turn, so that what the machine does besides falls on all alike. A turn is made of bursts of
/// so many runs, after each of which the contender settles: nobody gets ahead by dropping work.
pub fn measure(contenders: &mut [Contender<'_>], units: u32, burst: u32, rounds: usize) -> Vec<f64> {
    const TURN: Duration = Duration::from_millis(10);
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    // The first round warms up and is not counted.
    for round in 0..=rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let (mut spent, mut bursts) = (Duration::ZERO, 0_u32);
            while spent < TURN {
                let start = Instant::now();
                for _ in 0..burst {
                    (contender.run)();
                }
                spent += start.elapsed();
                bursts += 1;
                (contender.settle)();
            }
            let each = spent.as_secs_f64() * 1e9 / (f64::from(bursts) * f64::from(burst) * f64::from(units));
            if round > 0 {
                times.push(each);
            }
        }
    }
    times.into_iter().map(median).collect()
}

/// The one in the middle.
#[must_use]
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A table row: what it is, its time, and its ratio to the first of `times`.
#[must_use]
pub fn row(name: &str, time: f64, base: f64) -> String {
    format!("| {name} | {time:.1} | {:.2}× |", time / base)
}
