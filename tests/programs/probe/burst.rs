//! Spans as fast as possible, between two marks that can be seen from outside: system calls of the thread that records.

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::sync::Barrier;

use spanwise::instrument;

use crate::say;

const THREADS: usize = 2;
/// Spans before the first mark, so that work that a thread does once is done.
const WARM_UP: usize = 2_000;

#[instrument(args)]
fn one(number: usize) {}

/// Records this many spans on each of several threads while the exporter cannot send, and ends without a shutdown.
pub(crate) fn life(spans: usize) -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::init()?;
    one(0);
    // The result does not matter: the exporter has tried the collector.
    let _ = telemetry.force_flush_blocking();
    let together = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    (0..WARM_UP).for_each(one);
                    // A write without the lock of standard output.
                    let mut marks = File::create("/dev/null")?;
                    together.wait();
                    marks.write_all(b"the burst begins")?;
                    (0..spans).for_each(one);
                    marks.write_all(b"the burst ends")
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
    })?;
    let report = telemetry.report();
    say(format_args!("{} of {} ended", report.created - report.open, 1 + THREADS * (WARM_UP + spans)));
    std::process::exit(0);
}
