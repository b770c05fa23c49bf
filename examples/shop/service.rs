//! What every service does: set telemetry up, listen, serve, stop.

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
pub(crate) enum Service {
    Gateway,
    Invoices,
    Orders,
    Payments,
    Stock,
}

/// The line by which a service tells the operator where it listens.
pub(crate) const LISTENING: &str = "listening on ";

impl Service {
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

    /// What it is started with beside its name: the headers that it knows, where these are not the usual ones.
    pub(crate) const fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Invoices => &[("OTEL_PROPAGATORS", "jaeger")],
            _ => &[],
        }
    }

    /// The variable by which a service is told where the next one is.
    pub(crate) fn address_variable(self) -> String {
        format!("SHOP_{}", self.name().to_uppercase())
    }

    /// Serves until standard input is closed, which it is when the operator stops or is gone.
    #[tokio::main]
    pub(crate) async fn run(self, port: u16) -> Result<ExitCode, Box<dyn Error>> {
        let telemetry = spanwise::init()?;
        tracing_subscriber::registry()
            .with(LevelFilter::INFO)
            .with(spanwise::logs::layer(log_format()?))
            .init();

        let app = self.app()?.layer(spanwise::ServerLayer::new());
        let listener = listen(port).await?;
        println!("{LISTENING}{}", listener.local_addr()?);
        // So that a span tells who was on the other side.
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, app).with_graceful_shutdown(told_to_stop()).await?;

        let report = telemetry.shutdown().await?;
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

/// As `SHOP_LOGS` has it: `text`, `json` or `logfmt`. Each has the trace's id on every line.
fn log_format() -> Result<Format, Box<dyn Error>> {
    match std::env::var("SHOP_LOGS") {
        Ok(name) => name.parse().map_err(|error| format!("SHOP_LOGS={name:?}: {error}").into()),
        Err(_) => Ok(Format::Text),
    }
}

fn client() -> spanwise::ClientBuilder {
    spanwise::Client::builder().timeout(Duration::from_secs(5)).with(|http| http.no_proxy())
}

fn address_of(service: Service) -> Result<String, Box<dyn Error>> {
    let variable = service.address_variable();
    std::env::var(&variable)
        .map_err(|_| format!("{variable} does not say where {} is", service.name()).into())
}

async fn listen(port: u16) -> Result<TcpListener, Box<dyn Error>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}").into())
}

async fn told_to_stop() {
    let (closed, is_closed) = tokio::sync::oneshot::channel();
    // A thread of its own: a read that is under way would keep Tokio's runtime from ending.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = closed.send(());
    });
    tokio::select! {
        _ = is_closed => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
