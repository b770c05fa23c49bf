//! Threads that do the same at the same time, again and again.

use std::hint;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Runs `run` on so many threads at once, so many times, and `settle` on one of them in between, while
/// the others wait. The time from the first thread's start to the last one's end, all times together.
pub(crate) fn in_step(
    threads: usize,
    times: usize,
    run: &(dyn Fn() + Sync),
    settle: &(dyn Fn() + Sync),
) -> Duration {
    let line = Line { threads, barrier: Barrier::new(threads), here: AtomicUsize::new(0) };
    let member = || {
        // The first time a thread has everything to set up: it is not counted.
        let bursts = (0..=times).map(|time| {
            line.start(time);
            let start = Instant::now();
            run();
            let end = Instant::now();
            line.rest(settle);
            (start, end)
        });
        bursts.collect::<Vec<_>>()
    };
    let members: Vec<Vec<(Instant, Instant)>> = thread::scope(|scope| {
        let members: Vec<_> = (0..threads).map(|_| scope.spawn(member)).collect();
        members.into_iter().map(|member| member.join().expect("a member of the crew")).collect()
    });
    let together = |time: usize| {
        let start = members.iter().map(|bursts| bursts[time].0).min();
        let end = members.iter().map(|bursts| bursts[time].1).max();
        end.zip(start).map_or(Duration::ZERO, |(end, start)| end - start)
    };
    (1..=times).map(together).sum()
}

/// Where the threads wait for each other.
struct Line {
    threads: usize,
    barrier: Barrier,
    here: AtomicUsize,
}

impl Line {
    /// Lets all threads go at once. One that sleeps takes as long to wake as a burst's tenth part, so
    /// they are all awake first.
    fn start(&self, time: usize) {
        self.barrier.wait();
        self.here.fetch_add(1, Ordering::Relaxed);
        while self.here.load(Ordering::Relaxed) < self.threads * (time + 1) {
            hint::spin_loop();
        }
    }

    /// Waits until all are done and one of them has settled.
    fn rest(&self, settle: &dyn Fn()) {
        if self.barrier.wait().is_leader() {
            settle();
        }
    }
}
