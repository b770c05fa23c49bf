//! The operator: starts the services, sends requests, prints what became of them, stops.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;

use spanwise::testing::{Collector, ReceivedSpan, waterfall};

use crate::child::Child;
use crate::gateway::TRACE_ID;
use crate::service::Service;

/// What is bought, and what it is an example of.
const REQUESTS: [(&str, &str); 4] = [
    ("tea", "all is well"),
    ("piano", "slow: a check that takes its time"),
    ("yacht", "an error: the card is declined"),
    ("unicorn", "an error: there is no such thing"),
];

/// A request that was sent.
struct Sent {
    item: &'static str,
    example_of: &'static str,
    status: u16,
    trace: String,
}

#[tokio::main]
pub(crate) async fn run(gateway_port: u16) -> Result<ExitCode, Box<dyn Error>> {
    let shop = async {
        let mut shop = Shop::start(gateway_port).await?;
        let sent = shop.send_requests().await?;
        let Shop { collector, mut services } = shop;
        // All requests are answered: none can find its server gone.
        services.iter_mut().for_each(Child::ask_to_stop);
        let mut logs = Vec::new();
        for service in services.into_iter().rev() {
            let name = service.name();
            logs.extend(service.stop().await?.into_iter().map(|line| (name, line)));
        }
        Ok::<_, Box<dyn Error>>((collector, sent, logs))
    };
    tokio::select! {
        outcome = shop => {
            let (collector, sent, logs) = outcome?;
            match collector {
                Some(collector) => print(&traces(&collector.spans(), &sent, &logs)?)?,
                None => print(&ids(&sent))?,
            }
            Ok(pass_warnings_on(&logs))
        }
        // The services go with `shop`, which is dropped here.
        _ = tokio::signal::ctrl_c() => {
            eprintln!("shop: interrupted; the services are stopped");
            Ok(ExitCode::from(130))
        }
    }
}

struct Shop {
    /// The embedded one; none where the services export elsewhere.
    collector: Option<Collector>,
    /// In the order they were started: each may call those before it.
    services: Vec<Child>,
}

impl Shop {
    async fn start(gateway_port: u16) -> Result<Self, Box<dyn Error>> {
        let elsewhere = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        let collector = if elsewhere { None } else { Some(Collector::start()?) };
        let mut environment: Vec<(String, String)> = Vec::new();
        if let Some(collector) = &collector {
            environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), collector.endpoint()));
        }
        let mut services: Vec<Child> = Vec::new();
        for (service, port) in [Service::Payments, Service::Invoices, Service::Stock, Service::Orders]
            .map(|service| (service, 0))
            .into_iter()
            .chain([(Service::Gateway, gateway_port)])
        {
            let child = Child::start(service, port, &environment).await?;
            environment.push((service.address_variable(), child.url.clone()));
            services.push(child);
        }
        Ok(Self { collector, services })
    }

    async fn send_requests(&mut self) -> Result<Vec<Sent>, Box<dyn Error>> {
        let [payments, invoices, stock, orders, gateway] = self.services.as_mut_slice() else {
            return Err("the shop has five services".into());
        };
        let gateway_url = gateway.url.clone();
        tokio::select! {
            sent = send(&gateway_url) => sent,
            died = payments.dies() => Err(died),
            died = invoices.dies() => Err(died),
            died = stock.dies() => Err(died),
            died = orders.dies() => Err(died),
            died = gateway.dies() => Err(died),
        }
    }
}

/// Sends the requests from outside of any trace, as a customer does.
async fn send(gateway: &str) -> Result<Vec<Sent>, Box<dyn Error>> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut sent = Vec::new();
    for (item, example_of) in REQUESTS {
        let response = http.post(format!("{gateway}/checkout/{item}")).send().await?;
        let trace =
            response.headers().get(TRACE_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        sent.push(Sent { item, example_of, status: response.status().as_u16(), trace });
    }
    Ok(sent)
}

fn traces(
    spans: &[ReceivedSpan],
    sent: &[Sent],
    logs: &[(&'static str, String)],
) -> Result<String, Box<dyn Error>> {
    // Writing to a string does not fail.
    let mut text = String::new();
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for request in sent {
        let _ =
            writeln!(text, "POST /checkout/{} → {} ({})\n", request.item, request.status, request.example_of);
        let trace: Vec<_> = spans
            .iter()
            .filter(|received| received.span.context.trace_id().to_string() == request.trace)
            .cloned()
            .collect();
        if trace.is_empty() {
            return Err(format!("no span of the trace {} has arrived", request.trace).into());
        }
        let _ = writeln!(text, "{}\n", waterfall(&trace, color));
        let mut lines: Vec<_> = logs.iter().filter(|(_, line)| line.contains(&request.trace)).collect();
        // They begin with the time, in JSON and logfmt, too.
        lines.sort_by(|one, other| one.1.cmp(&other.1));
        for (service, line) in lines {
            let _ = writeln!(text, "  {service:<8}  {line}");
        }
        text.push('\n');
    }
    Ok(text)
}

fn ids(sent: &[Sent]) -> String {
    let mut text = String::new();
    let _ =
        writeln!(text, "The services export to OTEL_EXPORTER_OTLP_ENDPOINT. Look these traces up there:\n");
    for request in sent {
        let _ = writeln!(
            text,
            "  {}  POST /checkout/{} → {} ({})",
            request.trace, request.item, request.status, request.example_of
        );
    }
    text
}

/// To standard output, which may have been closed: `shop | head` has seen enough.
fn print(text: &str) -> std::io::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Says what the services' telemetry complained of. That is a failure only where spans were lost.
fn pass_warnings_on(logs: &[(&'static str, String)]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for (service, line) in logs {
        let Some(warning) = line.strip_prefix("spanwise: warning: ") else { continue };
        eprintln!("{service}: {warning}");
        if warning.starts_with("at shutdown") {
            code = ExitCode::FAILURE;
        }
    }
    code
}
