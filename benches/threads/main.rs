//! Whether two threads record twice as much as one, or stand in each other's way.
//!
//! Each thread has roots of its own with a hundred children each, made of the same calls as in `span`;
//! nothing is exported, and what was recorded is thrown away between the bursts, which alone are
//! measured. `cargo bench -p spanwise-benches --bench threads` prints the table of `README.md`.

mod crew;
#[path = "../peers/mod.rs"]
mod peers;

use peers::{CALLS, bare, fastrace_peer, sdk_peer, spanwise_peer};
use spanwise_benches::median;

/// Roots of a thread before everyone settles: no more spans than anyone has room for.
const ROOTS: u32 = 50;
/// Bursts in a turn.
const BURSTS: u32 = 20;
const ROUNDS: u32 = 15;
/// What a thread records in a burst.
const SPANS: u32 = ROOTS * (CALLS + 1);

/// One way of recording.
struct Contender<'a> {
    name: &'static str,
    /// Records so many roots and their children.
    run: Box<dyn Fn() + Sync + 'a>,
    /// Waits until all that was recorded is thrown away.
    settle: Box<dyn Fn() + Sync + 'a>,
}

impl<'a> Contender<'a> {
    fn new(name: &'static str, root: impl Fn() + Sync + 'a, settle: impl Fn() + Sync + 'a) -> Self {
        let run = move || (0..ROOTS).for_each(|_| root());
        Self { name, run: Box::new(run), settle: Box::new(settle) }
    }

    /// Millions of spans in a second, on so many threads.
    fn rate(&self, threads: u32) -> f64 {
        let time = crew::in_step(threads as usize, BURSTS as usize, &*self.run, &*self.settle);
        f64::from(threads * BURSTS * SPANS) / time.as_secs_f64() / 1e6
    }
}

fn main() {
    // `cargo test --benches` only asks whether this builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let guard = spanwise_peer::set_up();
    let sdk = sdk_peer::Sdk::new();
    fastrace_peer::set_up();
    let contenders = [
        Contender::new("spanwise", spanwise_peer::sampled, || {
            guard.force_flush_blocking().expect("nothing is sent");
        }),
        Contender::new("opentelemetry_sdk by hand, batch processor", || sdk.sampled(), || sdk.settle()),
        Contender::new("fastrace", fastrace_peer::sampled, fastrace::flush),
        // As many calls as take as long as the spans of others: shows what two cores are worth here.
        Contender::new("*(200 bare calls in place of each)*", || (0..200).for_each(|_| bare::calls()), || ()),
    ];
    let mut rates = [(); 4].map(|()| (Vec::new(), Vec::new()));
    // The first round warms up and is not counted.
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
