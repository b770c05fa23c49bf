//! Programs that fork while other threads are at work.

use std::error::Error;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use spanwise::instrument;

use crate::{say, work};

/// Between two spans of a thread.
const PAUSE: Duration = Duration::from_micros(100);

#[instrument]
fn identified() -> String {
    spanwise::current_span_id().expect("it is recorded")
}

/// What `fork` returns.
#[expect(unsafe_code, reason = "a function of C")]
fn fork() -> libc::pid_t {
    // SAFETY: what the child does is what is tested here.
    unsafe { libc::fork() }
}

/// Waits for a child. Returns whether it ended as it should.
#[expect(unsafe_code, reason = "a function of C")]
fn has_succeeded(child: libc::pid_t) -> bool {
    let mut status = 0;
    // SAFETY: `status` outlives the call, which waits for our own child.
    unsafe { libc::waitpid(child, &raw mut status, 0) == child && status == 0 }
}

/// Ends a child without what its parent has registered for its own end.
#[expect(unsafe_code, reason = "a function of C")]
fn end(status: i32) -> ! {
    // SAFETY: it ends the process.
    unsafe { libc::_exit(status) }
}

/// Prints the ids that a process and its fork make.
pub(crate) fn make_ids() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::init()?;
    identified();
    let child = fork();
    let ids = (0..50).map(|_| identified()).collect::<Vec<_>>().join("\n");
    if child == 0 {
        say(format_args!("{ids}\nchild"));
        std::process::exit(0);
    }
    say(format_args!("{ids}\nparent {}", has_succeeded(child)));
    drop(telemetry);
    Ok(())
}

/// Forks again and again while other threads record, ask for reports, warn and flush. Each child records, asks for a report, drops the
/// guard; each second one calls `init` and exports as well. Prints how many have succeeded, and the parent's report.
pub(crate) fn are_many(children: u32) -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::init()?;
    work();
    let (stop, telemetry) = (AtomicBool::new(false), &telemetry);
    let succeeded = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    work();
                    let _ = telemetry.report();
                    // Slowly enough for the collector.
                    std::thread::park_timeout(PAUSE);
                }
            });
        }
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = telemetry.force_flush_blocking();
                std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"));
            }
        });
        let succeeded = (0..children).filter(|number| has_succeeded(fork_one(telemetry, *number))).count();
        stop.store(true, Ordering::Relaxed);
        succeeded
    });
    say(format_args!("{succeeded} of {children} children"));
    let _ = telemetry.force_flush_blocking();
    let report = telemetry.report();
    say(format_args!("{} lost", report.dropped.total()));
    Ok(())
}

fn fork_one(telemetry: &spanwise::setup::Guard, number: u32) -> libc::pid_t {
    let child = fork();
    if child != 0 {
        return child;
    }
    work();
    let report = telemetry.report();
    let dropped = report.dropped;
    if (report.created, dropped.forked, dropped.total()) != (2, 2, 2) || report.exported != 0 {
        end(1);
    }
    if telemetry.force_flush_blocking().is_ok() {
        end(2);
    }
    // The guard of the parent is not ours.
    if number.is_multiple_of(2) {
        end(0);
    }
    let Ok(own) = spanwise::init() else { end(3) };
    if spanwise::init().is_ok() {
        end(4);
    }
    for _ in 0..10 {
        work();
    }
    std::thread::scope(|scope| {
        scope.spawn(work);
    });
    match own.shutdown_blocking() {
        Ok(report) if report.exported == 22 && report.created == 22 => end(0),
        Ok(_) => end(5),
        Err(_) => end(6),
    }
}

/// Keeps spans on disk and forks. The child lives until standard input is closed; the parent prints its number and waits to be
/// killed.
pub(crate) fn outlives_its_parent(directory: &str) -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder().spool(Path::new(directory)).init()?;
    for _ in 0..5 {
        work();
    }
    let _ = telemetry.force_flush_blocking();
    while telemetry.report().spooled < 10 {
        std::thread::yield_now();
    }
    let child = fork();
    if child != 0 {
        say("forked");
    }
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    end(0)
}
