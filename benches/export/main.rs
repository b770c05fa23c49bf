//! What a span costs from its start to its delivery: recorded, encoded and exported over OTLP/gRPC.
//!
//! About a million spans with two attributes each, in traces of a hundred and one, at a pace at which
//! nobody drops any. Each contender has a process of its own, and so has the collector it exports to;
//! counted is the CPU time of all of the contender's threads, the delivery of the last span included.
//! `cargo bench -p spanwise-benches --bench export` prints the table of `README.md`.

mod bare;
mod cost;
mod fastrace_peer;
mod otlp;
mod sdk_peer;
mod spanwise_peer;
mod tracing_peer;

use spanwise_benches::sink::{self, Received, Sink};
use spanwise_benches::{median, process};

/// The argument of a process that is a contender; its key and the collector's address follow.
const CONTENDER: &str = "contender";
const ROUNDS: usize = 3;

/// One way of making spans and exporting them.
struct Contender {
    /// What it is called among processes.
    key: &'static str,
    /// What it is called in the table.
    name: &'static str,
    /// Does it all, exporting to this address.
    run: fn(&str),
}

/// Spanwise is the first, and what all have in common the last.
static CONTENDERS: [Contender; 5] = [
    Contender { key: "spanwise", name: "spanwise", run: spanwise_peer::run },
    Contender { key: "sdk", name: "opentelemetry_sdk by hand, opentelemetry-otlp", run: sdk_peer::run },
    Contender { key: "tracing", name: "tracing-opentelemetry over the same", run: tracing_peer::run },
    Contender { key: "fastrace", name: "fastrace, fastrace-opentelemetry", run: fastrace_peer::run },
    Contender { key: "bare", name: "*(the pace alone, taken off the others)*", run: bare::run },
];

fn main() {
    let arguments = process::arguments();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [sink::ROLE] => sink::serve(),
        [CONTENDER, key, endpoint] => {
            let contender = CONTENDERS.iter().find(|contender| contender.key == key);
            (contender.expect("compare() knows them all").run)(endpoint);
        }
        // `cargo test --benches` only asks whether this builds.
        _ if !arguments.iter().any(|argument| argument == "--bench") => {}
        _ => compare(),
    }
}

/// Nanoseconds of CPU for each span, and what came of the spans, round after round.
#[derive(Default)]
struct Turns {
    costs: Vec<f64>,
    received: Received,
}

impl Turns {
    fn take(&mut self, contender: &Contender) {
        let sink = Sink::start();
        let said = process::said(&[CONTENDER, contender.key, sink.endpoint()]);
        let Received { spans, requests } = sink.stop();
        self.received.spans += spans;
        self.received.requests += requests;
        self.costs.push(cost::told(&said).as_secs_f64() * 1e9 / f64::from(cost::SPANS));
    }
}

fn compare() {
    process::only_on_linux();
    let mut turns = [(); CONTENDERS.len()].map(|()| Turns::default());
    // The rounds take turns, so that what the machine does besides falls on all alike.
    for round in 1..=ROUNDS {
        for (contender, turns) in CONTENDERS.iter().zip(&mut turns) {
            eprintln!("round {round} of {ROUNDS}: {}", contender.name);
            turns.take(contender);
        }
    }
    let received = turns.each_ref().map(|turns| turns.received);
    let [spanwise, sdk, tracing, fastrace, pace] = turns.map(|turns| median(turns.costs));
    let own = [spanwise, sdk, tracing, fastrace].map(|cost| cost - pace);

    println!("| | CPU, ns per span | to Spanwise | delivered | spans a request |\n|---|---|---|---|---|");
    for ((contender, cost), received) in CONTENDERS.iter().zip(own).zip(received) {
        let Received { spans, requests } = received;
        let created = u64::from(cost::SPANS) * ROUNDS as u64;
        let each = spans / requests.max(1);
        let name = contender.name;
        println!("| {name} | {cost:.0} | {:.2}× | {spans} of {created} | {each} |", cost / own[0]);
        if spans < created {
            eprintln!("{name} has dropped spans: the pace is too fast for it, and its figure worth nothing");
        }
    }
    println!("| {} | {pace:.0} | | | |", CONTENDERS[4].name);
    println!(
        "\nSpanwise takes {:.2} of the CPU that the SDK takes, and {:.2} of tracing-opentelemetry's.",
        own[0] / own[1],
        own[0] / own[2]
    );
}
