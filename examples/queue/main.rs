//! Two services and a queue between them: the shop sends orders, billing charges them, and what it cannot charge goes to another
//! topic. The context goes along in the headers of the records.
//!
//! `cargo run --example queue` prints the traces. With `OTEL_EXPORTER_OTLP_ENDPOINT` set they are sent there.
//!
//! - `topic` is what Kafka is here: partitions, offsets, records with headers. It knows nothing of traces.
//! - `shop` sends: a span of the kind `producer` for each record.
//! - `billing` receives: a batch, linked to all that is in it; each record in the trace of the one who sent it; attempts.

mod billing;
mod shop;
mod topic;

use std::error::Error;
use std::io::IsTerminal as _;

use spanwise::testing::{Collector, ReceivedSpan, waterfall};
use topic::Topic;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let elsewhere = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let collector = if elsewhere { None } else { Some(Collector::start()?) };
    let mut telemetry = spanwise::builder().service_name("queue");
    if let Some(collector) = &collector {
        telemetry = telemetry.otlp_endpoint(collector.endpoint());
    }
    let telemetry = telemetry.init()?;

    let (orders, unpaid) = (Topic::new("orders", 2), Topic::new("orders.unpaid", 1));
    // Somebody buys three things. Billing is not even there yet: what was sent waits for it.
    shop::check_out(&orders, &[("anna", 700), ("ben", 4_000), ("anna", 99_000)]);
    orders.close();
    // A task of its own: nothing of the shop's is current there but what the records bring.
    let dead_letters = unpaid.clone();
    tokio::spawn(async move { billing::run(&orders, &dead_letters).await }).await?;

    telemetry.shutdown().await?;
    println!("{} of 3 orders could not be charged\n", unpaid.len());
    if let Some(collector) = collector {
        print(&collector.spans());
    }
    Ok(())
}

/// Each trace, and who is linked to whom.
fn print(spans: &[ReceivedSpan]) {
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut traces: Vec<_> = spans.iter().map(|received| received.span.context.trace_id()).collect();
    traces.sort_by_key(|trace| trace.to_string());
    traces.dedup();
    for trace in traces {
        let trace: Vec<_> =
            spans.iter().filter(|received| received.span.context.trace_id() == trace).cloned().collect();
        println!("{}\n", waterfall(&trace, color));
    }
    let name = |id| spans.iter().map(|received| &received.span).find(|span| span.context.span_id() == id);
    for received in spans {
        for link in &received.span.links {
            let to = name(link.span_context.span_id()).map_or("elsewhere", |span| &span.name);
            println!("{} is linked to {to}", received.span.name);
        }
    }
}
