//! Runs the same work on several threads at the same time, burst by burst.

use std::hint;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Runs so many bursts on so many threads, and returns the time of all bursts together.
///
/// In a burst every thread calls `run`; it lasts from the first thread's start to the last thread's end. Between bursts one
/// thread calls `flush` while the others wait.
pub(crate) fn measure(
    threads: usize,
    bursts: usize,
    run: &(dyn Fn() + Sync),
    flush: &(dyn Fn() + Sync),
) -> Duration {
    let starting_line =
        StartingLine { threads, barrier: Barrier::new(threads), arrived: AtomicUsize::new(0) };
    let work = || {
        // In the first burst a thread sets up its own state. That burst is not counted.
        let times = (0..=bursts).map(|burst| {
            starting_line.start(burst);
            let start = Instant::now();
            run();
            let end = Instant::now();
            starting_line.rest(flush);
            (start, end)
        });
        times.collect::<Vec<_>>()
    };
    let times_by_thread: Vec<Vec<(Instant, Instant)>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("the work does not panic")).collect()
    });
    let duration = |burst: usize| {
        let start = times_by_thread.iter().map(|times| times[burst].0).min();
        let end = times_by_thread.iter().map(|times| times[burst].1).max();
        end.zip(start).map_or(Duration::ZERO, |(end, start)| end - start)
    };
    (1..=bursts).map(duration).sum()
}

/// Where the threads wait for each other.
struct StartingLine {
    threads: usize,
    barrier: Barrier,
    /// The number of arrivals, over all bursts.
    arrived: AtomicUsize,
}

impl StartingLine {
    /// Starts a burst on all threads at once. Waking a thread takes a tenth of a burst, so all of them are awake and spin
    /// before it starts.
    fn start(&self, burst: usize) {
        self.barrier.wait();
        self.arrived.fetch_add(1, Ordering::Relaxed);
        while self.arrived.load(Ordering::Relaxed) < self.threads * (burst + 1) {
            hint::spin_loop();
        }
    }

    /// Waits until all threads are done and one of them has flushed.
    fn rest(&self, flush: &dyn Fn()) {
        if self.barrier.wait().is_leader() {
            flush();
        }
    }
}
