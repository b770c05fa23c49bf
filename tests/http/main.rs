//! `Client` and `ServerLayer` over real sockets.

mod client;
mod server;

use std::net::SocketAddr;

use axum::Router;
use spanwise::testing::{Capture, Tree};
use spanwise::{Client, ServerLayer};
use tokio::net::TcpListener;

/// A server on the loopback interface whose spans are captured.
struct Server {
    capture: Capture,
    address: SocketAddr,
}

impl Server {
    /// Serves for as long as the runtime lives.
    async fn start(app: Router) -> Self {
        let capture = Capture::new();
        let app = app.layer(ServerLayer::new().with_telemetry(capture.telemetry()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { capture, address }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The trees, without what differs from run to run.
    fn tree(&self) -> String {
        steady(self.capture.tree())
    }
}

fn steady(tree: Tree) -> String {
    ["server.", "network.", "user_agent.", "url.full", "url.scheme"]
        .into_iter()
        .fold(tree, Tree::without)
        .to_string()
}

/// A client that heeds no proxy of the environment's.
fn client(capture: &Capture) -> Client {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Client::from(http).with_telemetry(capture.telemetry())
}
