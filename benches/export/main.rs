//! The CPU time of a span from its start to its delivery: recorded, encoded, and exported over OTLP/gRPC.
//!
//! Each contender records about a million spans with two attributes each, in traces of 101 spans, at a pace at which no
//! contender drops any. It runs in its own process, and so does the collector. The CPU time of all its threads counts,
//! until the last span is delivered.
//! `cargo bench -p spanwise-benches --bench export` prints the table of `README.md`.

mod bare;
mod cost;
mod fastrace_peer;
mod otlp;
mod sdk_peer;
mod spanwise_peer;
mod tracing_peer;

use spanwise_benches::sink::{self, SinkCounts, SinkProcess};
use spanwise_benches::{median, process};

/// The first argument of a contender's process. Its key and the collector's address follow.
const CONTENDER: &str = "contender";
const ROUNDS: usize = 3;

/// One way to record spans and export them.
struct ExportContender {
    /// The argument that selects it.
    key: &'static str,
    /// Its name in the table.
    name: &'static str,
    /// Records the spans and exports them to this address.
    run: fn(&str),
}

/// Spanwise comes first. The last one measures what all of them have in common.
static CONTENDERS: [ExportContender; 5] = [
    ExportContender { key: "spanwise", name: "spanwise", run: spanwise_peer::run },
    ExportContender { key: "sdk", name: "opentelemetry_sdk by hand, opentelemetry-otlp", run: sdk_peer::run },
    ExportContender { key: "tracing", name: "tracing-opentelemetry over the same", run: tracing_peer::run },
    ExportContender { key: "fastrace", name: "fastrace, fastrace-opentelemetry", run: fastrace_peer::run },
    ExportContender { key: "bare", name: "*(the pace alone, taken off the others)*", run: bare::run },
];

fn main() {
    let arguments = process::arguments();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [sink::ROLE] => sink::serve(),
        [CONTENDER, key, endpoint] => {
            let contender = CONTENDERS.iter().find(|contender| contender.key == key);
            (contender.expect("a key of CONTENDERS").run)(endpoint);
        }
        _ if process::is_bench_run() => compare(),
        _ => {}
    }
}

/// The results of one contender: the CPU time per span of each round, in nanoseconds, and the spans received in all.
#[derive(Default)]
struct ContenderResults {
    costs: Vec<f64>,
    received: SinkCounts,
}

impl ContenderResults {
    fn run(&mut self, contender: &ExportContender) {
        let sink = SinkProcess::start();
        let output = process::output_of(&[CONTENDER, contender.key, sink.endpoint()]);
        let SinkCounts { spans, requests } = sink.stop();
        self.received.spans += spans;
        self.received.requests += requests;
        self.costs.push(cost::parse(&output).as_secs_f64() * 1e9 / f64::from(cost::SPANS));
    }
}

fn compare() {
    process::require_linux();
    let mut results = [(); CONTENDERS.len()].map(|()| ContenderResults::default());
    // In each round every contender has a turn, so that other load on the machine affects all of them alike.
    for round in 1..=ROUNDS {
        for (contender, results) in CONTENDERS.iter().zip(&mut results) {
            eprintln!("round {round} of {ROUNDS}: {}", contender.name);
            results.run(contender);
        }
    }
    let received = results.each_ref().map(|results| results.received);
    let [spanwise, sdk, tracing, fastrace, pace] = results.map(|results| median(results.costs));
    let own_costs = [spanwise, sdk, tracing, fastrace].map(|cost| cost - pace);

    println!("| | CPU, ns per span | to Spanwise | delivered | spans a request |\n|---|---|---|---|---|");
    for ((contender, cost), received) in CONTENDERS.iter().zip(own_costs).zip(received) {
        let SinkCounts { spans, requests } = received;
        let created = u64::from(cost::SPANS) * ROUNDS as u64;
        let each = spans / requests.max(1);
        let name = contender.name;
        println!("| {name} | {cost:.0} | {:.2}× | {spans} of {created} | {each} |", cost / own_costs[0]);
        if spans < created {
            eprintln!("{name} dropped spans: the pace is too fast for it, and its figure is not valid");
        }
    }
    println!("| {} | {pace:.0} | | | |", CONTENDERS[4].name);
    println!(
        "\nSpanwise takes {:.2} of the CPU that the SDK takes, and {:.2} of tracing-opentelemetry's.",
        own_costs[0] / own_costs[1],
        own_costs[0] / own_costs[2]
    );
}
