//! The time that a span takes where it is recorded: sampled, with an argument, not sampled, and off.
//!
//! Spanwise and its peers each record a hundred annotated calls under one root span, in one run. Nothing is exported.
//! `cargo bench -p spanwise-benches --bench span` prints the tables of `README.md`.

#[path = "../peers/mod.rs"]
mod peers;

use peers::{CALLS, bare, fastrace_peer, polls, sdk_peer, spanwise_peer, tracing_peer};
use spanwise_benches::{Contender, measure, row};

/// Root spans between two flushes. Their spans fit into the queue of every contender.
const BURST: u32 = 20;
const ROUNDS: usize = 25;

/// Measures the contenders and a call without instrumentation, and prints a table. The first contender is Spanwise.
fn table<'a>(title: &str, mut contenders: Vec<Contender<'a>>) {
    contenders.push(contender("*(the bare call)*", bare::calls, || ()));
    print(title, "ns per span", contenders);
}

/// Measures the contenders and prints a table. The first one is the base of the ratios.
fn print(title: &str, unit: &str, mut contenders: Vec<Contender<'_>>) {
    let times = measure(&mut contenders, CALLS, BURST, ROUNDS);
    println!("\n### {title}\n\n| | {unit} | to Spanwise |\n|---|---|---|");
    for (contender, time) in contenders.iter().zip(&times) {
        println!("{}", row(contender.name, *time, times[0]));
    }
}

fn contender<'a>(name: &'static str, run: impl FnMut() + 'a, flush: impl FnMut() + 'a) -> Contender<'a> {
    Contender { name, run: Box::new(run), flush: Box::new(flush) }
}

fn main() {
    // This comes before the contenders are set up, which holds for the whole process.
    table(
        "Off: no provider, no subscriber",
        vec![
            contender("spanwise", spanwise_peer::off, || ()),
            contender("opentelemetry by hand", sdk_peer::off, || ()),
            contender("tracing", tracing_peer::off, || ()),
            contender("fastrace", fastrace_peer::off, || ()),
        ],
    );

    let guard = spanwise_peer::set_up();
    let sdk = sdk_peer::Sdk::new();
    let tracing = tracing_peer::Subscribed::to_opentelemetry(&sdk);
    let bridge = tracing_peer::Subscribed::to_bridge();
    let registry = tracing_peer::Subscribed::to_registry();
    fastrace_peer::set_up();

    let flush = || guard.force_flush_blocking().expect("nothing is exported");
    table(
        "Sampled",
        vec![
            contender("spanwise", spanwise_peer::sampled, flush),
            contender("opentelemetry_sdk by hand, batch processor", || sdk.sampled(), || sdk.flush()),
            contender("tracing-opentelemetry, batch processor", || tracing.sampled(), || sdk.flush()),
            contender("fastrace", fastrace_peer::sampled, fastrace::flush),
        ],
    );
    table(
        "Sampled, one argument",
        vec![
            contender("spanwise", spanwise_peer::one_argument, flush),
            contender("opentelemetry_sdk by hand, batch processor", || sdk.one_argument(), || sdk.flush()),
            contender("tracing-opentelemetry, batch processor", || tracing.one_argument(), || sdk.flush()),
            contender("fastrace", fastrace_peer::one_argument, fastrace::flush),
        ],
    );
    table(
        "Unpublished",
        vec![
            contender("spanwise, `unpublished`", spanwise_peer::unpublished, flush),
            contender("spanwise", spanwise_peer::sampled, flush),
            contender("fastrace", fastrace_peer::sampled, fastrace::flush),
            contender("*(two looks at the processor's counter)*", bare::two_clock_reads, || ()),
        ],
    );
    table(
        "Spans of `tracing`",
        vec![
            contender("spanwise's bridge", || bridge.sampled(), flush),
            contender("tracing-opentelemetry, batch processor", || tracing.sampled(), || sdk.flush()),
            contender("spanwise's bridge, one argument", || bridge.one_argument(), flush),
            contender("tracing-opentelemetry, one argument", || tracing.one_argument(), || sdk.flush()),
            contender("spanwise, by its attribute", spanwise_peer::sampled, flush),
            contender("*(tracing-subscriber's registry alone)*", || registry.sampled(), || ()),
        ],
    );
    print(
        "An async function, each poll",
        "ns per poll",
        vec![
            contender("spanwise", spanwise_peer::polls, flush),
            contender("opentelemetry by hand, `with_context`", || sdk.polls(), || sdk.flush()),
            contender("tracing-opentelemetry", || tracing.polls(), || sdk.flush()),
            contender("fastrace", fastrace_peer::polls, fastrace::flush),
            contender("*(the bare future)*", polls::bare, || ()),
        ],
    );
    table(
        "Parent not sampled",
        vec![
            contender("spanwise", spanwise_peer::not_sampled, flush),
            contender("opentelemetry_sdk by hand, batch processor", || sdk.not_sampled(), || sdk.flush()),
            contender("tracing-opentelemetry, batch processor", || tracing.not_sampled(), || sdk.flush()),
            contender("fastrace", fastrace_peer::not_sampled, fastrace::flush),
        ],
    );
    println!("\nSpanwise: {}", guard.report());
    println!("opentelemetry_sdk, alone and under tracing-opentelemetry: {} exported", sdk_peer::exported());
    println!("fastrace: {} reported", fastrace_peer::reported());
    drop(guard);
}
