//! What the benches share: measuring contenders side by side, and printing a table of their results.
//!
//! A contender is one way to do the work that a bench measures: Spanwise, one of its peers, or no instrumentation.

pub mod pace;
pub mod process;
pub mod sink;
pub mod traced;

use std::time::{Duration, Instant};

/// The spans that fit into the queue of Spanwise and of the SDK, so that both have the same room.
pub const QUEUE_SIZE: usize = 65_536;

/// One way to do the work, run on the calling thread.
pub struct Contender<'a> {
    /// Its name in the table.
    pub name: &'static str,
    /// Does the work once. Each call is a fixed number of units.
    pub run: Box<dyn FnMut() + 'a>,
    /// Waits until other threads have dealt with everything recorded so far. Not measured.
    pub flush: Box<dyn FnMut() + 'a>,
}

impl std::fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Returns the nanoseconds per unit of each contender: the median of all rounds.
///
/// In each round every contender has a turn, so that other load on the machine affects all of them alike. A turn is a
/// number of bursts. A burst calls `run` that often; after it the contender flushes, so nobody gets ahead by dropping spans.
pub fn measure(contenders: &mut [Contender<'_>], units: u32, burst: u32, rounds: usize) -> Vec<f64> {
    const MIN_TURN_TIME: Duration = Duration::from_millis(10);
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    // The first round is a warm-up and is not counted.
    for round in 0..=rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let (mut spent, mut bursts) = (Duration::ZERO, 0_u32);
            while spent < MIN_TURN_TIME {
                let start = Instant::now();
                for _ in 0..burst {
                    (contender.run)();
                }
                spent += start.elapsed();
                bursts += 1;
                (contender.flush)();
            }
            let each = spent.as_secs_f64() * 1e9 / (f64::from(bursts) * f64::from(burst) * f64::from(units));
            if round > 0 {
                times.push(each);
            }
        }
    }
    times.into_iter().map(median).collect()
}

/// Returns the median.
#[must_use]
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Returns a row of a table: a name, its time, and the ratio of that time to `base`.
#[must_use]
pub fn row(name: &str, time: f64, base: f64) -> String {
    format!("| {name} | {time:.1} | {:.2}× |", time / base)
}
