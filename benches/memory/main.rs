//! The memory that Spanwise uses at a hundred thousand spans per second: with a collector, and without one.
//!
//! Each case runs in its own process, and so does the collector.
//! `cargo bench -p spanwise-benches --bench memory` prints the table of `README.md`.

mod program;

use program::MemoryResults;
use spanwise_benches::process;
use spanwise_benches::sink::{self, RefusingEndpoint, SinkProcess};

/// The first argument of a process that records spans. The collector's address follows.
const PROGRAM: &str = "program";

fn main() {
    let arguments = process::arguments();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [sink::ROLE] => sink::serve(),
        [PROGRAM, endpoint] => program::run(endpoint),
        _ if process::is_bench_run() => measure(),
        _ => {}
    }
}

fn measure() {
    process::require_linux();
    println!("| collector | idle, MiB | at the most, MiB | created | exported | kept | dropped |");
    println!("|---|---|---|---|---|---|---|");
    let sink = SinkProcess::start();
    row("healthy", sink.endpoint());
    let received = sink.stop();
    row("away", RefusingEndpoint::new().endpoint());
    println!(
        "\nAt most {} MiB of encoded spans are kept for a collector that is away.",
        program::MAX_KEPT_BYTES >> 20
    );
    println!("The healthy one received {} spans in {} requests.", received.spans, received.requests);
}

fn row(collector: &str, endpoint: &str) {
    eprintln!("{} seconds with a collector that is {collector}", program::SECONDS);
    let results = MemoryResults::parse(&process::output_of(&[PROGRAM, endpoint]));
    let MemoryResults { idle_kib, peak_kib, created, exported, kept, dropped } = results;
    let [idle, peak] = [idle_kib, peak_kib].map(|kib| format!("{}.{}", kib / 1024, kib % 1024 * 10 / 1024));
    println!("| {collector} | {idle} | {peak} | {created} | {exported} | {kept} | {dropped} |");
}
