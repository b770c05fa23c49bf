//! The program that is measured: it records spans at a steady pace and watches its own memory.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use spanwise_benches::{pace, process, traced};

/// The bytes of encoded spans that Spanwise keeps while the collector is away. This is the default.
pub(crate) const MAX_KEPT_BYTES: usize = 64 << 20;
/// How long it records spans.
pub(crate) const SECONDS: u32 = 20;
/// How often it reads its memory.
const READ_INTERVAL: Duration = Duration::from_millis(100);

/// What the program has measured: its memory, and the number of spans in each state.
pub(crate) struct MemoryResults {
    /// Before the first span.
    pub(crate) idle_kib: u64,
    /// The maximum while it recorded spans.
    pub(crate) peak_kib: u64,
    pub(crate) created: u64,
    pub(crate) exported: u64,
    pub(crate) kept: u64,
    pub(crate) dropped: u64,
}

impl MemoryResults {
    fn print(&self) {
        let Self { idle_kib, peak_kib, created, exported, kept, dropped } = self;
        println!("{idle_kib} {peak_kib} {created} {exported} {kept} {dropped}");
    }

    /// Parses the line that [`run`] prints.
    pub(crate) fn parse(line: &str) -> Self {
        let [idle_kib, peak_kib, created, exported, kept, dropped] = process::parse_numbers(line);
        Self { idle_kib, peak_kib, created, exported, kept, dropped }
    }
}

/// Records spans, exports them to this address, and prints the results.
pub(crate) fn run(endpoint: &str) {
    let guard = traced::builder(endpoint)
        .max_memory_bytes(MAX_KEPT_BYTES)
        // A collector that is away does not come back.
        .shutdown_timeout(Duration::from_secs(1))
        .init()
        .expect("this process starts Spanwise once");
    // Gives the exporter thread time to start.
    thread::sleep(READ_INTERVAL);
    let idle_kib = process::resident_kib();
    let peak_kib = peak_kib_during(|| pace::run(pace::bursts(SECONDS), traced::trace));
    // After a flush each span is exported, kept or dropped. Without a collector the flush fails.
    let _ = guard.force_flush_blocking();
    let report = guard.report();
    MemoryResults {
        idle_kib,
        peak_kib,
        created: report.created,
        exported: report.exported,
        // There is always one batch that is being sent.
        kept: report.kept + report.in_flight,
        dropped: report.dropped.total(),
    }
    .print();
    let _ = guard.shutdown_blocking();
}

/// Returns the peak of the resident memory while `work` runs, in KiB.
fn peak_kib_during(work: impl FnOnce()) -> u64 {
    thread::scope(|scope| {
        // The watcher stops once `working` is dropped: when the work is done, or panics.
        let (working, stopped) = mpsc::channel::<()>();
        let watcher = scope.spawn(move || {
            let mut peak = process::resident_kib();
            while stopped.recv_timeout(READ_INTERVAL) == Err(mpsc::RecvTimeoutError::Timeout) {
                peak = peak.max(process::resident_kib());
            }
            peak.max(process::resident_kib())
        });
        work();
        drop(working);
        watcher.join().expect("the watcher does not panic")
    })
}
