//! Spans as fast as they come, between two marks that are seen from outside: system calls of the thread
//! that records.

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::sync::Barrier;

use spanwise::instrument;

use crate::say;

const THREADS: usize = 2;
/// Before the first mark, so that what a thread does once it has done.
const WARM_UP: usize = 2_000;

#[instrument(args)]
fn one(number: usize) {}

/// Records so many spans on each of some threads while the exporter is at its wits' end, and leaves
/// without a shutdown.
pub(crate) fn life(spans: usize) -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::init()?;
    one(0);
    // Whatever comes of it: the exporter has met the collector.
    let _ = telemetry.force_flush_blocking();
    let together = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    (0..WARM_UP).for_each(one);
                    // A write of its own: standard output has a lock.
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
