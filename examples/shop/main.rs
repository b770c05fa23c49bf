//! A shop of five services, each in its own process: the gateway calls orders, and orders calls stock, payments and
//! invoices.
//!
//! `cargo run --example shop` starts the services and a collector, which receives their spans. It sends four real
//! requests, prints the trace and the log lines of each, and stops everything.
//!
//! - If `OTEL_EXPORTER_OTLP_ENDPOINT` is set, the services send their spans there, and the ids of the traces are printed.
//! - `--gateway-port PORT` sets the port of the gateway. By default the system chooses one.
//! - `SHOP_LOGS=json` or `SHOP_LOGS=logfmt` sets the format of the services' log lines. The default is `text`.
//!
//! The files, in the order to read them:
//!
//! - `service`: what every service does. It starts Spanwise, listens, serves, and stops.
//! - `gateway`, `orders`, `payments`: HTTP services, and how they use Spanwise.
//! - `stock`: a gRPC service.
//! - `invoices`: an older service that understands only Jaeger's headers.
//! - `run`: the operator. It starts the services, sends the requests, prints the traces, and stops the services.
//! - `service_process`: the process of one service, as the operator sees it.

mod gateway;
mod invoices;
mod orders;
mod payments;
mod run;
mod service;
mod service_process;
mod stock;

use std::process::ExitCode;

use service::ShopService;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [] => run::run(0),
        ["--gateway-port", port] => match port.parse() {
            Ok(port) => run::run(port),
            Err(_) => Err(format!("--gateway-port takes a port from 0 to 65535, not {port:?}").into()),
        },
        // The operator starts each service like this.
        ["service", name, port] => match (ShopService::from_name(name), port.parse()) {
            (Some(service), Ok(port)) => service.run(port),
            _ => Err(format!("no such service: {name} at port {port}").into()),
        },
        _ => Err("usage: shop [--gateway-port PORT]".into()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprint!("shop: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}
