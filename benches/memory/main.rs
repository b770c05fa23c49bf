//! What Spanwise keeps in memory at a hundred thousand spans a second: while a collector takes them,
//! and while there is none.
//!
//! Each case has a process of its own, and so has the collector.
//! `cargo bench -p spanwise-benches --bench memory` prints the table of `README.md`.

mod program;

use program::Outcome;
use spanwise_benches::process;
use spanwise_benches::sink::{self, Nobody, Sink};

/// The argument of a process that makes spans; the collector's address follows.
const PROGRAM: &str = "program";

fn main() {
    let arguments = process::arguments();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [sink::ROLE] => sink::serve(),
        [PROGRAM, endpoint] => program::run(endpoint),
        // `cargo test --benches` only asks whether this builds.
        _ if !arguments.iter().any(|argument| argument == "--bench") => {}
        _ => measure(),
    }
}

fn measure() {
    process::only_on_linux();
    println!("| collector | idle, MiB | at the most, MiB | created | exported | kept | dropped |");
    println!("|---|---|---|---|---|---|---|");
    let sink = Sink::start();
    row("healthy", sink.endpoint());
    let received = sink.stop();
    row("away", Nobody::new().endpoint());
    println!(
        "\nAt most {} MiB of encoded spans are kept for a collector that is away.",
        program::BOUND >> 20
    );
    println!("The healthy one has received {} spans in {} requests.", received.spans, received.requests);
}

fn row(collector: &str, endpoint: &str) {
    eprintln!("{} seconds with a collector that is {collector}", program::SECONDS);
    let outcome = Outcome::told(&process::said(&[PROGRAM, endpoint]));
    let Outcome { idle, most, created, exported, kept, dropped } = outcome;
    let [idle, most] = [idle, most].map(|kib| format!("{}.{}", kib / 1024, kib % 1024 * 10 / 1024));
    println!("| {collector} | {idle} | {most} | {created} | {exported} | {kept} | {dropped} |");
}
