//! What every service does: set telemetry up, listen, serve, stop.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use crate::{gateway, orders, payments};

/// One of the shop's services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Gateway,
    Orders,
    Payments,
}

/// The line by which a service tells the operator where it listens.
pub(crate) const LISTENING: &str = "listening on ";

impl Service {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Orders => "orders",
            Self::Payments => "payments",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Gateway, Self::Orders, Self::Payments].into_iter().find(|service| service.name() == name)
    }

    /// The variable by which a service is told where the next one is.
    pub(crate) fn address_variable(self) -> String {
        format!("SHOP_{}", self.name().to_uppercase())
    }

    /// Serves until standard input is closed, which it is when the operator stops or is gone.
    #[tokio::main]
    pub(crate) async fn run(self, port: u16) -> Result<ExitCode, Box<dyn Error>> {
        let telemetry = spanwise::init()?;
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(std::io::stderr)
            .map_event_format(spanwise::logs::TraceIds::new)
            .init();

        let app = self.app()?.layer(spanwise::ServerLayer::new());
        let listener = listen(port).await?;
        println!("{LISTENING}{}", listener.local_addr()?);
        axum::serve(listener, app).with_graceful_shutdown(told_to_stop()).await?;

        let report = telemetry.shutdown().await?;
        tracing::info!("{report}");
        Ok(ExitCode::SUCCESS)
    }

    fn app(self) -> Result<Router, Box<dyn Error>> {
        Ok(match self {
            Self::Gateway => gateway::app(client()?, address_of(Self::Orders)?),
            Self::Orders => orders::app(client()?, address_of(Self::Payments)?),
            Self::Payments => payments::app()?,
        })
    }
}

fn client() -> Result<spanwise::Client, Box<dyn Error>> {
    let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy().build()?;
    Ok(spanwise::Client::from(http))
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
