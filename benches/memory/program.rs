//! A program that makes spans at a steady pace, and watches its own memory.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use spanwise_benches::{pace, process, traced};

/// What `init()` sets unless told otherwise.
pub(crate) const BOUND: usize = 64 << 20;
/// How long it makes spans.
pub(crate) const SECONDS: u32 = 20;
/// How often it looks at its memory.
const LOOK: Duration = Duration::from_millis(100);

/// What came of it: KiB of memory, and spans.
pub(crate) struct Outcome {
    /// When all is set up and nothing recorded.
    pub(crate) idle: u64,
    /// The most while spans were made.
    pub(crate) most: u64,
    pub(crate) created: u64,
    pub(crate) exported: u64,
    pub(crate) kept: u64,
    pub(crate) dropped: u64,
}

impl Outcome {
    fn tell(&self) {
        let Self { idle, most, created, exported, kept, dropped } = self;
        println!("{idle} {most} {created} {exported} {kept} {dropped}");
    }

    /// What [`run`] has said.
    pub(crate) fn told(line: &str) -> Self {
        let [idle, most, created, exported, kept, dropped] = process::numbers(line);
        Self { idle, most, created, exported, kept, dropped }
    }
}

/// Makes spans for the collector at this address, and says on standard output what came of it.
pub(crate) fn run(endpoint: &str) {
    let guard = traced::to(endpoint)
        .max_memory_bytes(BOUND)
        // Nobody comes back.
        .shutdown_timeout(Duration::from_secs(1))
        .init()
        .expect("the only one");
    // The exporter's thread sets itself up.
    thread::sleep(LOOK);
    let idle = process::resident();
    let most = most_during(|| pace::steadily(pace::bursts(SECONDS), traced::trace));
    // So that each is exported, kept or dropped. It fails where no collector is.
    let _ = guard.force_flush_blocking();
    let report = guard.report();
    Outcome {
        idle,
        most,
        created: report.created,
        exported: report.exported,
        // One batch is always being tried.
        kept: report.kept + report.in_flight,
        dropped: report.dropped.total(),
    }
    .tell();
    let _ = guard.shutdown_blocking();
}

/// The most memory that was in use while this ran, in KiB.
fn most_during(work: impl FnOnce()) -> u64 {
    thread::scope(|scope| {
        // Dropped when the work is done, or has panicked: that is what the watcher waits for.
        let (working, stopped) = mpsc::channel::<()>();
        let watcher = scope.spawn(move || {
            let mut most = process::resident();
            while stopped.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Timeout) {
                most = most.max(process::resident());
            }
            most.max(process::resident())
        });
        work();
        drop(working);
        watcher.join().expect("it only reads")
    })
}
