//! The operator: starts the services, sends requests, prints their traces, and stops the services.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use spanwise::testing::{Collector, ReceivedSpan, waterfall};

use crate::gateway::TRACE_ID;
use crate::service::ShopService;
use crate::service_process::ServiceProcess;

/// The items to buy, and what each request is an example of.
const REQUESTS: [(&str, &str); 4] = [
    ("tea", "all is well"),
    ("piano", "slow: a fraud check"),
    ("yacht", "an error: the card is declined"),
    ("unicorn", "an error: there is no such thing"),
];

/// A request and its response.
struct AnsweredRequest {
    item: &'static str,
    example_of: &'static str,
    status: u16,
    trace_id: String,
}

#[tokio::main]
pub(crate) async fn run(gateway_port: u16) -> Result<ExitCode, Box<dyn Error>> {
    let shop = async {
        let mut shop = Shop::start(gateway_port).await?;
        let requests = shop.send_requests().await?;
        let Shop { collector, mut services } = shop;
        // All requests are answered, so all services can stop at once.
        services.iter_mut().for_each(ServiceProcess::ask_to_stop);
        let mut logs = Vec::new();
        for service in services.into_iter().rev() {
            let name = service.name();
            logs.extend(service.stop().await?.into_iter().map(|line| (name, line)));
        }
        Ok::<_, Box<dyn Error>>((collector, requests, logs))
    };
    tokio::select! {
        result = shop => {
            let (collector, requests, logs) = result?;
            match collector {
                Some(collector) => print(&traces(&collector.spans(), &requests, &logs)?)?,
                None => print(&trace_ids(&requests))?,
            }
            Ok(print_warnings(&logs))
        }
        // This drops the future `shop`, which kills the services.
        _ = tokio::signal::ctrl_c() => {
            eprintln!("shop: interrupted; the services are stopped");
            Ok(ExitCode::from(130))
        }
    }
}

struct Shop {
    /// Runs inside this process. `None` if the environment names another collector.
    collector: Option<Collector>,
    /// In the order of their start: each can call those before it.
    services: Vec<ServiceProcess>,
}

impl Shop {
    async fn start(gateway_port: u16) -> Result<Self, Box<dyn Error>> {
        let collector = if spanwise_examples::has_otlp_endpoint() { None } else { Some(Collector::start()?) };
        let mut environment: Vec<(String, String)> = Vec::new();
        if let Some(collector) = &collector {
            // Spanwise reads this variable in each service: it is where the spans are sent.
            environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), collector.endpoint()));
        }
        let mut services: Vec<ServiceProcess> = Vec::new();
        for (service, port) in
            [ShopService::Payments, ShopService::Invoices, ShopService::Stock, ShopService::Orders]
                .map(|service| (service, 0))
                .into_iter()
                .chain([(ShopService::Gateway, gateway_port)])
        {
            let process = ServiceProcess::start(service, port, &environment).await?;
            environment.push((service.address_variable(), process.url.clone()));
            services.push(process);
        }
        Ok(Self { collector, services })
    }

    async fn send_requests(&mut self) -> Result<Vec<AnsweredRequest>, Box<dyn Error>> {
        let [payments, invoices, stock, orders, gateway] = self.services.as_mut_slice() else {
            return Err("the shop has five services".into());
        };
        let gateway_url = gateway.url.clone();
        tokio::select! {
            requests = send(&gateway_url) => requests,
            error = payments.unexpected_exit() => Err(error),
            error = invoices.unexpected_exit() => Err(error),
            error = stock.unexpected_exit() => Err(error),
            error = orders.unexpected_exit() => Err(error),
            error = gateway.unexpected_exit() => Err(error),
        }
    }
}

/// Sends the requests with a client that is not traced, as a customer does. The gateway starts the traces.
async fn send(gateway: &str) -> Result<Vec<AnsweredRequest>, Box<dyn Error>> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut requests = Vec::new();
    for (item, example_of) in REQUESTS {
        let response = http.post(format!("{gateway}/checkout/{item}")).send().await?;
        let trace_id =
            response.headers().get(TRACE_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        requests.push(AnsweredRequest { item, example_of, status: response.status().as_u16(), trace_id });
    }
    Ok(requests)
}

/// Returns the trace and the log lines of each request, as text.
fn traces(
    spans: &[ReceivedSpan],
    requests: &[AnsweredRequest],
    logs: &[(&'static str, String)],
) -> Result<String, Box<dyn Error>> {
    // Writing to a string does not fail.
    let mut text = String::new();
    for request in requests {
        let _ =
            writeln!(text, "POST /checkout/{} → {} ({})\n", request.item, request.status, request.example_of);
        let trace: Vec<_> = spans
            .iter()
            .filter(|received| received.span.context.trace_id().to_string() == request.trace_id)
            .cloned()
            .collect();
        if trace.is_empty() {
            return Err(format!("no span of the trace {} has arrived", request.trace_id).into());
        }
        let _ = writeln!(text, "{}\n", waterfall(&trace, spanwise_examples::is_color_wanted()));
        let mut lines: Vec<_> = logs.iter().filter(|(_, line)| line.contains(&request.trace_id)).collect();
        // Every format starts its lines with the time.
        lines.sort_by(|one, other| one.1.cmp(&other.1));
        for (service, line) in lines {
            let _ = writeln!(text, "  {service:<8}  {line}");
        }
        text.push('\n');
    }
    Ok(text)
}

/// Returns the ids of the traces, to look up where the services sent them.
fn trace_ids(requests: &[AnsweredRequest]) -> String {
    let mut text = String::new();
    let _ =
        writeln!(text, "The services export to OTEL_EXPORTER_OTLP_ENDPOINT. Look these traces up there:\n");
    for request in requests {
        let _ = writeln!(
            text,
            "  {}  POST /checkout/{} → {} ({})",
            request.trace_id, request.item, request.status, request.example_of
        );
    }
    text
}

/// Writes to standard output. It is no error if the reader has closed it, as in `shop | head`.
fn print(text: &str) -> std::io::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints Spanwise's warnings from the logs. Returns a failure if spans were lost at shutdown.
fn print_warnings(logs: &[(&'static str, String)]) -> ExitCode {
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
