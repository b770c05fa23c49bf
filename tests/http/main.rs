//! `Client` and `ServerLayer` over real sockets.

mod client;
mod grpc;
mod http2;
mod propagation;
mod server;
mod table;
mod tls;
mod websocket;

use std::net::SocketAddr;

use axum::Router;
use spanwise::client::ClientBuilder;
use spanwise::testing::{Capture, Tree};
use spanwise::{Client, ServerLayer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server on the loopback interface whose spans are captured.
struct Server {
    capture: Capture,
    address: SocketAddr,
}

impl Server {
    /// Serves until the runtime is dropped.
    async fn start(app: Router) -> Self {
        Self::start_with(app, ServerLayer::new()).await
    }

    async fn start_with(app: Router, layer: ServerLayer) -> Self {
        Self::start_capturing(app, layer, Capture::new()).await
    }

    async fn start_capturing(app: Router, layer: ServerLayer, capture: Capture) -> Self {
        let app = app.layer(layer.with_provider(capture.provider()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { capture, address }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The trees, without attributes that differ from run to run.
    fn tree(&self) -> String {
        steady(self.capture.tree())
    }
}

fn steady(tree: Tree) -> String {
    ["server.", "client.", "network.", "user_agent.", "url.full", "url.scheme"]
        .into_iter()
        .fold(tree, Tree::without)
        .to_string()
}

/// A client that ignores the proxies of the environment.
fn client(capture: &Capture) -> Client {
    builder(capture).build().expect("a client")
}

/// The same as a builder.
fn builder(capture: &Capture) -> ClientBuilder {
    Client::builder().with(|http| http.no_proxy()).provider(capture.provider())
}

/// Sends these bytes, and reads until the server closes.
async fn raw(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_ref()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A server that answers each connection with these bytes and closes it.
async fn raw_server(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 1024];
            let _ = stream.read(&mut some).await;
            let _ = stream.write_all(answer).await;
        }
    });
    address
}
