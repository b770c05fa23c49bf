//! The server's span.

mod by_hand;
mod recorded;

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::{any, get};
use bytes::Bytes;
use spanwise::instrument;
use spanwise_tests::{LONG, block_on};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_stream::wrappers::ReceiverStream;

use crate::{Server, raw};

#[instrument]
async fn handle() -> &'static str {
    "handled"
}

fn get_request(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: shop.example:8080\r\nConnection: close\r\n{headers}\r\n")
}

#[test]
fn a_request_is_a_server_span_and_current_in_the_handler() {
    block_on(async {
        let server = Server::start(Router::new().route("/things/{id}", get(handle))).await;
        let answer =
            raw(server.address, &get_request("/things/7?q=1&sig=s3cret", "User-Agent: by hand\r\n")).await;
        assert!(answer.ends_with("handled"), "{answer}");
        server.capture.ended(2, LONG).await;
        assert_eq!(
            server.tree(),
            "GET /things/{id} [server] http.request.method=\"GET\" url.path=\"/things/7\" url.query=\"q=1&sig=REDACTED\" \
             http.route=\"/things/{id}\" http.response.status_code=200\n  handle\n"
        );
        let spans = server.capture.spans();
        let span = spans.last().expect("there");
        let text = |key| span.attribute(key).map(ToString::to_string).unwrap_or_default();
        assert_eq!(text("url.scheme"), "http");
        assert_eq!(
            (text("server.address"), text("server.port")),
            ("shop.example".to_owned(), "8080".to_owned())
        );
        assert_eq!(text("network.protocol.version"), "1.1");
        assert_eq!(text("user_agent.original"), "by hand");
    });
}

#[test]
fn the_caller_s_context_is_the_parent() {
    block_on(async {
        let server = Server::start(Router::new().route("/", get(handle))).await;
        let parent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\ntracestate: a=1\r\ntracestate: b=2\r\n";
        raw(server.address, &get_request("/", parent)).await;
        server.capture.ended(2, LONG).await;
        for span in server.capture.spans() {
            assert_eq!(span.context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_eq!(span.context.trace_state().header(), "a=1,b=2");
        }
        assert_eq!(server.capture.spans()[1].parent_span_id.to_string(), "00f067aa0ba902b7");
    });
}

#[test]
fn a_malformed_traceparent_starts_a_new_trace_and_the_request_is_answered() {
    block_on(async {
        let server = Server::start(Router::new().route("/", get(handle))).await;
        let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for headers in [
            "traceparent: nonsense\r\n".to_owned(),
            "traceparent: \u{fc}\u{fc}\r\n".to_owned(),
            format!("traceparent: {valid}\r\ntraceparent: {valid}\r\n"),
            format!("traceparent: {}\r\n", valid.to_uppercase()),
        ] {
            let answer = raw(server.address, &get_request("/", &headers)).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{headers}: {answer}");
        }
        server.capture.ended(8, LONG).await;
        for span in server.capture.spans() {
            assert_ne!(span.context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
            assert!(!span.parent_is_remote);
        }
    });
}

#[test]
fn a_5xx_is_a_failure_and_a_4xx_is_the_caller_s() {
    block_on(async {
        let app = Router::new()
            .route("/missing", get(|| async { StatusCode::NOT_FOUND }))
            .route("/broken", get(|| async { (StatusCode::BAD_GATEWAY, "with a body") }));
        let server = Server::start(app).await;
        for path in ["/missing", "/broken"] {
            raw(server.address, &get_request(path, "")).await;
        }
        server.capture.ended(2, LONG).await;
        assert_eq!(
            server.tree(),
            "GET /missing [server] http.request.method=\"GET\" url.path=\"/missing\" http.route=\"/missing\" \
             http.response.status_code=404\n\
             GET /broken [server] http.request.method=\"GET\" url.path=\"/broken\" http.route=\"/broken\" \
             http.response.status_code=502 error.type=\"502\" ✗\n"
        );
    });
}

#[test]
fn a_path_or_a_method_from_outside_is_never_a_name() {
    block_on(async {
        let server = Server::start(Router::new().route("/", any(handle)).fallback(handle)).await;
        raw(server.address, &get_request("/no/such/route", "")).await;
        raw(server.address, "BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        server.capture.ended(4, LONG).await;
        assert_eq!(
            server.tree(),
            "GET [server] http.request.method=\"GET\" url.path=\"/no/such/route\" http.response.status_code=200\n  \
             handle\nHTTP / [server] http.request.method=\"_OTHER\" http.request.method_original=\"BREW\" \
             url.path=\"/\" http.route=\"/\" http.response.status_code=200\n  handle\n"
        );
    });
}

#[test]
fn a_panic_in_the_handler_marks_the_span() {
    async fn panics() {
        handle().await;
        std::panic::panic_any("in the handler");
    }

    spanwise::install_panic_hook();
    block_on(async {
        let server = Server::start(Router::new().route("/", get(panics))).await;
        assert_eq!(raw(server.address, &get_request("/", "")).await, "");
        server.capture.ended(2, LONG).await;
        assert_eq!(
            server.tree(),
            "GET / [server] http.request.method=\"GET\" url.path=\"/\" http.route=\"/\" http.response.status_code=500 error.type=\"panic\" ✗ \"in the \
             handler\"\n  • exception exception.type=\"panic\" exception.message=\"in the handler\"\n  handle\n"
        );
    });
}

#[test]
fn a_client_that_leaves_before_the_answer_cancels_the_span() {
    let started = std::sync::Arc::new(tokio::sync::Notify::new());
    let handler = std::sync::Arc::clone(&started);
    let waits = move || {
        let started = std::sync::Arc::clone(&handler);
        async move {
            started.notify_one();
            std::future::pending::<()>().await;
        }
    };
    block_on(async {
        let server = Server::start(Router::new().route("/", get(waits))).await;
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(get_request("/", "").as_bytes()).await.expect("sent");
        started.notified().await;
        drop(stream);
        server.capture.ended(1, LONG).await;
        assert_eq!(
            server.tree(),
            "GET / [server] http.request.method=\"GET\" url.path=\"/\" http.route=\"/\" spanwise.cancelled=true\n"
        );
    });
}

/// A body that the test feeds.
fn fed() -> (tokio::sync::mpsc::Sender<Result<Bytes, std::io::Error>>, Body) {
    let (feed, fed) = tokio::sync::mpsc::channel(1);
    (feed, Body::from_stream(ReceiverStream::new(fed)))
}

/// A body with no known end.
fn nothing_yet() -> Body {
    Body::from_stream(tokio_stream::pending::<Result<Bytes, Infallible>>())
}

type Feed = tokio::sync::mpsc::Sender<Result<Bytes, std::io::Error>>;

/// A server with one answer, whose body the test feeds through the sender.
async fn fed_server() -> (Server, Feed) {
    let (feed, body) = fed();
    let body = std::sync::Arc::new(std::sync::Mutex::new(Some(body)));
    let answer = move || async move { body.lock().expect("not poisoned").take().unwrap_or_default() };
    (Server::start(Router::new().route("/", get(answer))).await, feed)
}

const STREAMED: &str = "GET / [server] http.request.method=\"GET\" url.path=\"/\" http.route=\"/\" http.response.status_code=200";

#[test]
fn the_span_lasts_as_long_as_the_body() {
    block_on(async {
        let (server, feed) = fed_server().await;
        let request = get_request("/", "");
        let answer = async {
            feed.send(Ok(Bytes::from_static(b"first"))).await.expect("asked for");
            feed.send(Ok(Bytes::from_static(b"second"))).await.expect("asked for");
            // The headers and a chunk are sent, and the span is open.
            assert_eq!(server.capture.open(), 1);
            drop(feed);
        };
        let (text, ()) = tokio::join!(raw(server.address, &request), answer);
        assert!(text.contains("first") && text.contains("second"), "{text}");
        server.capture.ended(1, LONG).await;
        assert_eq!(server.tree(), format!("{STREAMED}\n"));
    });
}

#[test]
fn a_client_that_leaves_in_mid_body_cancels_the_span() {
    block_on(async {
        let (server, feed) = fed_server().await;
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(get_request("/", "").as_bytes()).await.expect("sent");
        feed.send(Ok(Bytes::from_static(b"first"))).await.expect("asked for");
        let mut some = [0; 16];
        stream.read_exact(&mut some).await.expect("the answer begins");
        drop(stream);
        // Until the server notices that the client has left.
        while feed.send(Ok(Bytes::from_static(b"more"))).await.is_ok() {}
        server.capture.ended(1, LONG).await;
        assert_eq!(server.tree(), format!("{STREAMED} spanwise.cancelled=true\n"));
    });
}

#[test]
fn a_body_that_fails_marks_the_span() {
    block_on(async {
        let (server, feed) = fed_server().await;
        let request = get_request("/", "");
        let answer = async {
            feed.send(Ok(Bytes::from_static(b"first"))).await.expect("asked for");
            feed.send(Err(std::io::Error::other("out of data"))).await.expect("asked for");
        };
        let _ = tokio::join!(raw(server.address, &request), answer);
        server.capture.ended(1, LONG).await;
        assert_eq!(server.tree(), format!("{STREAMED} error.type=\"axum_core::error::Error\" ✗\n"));
    });
}

#[test]
fn bodies_that_are_never_polled_are_no_cancellations() {
    let long = || async {
        (
            [("content-length", "10")],
            Body::from_stream(tokio_stream::iter([Ok::<_, Infallible>("0123456789")])),
        )
    };
    let app = Router::new()
        .route("/empty", get(|| async {}))
        .route("/gone", get(|| async { StatusCode::NO_CONTENT }))
        .route("/zero", get(|| async { ([("content-length", "0")], nothing_yet()) }))
        .route("/promised", get(long));
    block_on(async {
        let server = Server::start(app).await;
        for path in ["/empty", "/gone", "/zero", "/promised"] {
            raw(server.address, &get_request(path, "")).await;
        }
        raw(server.address, "HEAD /promised HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        server.capture.ended(5, LONG).await;
        assert!(!server.tree().contains("cancelled"), "{}", server.tree());
        assert!(server.tree().contains("HEAD /promised"), "{}", server.tree());
    });
}

/// After trailers a server stops polling the body, and drops it.
#[test]
fn a_body_that_ends_with_trailers_is_no_cancellation() {
    use http_body_util::{BodyExt as _, StreamBody};
    use tower::{Layer as _, ServiceExt as _};

    block_on(async {
        let capture = spanwise::testing::Capture::new();
        let layer = spanwise::ServerLayer::new().with_provider(capture.provider());
        let service = layer.layer(tower::service_fn(|_: http::Request<()>| async {
            let frames = [
                Ok::<_, Infallible>(http_body::Frame::data(Bytes::from_static(b"data"))),
                Ok(http_body::Frame::trailers(http::HeaderMap::new())),
            ];
            Ok::<_, Infallible>(http::Response::new(StreamBody::new(tokio_stream::iter(frames))))
        }));
        let mut response = service.oneshot(http::Request::new(())).await.expect("infallible");
        for _ in 0..2 {
            response.frame().await.expect("a frame").expect("infallible");
        }
        drop(response);
        assert!(!capture.tree().to_string().contains("cancelled"), "{}", capture.tree());
        assert_eq!(capture.spans().len(), 1);
    });
}

#[test]
fn requests_on_one_connection_do_not_mix() {
    block_on(async {
        let server = Server::start(Router::new().route("/things/{id}", get(handle))).await;
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(1).build().expect("a client");
        for n in 0..3 {
            http.get(server.url(&format!("/things/{n}")))
                .send()
                .await
                .expect("an answer")
                .text()
                .await
                .expect("text");
        }
        server.capture.ended(6, LONG).await;
        let traces: std::collections::HashSet<_> =
            server.capture.spans().iter().map(|span| span.context.trace_id()).collect();
        assert_eq!(traces.len(), 3);
        assert_eq!(server.tree().matches("\n  handle\n").count(), 3);
    });
}
