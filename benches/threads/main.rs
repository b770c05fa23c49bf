//! Measures whether two threads record twice as much as one, or slow each other down.
//!
//! Each thread records root spans of its own, with a hundred children each, by the same calls as in `span`. Only these
//! bursts are measured. Between them the contender discards what it has recorded; nothing is exported.
//! `cargo bench -p spanwise-benches --bench threads` prints the table of `README.md`.

mod bursts;
#[path = "../peers/mod.rs"]
mod peers;

use peers::{CALLS, bare, fastrace_peer, sdk_peer, spanwise_peer};
use spanwise_benches::{median, process};

/// Root spans per thread and burst. Their spans fit into the queue of every contender.
const ROOTS: u32 = 50;
/// Bursts in the turn of a contender.
const BURSTS: u32 = 20;
const ROUNDS: u32 = 15;
/// Spans per thread and burst.
const SPANS: u32 = ROOTS * (CALLS + 1);

/// One way to record spans, on several threads at once.
struct ThreadedContender<'a> {
    name: &'static str,
    /// Records `ROOTS` root spans and their children.
    run: Box<dyn Fn() + Sync + 'a>,
    /// Waits until everything recorded so far is discarded.
    flush: Box<dyn Fn() + Sync + 'a>,
}

impl<'a> ThreadedContender<'a> {
    fn new(name: &'static str, root: impl Fn() + Sync + 'a, flush: impl Fn() + Sync + 'a) -> Self {
        let run = move || (0..ROOTS).for_each(|_| root());
        Self { name, run: Box::new(run), flush: Box::new(flush) }
    }

    /// Measures how many million spans so many threads record in a second.
    fn rate(&self, threads: u32) -> f64 {
        let time = bursts::measure(threads as usize, BURSTS as usize, &*self.run, &*self.flush);
        f64::from(threads * BURSTS * SPANS) / time.as_secs_f64() / 1e6
    }
}

fn main() {
    if !process::is_bench_run() {
        return;
    }
    let guard = spanwise_peer::set_up();
    let sdk = sdk_peer::Sdk::new();
    fastrace_peer::set_up();
    let contenders = [
        ThreadedContender::new("spanwise", spanwise_peer::sampled, || {
            guard.force_flush_blocking().expect("nothing is exported");
        }),
        ThreadedContender::new(
            "opentelemetry_sdk by hand, batch processor",
            || sdk.sampled(),
            || sdk.flush(),
        ),
        ThreadedContender::new("fastrace", fastrace_peer::sampled, fastrace::flush),
        // Takes about as long as the spans of the others. Shows what a second core is worth on this machine.
        ThreadedContender::new(
            "*(200 bare calls in place of each)*",
            || (0..200).for_each(|_| bare::calls()),
            || (),
        ),
    ];
    let mut rates = [(); 4].map(|()| (Vec::new(), Vec::new()));
    // The first round is a warm-up and is not counted.
    for round in 0..=ROUNDS {
        for (contender, (one, two)) in contenders.iter().zip(&mut rates) {
            let (rate_of_one, rate_of_two) = (contender.rate(1), contender.rate(2));
            if round > 0 {
                one.push(rate_of_one);
                two.push(rate_of_two);
            }
        }
    }

    println!("| | one thread, million spans/s | two threads | two to one |\n|---|---|---|---|");
    for (contender, (one, two)) in contenders.iter().zip(rates) {
        let (one, two) = (median(one), median(two));
        println!("| {} | {one:.2} | {two:.2} | {:.2}× |", contender.name, two / one);
    }
    let each = (ROUNDS + 1) * 3 * (BURSTS + 1) * SPANS;
    println!("\n{each} spans each, of which arrived:");
    println!("Spanwise: {}", guard.report());
    println!("opentelemetry_sdk: {}", sdk_peer::exported());
    println!("fastrace: {}", fastrace_peer::reported());
    drop(contenders);
    drop(guard);
}
