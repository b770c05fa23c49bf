//! Two services with a queue between them.
//!
//! The shop sends orders. Billing charges them, and forwards those that it cannot charge to another topic. The headers of
//! each record carry the id of the span that sent it, so the trace continues in the service that receives it.
//!
//! `cargo run --example queue` prints the traces. If `OTEL_EXPORTER_OTLP_ENDPOINT` is set, they are sent there instead.
//!
//! - `topic` stands in for Kafka: partitions, offsets, records with headers. It does not use Spanwise.
//! - `shop` sends each record in a span of the kind `producer`.
//! - `billing` receives batches. A batch is linked to the senders of its records; each record is processed in the trace of
//!   its sender; each attempt to charge it is a span.

mod billing;
mod shop;
mod topic;

use std::error::Error;

use spanwise::testing::{Collector, ReceivedSpan, waterfall};
use topic::Topic;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A collector receives spans over the network. This one runs inside the example, so there is nothing to install.
    let collector = if spanwise_examples::has_otlp_endpoint() { None } else { Some(Collector::start()?) };
    let mut builder = spanwise::builder().service_name("queue");
    if let Some(collector) = &collector {
        builder = builder.otlp_endpoint(collector.endpoint());
    }
    // Starts recording. Keep the guard until the end of `main`: dropping it stops recording.
    let guard = builder.init()?;

    let (orders, unpaid) = (Topic::new("orders", 2), Topic::new("orders.unpaid", 1));
    // Three orders are placed before billing starts. The records wait in the topic.
    shop::check_out(&orders, &[("anna", 700), ("ben", 4_000), ("anna", 99_000)]);
    orders.close();
    // Billing runs in a task that inherits nothing from here: it learns of the shop's traces from the records alone.
    let dead_letters = unpaid.clone();
    tokio::spawn(async move { billing::run(&orders, &dead_letters).await }).await?;

    // Sends the spans that are still waiting, then stops.
    guard.shutdown().await?;
    println!("{} of 3 orders could not be charged\n", unpaid.len());
    if let Some(collector) = collector {
        print(&collector.spans());
    }
    Ok(())
}

/// Prints each trace, then each link from one span to another.
fn print(spans: &[ReceivedSpan]) {
    let mut traces: Vec<_> = spans.iter().map(|received| received.span.context.trace_id()).collect();
    traces.sort_by_key(|trace| trace.to_string());
    traces.dedup();
    for trace in traces {
        let trace: Vec<_> =
            spans.iter().filter(|received| received.span.context.trace_id() == trace).cloned().collect();
        println!("{}\n", waterfall(&trace, spanwise_examples::is_color_wanted()));
    }
    let find = |id| spans.iter().map(|received| &received.span).find(|span| span.context.span_id() == id);
    for received in spans {
        for link in &received.span.links {
            let to = find(link.span_context.span_id()).map_or("elsewhere", |span| &span.name);
            println!("{} is linked to {to}", received.span.name);
        }
    }
}
