//! What every service does: it starts Spanwise, listens, serves, and stops.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use spanwise::Propagator;
use spanwise::logs::Format;
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::{gateway, invoices, orders, payments, stock};

/// One of the shop's services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShopService {
    Gateway,
    Invoices,
    Orders,
    Payments,
    Stock,
}

/// The first line that a service prints starts with this; the address that it listens on follows.
pub(crate) const LISTENING: &str = "listening on ";

impl ShopService {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Invoices => "invoices",
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Stock => "stock",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Gateway, Self::Invoices, Self::Orders, Self::Payments, Self::Stock];
        all.into_iter().find(|service| service.name() == name)
    }

    /// Returns the environment variables that only this service is started with.
    pub(crate) const fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // The headers that Spanwise reads and writes. The default is the W3C's `traceparent` and `baggage`.
            Self::Invoices => &[("OTEL_PROPAGATORS", "jaeger")],
            _ => &[],
        }
    }

    /// Returns the environment variable that holds the address of this service, for those that call it.
    pub(crate) fn address_variable(self) -> String {
        format!("SHOP_{}", self.name().to_uppercase())
    }

    /// Serves until standard input is closed. It closes when the operator stops the service, and when the operator dies.
    #[tokio::main]
    pub(crate) async fn run(self, port: u16) -> Result<ExitCode, Box<dyn Error>> {
        // Starts recording, configured by the `OTEL_*` variables that the operator sets.
        let guard = spanwise::init()?;
        // Log lines of `tracing`, each with the ids of the trace and the span that it was written in.
        tracing_subscriber::registry()
            .with(LevelFilter::INFO)
            .with(spanwise::logs::layer(log_format()?))
            .init();

        // Records a span for each request. It continues the caller's trace, whose id it reads from the headers.
        let app = self.app()?.layer(spanwise::ServerLayer::new());
        let listener = listen(port).await?;
        println!("{LISTENING}{}", listener.local_addr()?);
        // Makes the caller's address available, which the server layer stores in the span.
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, app).with_graceful_shutdown(stop_requested()).await?;

        // Sends the spans that are still waiting, and reports how many were sent and how many were lost.
        let report = guard.shutdown().await?;
        tracing::info!("{report}");
        Ok(ExitCode::SUCCESS)
    }

    fn app(self) -> Result<Router, Box<dyn Error>> {
        Ok(match self {
            Self::Gateway => gateway::app(client().build()?, address_of(Self::Orders)?),
            Self::Invoices => invoices::app(),
            Self::Orders => {
                let invoices = address_of(Self::Invoices)?;
                orders::app(orders::Orders {
                    // Sends Jaeger's header to the invoices service, and the default headers to all others.
                    http: client().propagate(&invoices, [Propagator::Jaeger]).build()?,
                    payments: address_of(Self::Payments)?,
                    invoices,
                    stock: stock::client(&address_of(Self::Stock)?)?,
                })
            }
            Self::Payments => payments::app()?,
            Self::Stock => stock::app(),
        })
    }
}

/// Returns the format that `SHOP_LOGS` names: `text` (the default), `json` or `logfmt`.
fn log_format() -> Result<Format, Box<dyn Error>> {
    match std::env::var("SHOP_LOGS") {
        Ok(name) => name.parse().map_err(|error| format!("SHOP_LOGS={name:?}: {error}").into()),
        Err(_) => Ok(Format::Text),
    }
}

/// Returns a builder for Spanwise's HTTP client. It has the interface of reqwest's, and `with` reaches reqwest's builder.
fn client() -> spanwise::client::ClientBuilder {
    spanwise::Client::builder().timeout(Duration::from_secs(5)).with(|http| http.no_proxy())
}

fn address_of(service: ShopService) -> Result<String, Box<dyn Error>> {
    let variable = service.address_variable();
    std::env::var(&variable)
        .map_err(|_| format!("{variable} is not set: it holds the address of {}", service.name()).into())
}

async fn listen(port: u16) -> Result<TcpListener, Box<dyn Error>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}").into())
}

/// Waits until standard input is closed, or for an interrupt.
async fn stop_requested() {
    let (closed, is_closed) = tokio::sync::oneshot::channel();
    // A thread of its own, because Tokio's runtime cannot end during a blocking read.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = closed.send(());
    });
    tokio::select! {
        _ = is_closed => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
