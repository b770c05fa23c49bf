//! A shop of five services, each a process of its own: gateway → orders → stock, payments, invoices. Stock speaks gRPC, and
//! invoices knows of traces by Jaeger's headers alone.
//!
//! `cargo run --example shop` starts an embedded OTLP collector and the services, sends a handful of
//! real requests, prints each as one merged trace with its log lines, and stops everything.
//!
//! With `OTEL_EXPORTER_OTLP_ENDPOINT` set the services export there, and the trace ids are printed to
//! look up. `--gateway-port PORT` gives the gateway a port of your choice. `SHOP_LOGS=json` or `logfmt` is the format of
//! the services' log lines.
//!
//! - `run` plays the operator: it starts, drives, prints and stops.
//! - `child` is a service's process as the operator sees it.
//! - `service` is what every service does: set telemetry up, listen, serve, stop.
//! - `gateway`, `orders`, `payments`, `stock` and `invoices` are the services. They are what to read for how Spanwise is
//!   used.

mod child;
mod gateway;
mod invoices;
mod orders;
mod payments;
mod run;
mod service;
mod stock;

use std::process::ExitCode;

use service::Service;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [] => run::run(0),
        ["--gateway-port", port] => match port.parse() {
            Ok(port) => run::run(port),
            Err(_) => Err(format!("--gateway-port takes a port from 0 to 65535, not {port:?}").into()),
        },
        // How the operator starts a service.
        ["service", name, port] => match (Service::from_name(name), port.parse()) {
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
