//! Upgraded connections: the span ends with the headers, and the handler has the connection after that.

use std::pin::Pin;

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::routing::any;
use spanwise::instrument;
use spanwise_tests::{LONG, block_on};
use tokio_stream::StreamExt as _;

use crate::Server;

#[instrument]
async fn answer(message: Message) -> Message {
    message
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// Sends a text.
async fn send(socket: &mut Socket, text: &str) {
    use futures_sink::Sink as _;

    std::future::poll_fn(|task| Pin::new(&mut *socket).poll_ready(task)).await.expect("ready");
    Pin::new(&mut *socket).start_send(text.into()).expect("begun");
    std::future::poll_fn(|task| Pin::new(&mut *socket).poll_flush(task)).await.expect("sent");
}

#[test]
fn a_web_socket_works_and_its_span_ends_with_the_upgrade() {
    let echo = |upgrade: WebSocketUpgrade| async {
        let context = opentelemetry::Context::current();
        upgrade.on_upgrade(|mut socket| {
            spanwise::FutureExt::with_context(
                async move {
                    while let Some(Ok(message)) = socket.recv().await {
                        if socket.send(answer(message).await).await.is_err() {
                            break;
                        }
                    }
                },
                context,
            )
        })
    };
    block_on(async {
        let server = Server::start(Router::new().route("/ws", any(echo))).await;
        let (mut socket, _) =
            tokio_tungstenite::connect_async(format!("ws://{}/ws", server.address)).await.expect("upgraded");
        // The span has ended while the connection goes on.
        server.capture.ended(1, LONG).await;
        assert_eq!(
            server.tree(),
            "GET /ws [server] http.request.method=\"GET\" url.path=\"/ws\" http.route=\"/ws\" http.response.status_code=101\n"
        );
        send(&mut socket, "hello").await;
        let answer = socket.next().await.expect("an answer").expect("a message");
        assert_eq!(answer.to_text().expect("text"), "hello");
        server.capture.ended(2, LONG).await;
        assert!(server.tree().ends_with("\n  answer\n"), "{}", server.tree());
    });
}
