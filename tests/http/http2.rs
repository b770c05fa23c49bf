//! HTTP/2, both sides.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use spanwise::testing::{Capture, SpanRecord};
use spanwise_tests::{LONG, block_on};
use tokio::net::TcpListener;

use crate::{Server, builder, steady};

fn text(span: &SpanRecord, key: &str) -> Option<String> {
    span.attribute(key).map(ToString::to_string)
}

fn client(capture: &Capture) -> spanwise::Client {
    builder(capture).with(|http| http.http2_prior_knowledge()).build().expect("a client")
}

#[test]
fn requests_on_one_connection_are_kept_apart() {
    block_on(async {
        let server = Server::start(Router::new().route("/things/{id}", get(|| async { "a thing" }))).await;
        let capture = Capture::new();
        let http = client(&capture);
        let requests = (0..10).map(|n| http.get(server.url(&format!("/things/{n}"))).send());
        let requests: Vec<_> = requests.map(tokio::spawn).collect();
        for request in requests {
            let answer = request.await.expect("no panic").expect("an answer");
            assert_eq!(answer.text().await.expect("text"), "a thing");
        }
        server.capture.ended(10, LONG).await;
        let sent = capture.spans();
        for served in server.capture.spans() {
            assert_eq!(text(&served, "network.protocol.version").as_deref(), Some("2"));
            assert_eq!(text(&served, "url.scheme").as_deref(), Some("http"));
            assert_eq!(text(&served, "server.address").as_deref(), Some("127.0.0.1"));
            assert_eq!(text(&served, "server.port"), Some(server.address.port().to_string()));
            let path = text(&served, "url.path").expect("there");
            let caller =
                sent.iter().find(|sent| sent.context.span_id() == served.parent_span_id).expect("ours");
            assert!(text(caller, "url.full").expect("there").ends_with(&path));
            assert_eq!(text(caller, "network.protocol.version").as_deref(), Some("2"));
        }
    });
}

#[test]
fn a_stream_that_is_given_up_is_cancelled_on_both_sides() {
    let for_ever = || async {
        let first = tokio_stream::once(Ok::<_, Infallible>(Bytes::from_static(b"first")));
        Body::from_stream(tokio_stream::StreamExt::chain(first, tokio_stream::pending()))
    };
    block_on(async {
        let server = Server::start(Router::new().route("/", get(for_ever))).await;
        let capture = Capture::new();
        let mut answer =
            client(&capture).get(server.url("/")).until_body_end(true).send().await.expect("an answer");
        assert_eq!(answer.chunk().await.expect("a body").expect("some"), "first");
        drop(answer);
        server.capture.ended(1, LONG).await;
        for tree in [server.tree(), steady(capture.tree())] {
            assert!(tree.ends_with("http.response.status_code=200 spanwise.cancelled=true\n"), "{tree}");
        }
    });
}

/// A server that refuses so many streams before it has begun with them, and then answers.
async fn refusing(times: usize) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
        let mut seen = 0;
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            seen += 1;
            if seen <= times {
                respond.send_reset(h2::Reason::REFUSED_STREAM);
                continue;
            }
            let parent = request.headers()["traceparent"].clone();
            let answer = http::Response::builder().header("x-parent", parent).body(()).expect("a response");
            respond.send_response(answer, true).expect("sent");
        }
    });
    address
}

#[test]
fn what_the_server_would_not_begin_with_is_sent_again_with_a_span_of_its_own() {
    block_on(async {
        let url = format!("http://{}/", refusing(1).await);
        let capture = Capture::new();
        let answer = client(&capture).post(&url).body("a body").send().await.expect("an answer");
        let spans = capture.spans();
        let [refused, answered] = spans.as_slice() else { panic!("{}", capture.tree()) };
        assert_eq!(text(refused, "error.type").as_deref(), Some("request"));
        assert_eq!(text(answered, "http.request.resend_count").as_deref(), Some("1"));
        let parent = answer.headers()["x-parent"].to_str().expect("text");
        assert!(parent.contains(&answered.context.span_id().to_string()), "{parent}");
        // As often as reqwest would, and no more.
        let url = format!("http://{}/", refusing(9).await);
        let capture = Capture::new();
        client(&capture).get(&url).send().await.expect_err("refused for good");
        assert_eq!(capture.spans().len(), 3);
    });
}
