//! What a span costs in the process: sampled, with an argument, not sampled, and off.
//!
//! A hundred annotated calls under one root, through Spanwise and its peers in one run, exporting
//! nothing. `cargo bench -p spanwise-benches --bench span` prints the tables of `README.md`.

#[path = "../peers/mod.rs"]
mod peers;

use peers::{CALLS, bare, fastrace_peer, polls, sdk_peer, spanwise_peer, tracing_peer};
use spanwise_benches::{Contender, measure, row};

/// Roots before everyone settles: no more spans than anyone has room for.
const BURST: u32 = 20;
const ROUNDS: usize = 25;

/// A case of calls, and each peer's way of it. Spanwise is the first.
fn table<'a>(title: &str, mut contenders: Vec<Contender<'a>>) {
    contenders.push(contender("*(the bare call)*", bare::calls, || ()));
    print(title, "ns per span", contenders);
}

fn print(title: &str, unit: &str, mut contenders: Vec<Contender<'_>>) {
    let times = measure(&mut contenders, CALLS, BURST, ROUNDS);
    println!("\n### {title}\n\n| | {unit} | to Spanwise |\n|---|---|---|");
    for (contender, time) in contenders.iter().zip(&times) {
        println!("{}", row(contender.name, *time, times[0]));
    }
}

fn contender<'a>(name: &'static str, run: impl FnMut() + 'a, settle: impl FnMut() + 'a) -> Contender<'a> {
    Contender { name, run: Box::new(run), settle: Box::new(settle) }
}

fn main() {
    // Before anything is set up, for the whole process.
    let nothing = tracing_peer::Nothing::new();
    table(
        "Off: no provider, no subscriber",
        vec![
            contender("spanwise", spanwise_peer::off, || ()),
            contender("opentelemetry by hand", sdk_peer::off, || ()),
            contender("tracing", || nothing.sampled(), || ()),
            contender("fastrace", fastrace_peer::off, || ()),
        ],
    );

    let guard = spanwise_peer::set_up();
    let sdk = sdk_peer::Sdk::new();
    let tracing = tracing_peer::WithOpenTelemetry::new(&sdk);
    let bridged = tracing_peer::Bridged::new();
    let registry = tracing_peer::RegistryAlone::new();
    fastrace_peer::set_up();

    let settled = || guard.force_flush_blocking().expect("nothing is sent");
    table(
        "Sampled",
        vec![
            contender("spanwise", spanwise_peer::sampled, settled),
            contender("opentelemetry_sdk by hand, batch processor", || sdk.sampled(), || sdk.settle()),
            contender("tracing-opentelemetry, batch processor", || tracing.sampled(), || sdk.settle()),
            contender("fastrace", fastrace_peer::sampled, fastrace::flush),
        ],
    );
    table(
        "Sampled, one argument",
        vec![
            contender("spanwise", spanwise_peer::one_argument, settled),
            contender("opentelemetry_sdk by hand, batch processor", || sdk.one_argument(), || sdk.settle()),
            contender("tracing-opentelemetry, batch processor", || tracing.one_argument(), || sdk.settle()),
            contender("fastrace", fastrace_peer::one_argument, fastrace::flush),
        ],
    );
    table(
        "Unpublished",
        vec![
            contender("spanwise, `unpublished`", spanwise_peer::unpublished, settled),
            contender("spanwise", spanwise_peer::sampled, settled),
            contender("fastrace", fastrace_peer::sampled, fastrace::flush),
            contender("*(two looks at the processor's counter)*", bare::two_looks, || ()),
        ],
    );
    table(
        "Spans of `tracing`",
        vec![
            contender("spanwise's bridge", || bridged.sampled(), settled),
            contender("tracing-opentelemetry, batch processor", || tracing.sampled(), || sdk.settle()),
            contender("spanwise's bridge, one argument", || bridged.one_argument(), settled),
            contender("tracing-opentelemetry, one argument", || tracing.one_argument(), || sdk.settle()),
            contender("spanwise, by its attribute", spanwise_peer::sampled, settled),
            contender("*(tracing-subscriber's registry alone)*", || registry.sampled(), || ()),
        ],
    );
    print(
        "An async function, each poll",
        "ns per poll",
        vec![
            contender("spanwise", spanwise_peer::polls, settled),
            contender("opentelemetry by hand, `with_context`", || sdk.polls(), || sdk.settle()),
            contender("tracing-opentelemetry", || tracing.polls(), || sdk.settle()),
            contender("fastrace", fastrace_peer::polls, fastrace::flush),
            contender("*(the bare future)*", polls::bare, || ()),
        ],
    );
    table(
        "Parent not sampled",
        vec![
            contender("spanwise", spanwise_peer::not_sampled, settled),
            contender("opentelemetry_sdk by hand, batch processor", || sdk.not_sampled(), || sdk.settle()),
            contender("tracing-opentelemetry, batch processor", || tracing.not_sampled(), || sdk.settle()),
            contender("fastrace", fastrace_peer::not_sampled, fastrace::flush),
        ],
    );
    println!("\nSpanwise: {}", guard.report());
    println!("opentelemetry_sdk, alone and under tracing-opentelemetry: {} exported", sdk_peer::exported());
    println!("fastrace: {} reported", fastrace_peer::reported());
    drop(guard);
}
