//! The listener and its connections, which can be reset at any time.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// A listener that can be opened and closed.
#[derive(Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    listener: Option<TcpListener>,
    connections: JoinSet<()>,
    routes: Router,
}

/// Resets one connection. Each request has the handle of its connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(Arc<Notify>);

impl Cut {
    /// Never returns, because the reset drops the waiting task.
    pub(crate) async fn now(&self) -> ! {
        self.0.notify_one();
        std::future::pending().await
    }
}

impl Door {
    /// Listens at a loopback address that no other process chooses, so that the port stays free while it is closed. Where
    /// the system has only one such address, it uses that.
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

    /// Listens at the same address again.
    pub(crate) async fn open(&mut self) -> std::io::Result<()> {
        if self.listener.is_none() {
            self.listener = Some(TcpListener::bind(self.address).await?);
        }
        Ok(())
    }

    /// Returns when all connections are closed.
    pub(crate) async fn close(&mut self) {
        self.listener = None;
        self.connections.shutdown().await;
    }

    /// Closes all connections, and listens on.
    pub(crate) async fn reset(&mut self) {
        self.connections.shutdown().await;
    }

    /// Serves the next connection; waits forever while it is closed.
    pub(crate) async fn serve_next(&mut self) {
        let Some(listener) = &self.listener else { return std::future::pending().await };
        // The connection was closed before it was accepted, which does not matter.
        if let Ok((stream, _)) = listener.accept().await {
            self.connections.spawn(serve(stream, self.routes.clone()));
        }
        while self.connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, routes: Router) {
    // However it closes, it is reset: without a shutdown, and without a wait that keeps the port.
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
