//! Where the collector listens, and its connections: TCP, as abruptly as it is told.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Open, or closed.
#[derive(Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    listener: Option<TcpListener>,
    connections: JoinSet<()>,
    routes: Router,
}

/// Resets one connection. Each request has that of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(Arc<Notify>);

impl Cut {
    /// Never returns: the connection takes who waits here with it.
    pub(crate) async fn now(&self) -> ! {
        self.0.notify_one();
        std::future::pending().await
    }
}

impl Door {
    /// At a loopback address that no other process chooses, so that nobody takes the port meanwhile; where
    /// the system has but one such address, at that.
    pub(crate) async fn open_somewhere(routes: Router) -> std::io::Result<Self> {
        let [_, a, b, c] = std::process::id().to_be_bytes();
        let own = SocketAddr::from(([127, a | 64, b, c], 0));
        let only = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind([own, only].as_slice()).await?;
        let address = listener.local_addr()?;
        Ok(Self { address, listener: Some(listener), connections: JoinSet::new(), routes })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens at the same address as before.
    pub(crate) async fn open(&mut self) -> std::io::Result<()> {
        if self.listener.is_none() {
            self.listener = Some(TcpListener::bind(self.address).await?);
        }
        Ok(())
    }

    /// Returns when everything is closed.
    pub(crate) async fn close(&mut self) {
        self.listener = None;
        self.connections.shutdown().await;
    }

    /// Lets the next one in; nobody, where it is closed.
    pub(crate) async fn serve_next(&mut self) {
        let Some(listener) = &self.listener else { return std::future::pending().await };
        // What was closed before it was taken is an error, and nothing to do about.
        if let Ok((stream, _)) = listener.accept().await {
            self.connections.spawn(serve(stream, self.routes.clone()));
        }
        while self.connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, routes: Router) {
    // However it is closed, it is reset: nothing polite is said, and nothing of it keeps the port.
    if stream.set_zero_linger().is_err() {
        return;
    }
    let cut = Cut::default();
    let service = TowerToHyperService::new(routes.layer(Extension(cut.clone())));
    let http = Builder::new(TokioExecutor::new());
    tokio::select! {
        _ = http.serve_connection(TokioIo::new(stream), service) => {}
        () = cut.0.notified() => {}
    }
}
