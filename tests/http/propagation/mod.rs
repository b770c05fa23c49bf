//! The specifications' own lists of valid and invalid headers, over sockets. A raw request goes to a server, whose handler
//! calls a second server, which answers with the headers that it got.

mod b3;
mod baggage;
mod jaeger;
mod trace_context;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use spanwise::testing::Capture;
use spanwise::{Propagator, ServerLayer};
use spanwise_tests::block_on;

use crate::{Server, builder, raw};

/// A service in the middle, which reads and writes the headers, and one behind it.
pub(crate) struct Middle {
    server: Server,
}

/// The headers that the next service got.
#[derive(Debug)]
pub(crate) struct Onwards(Vec<(String, String)>);

impl Middle {
    async fn start(propagators: &[Propagator]) -> Self {
        Self::between(propagators, propagators).await
    }

    /// Reads and writes different formats.
    async fn between(read: &[Propagator], written: &[Propagator]) -> Self {
        let behind = Server::start_with(Router::new().route("/", get(echo)), ServerLayer::new()).await;
        let capture = Capture::new();
        let http = builder(&capture).propagators(written.iter().copied()).build().expect("a client");
        let behind = behind.url("/");
        let ask = move || {
            let request = http.get(&behind);
            async move { request.send().await.expect("an answer").text().await.expect("text") }
        };
        let layer = ServerLayer::new().propagators(read.iter().copied());
        Self { server: Server::start_capturing(Router::new().route("/", get(ask)), layer, capture).await }
    }

    /// Sends a request with these headers.
    async fn ask<'a>(&self, headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Onwards {
        let lines: String = headers.into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!("GET / HTTP/1.1\r\nhost: middle\r\nconnection: close\r\n{lines}\r\n");
        let answer = raw(self.server.address, &request).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.starts_with("HTTP/1.1 200"), "{request:?} was answered by {head}");
        let received = body.lines().filter_map(|line| line.split_once(": "));
        Onwards(received.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// All headers, unchanged.
async fn echo(headers: HeaderMap) -> String {
    let lines = headers.iter().map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes())));
    lines.map(|(name, value)| format!("{name}: {value}\n")).collect()
}

impl Onwards {
    fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = all.next();
        assert_eq!(all.next(), None, "{name} was sent twice");
        first
    }

    /// The parts of a header.
    fn parts(&self, name: &str, separator: char) -> Vec<&str> {
        self.get(name).map(|value| value.split(separator).collect()).unwrap_or_default()
    }
}

fn with_middle(propagators: &[Propagator], work: impl AsyncFnOnce(&Middle)) {
    block_on(async {
        let middle = Middle::start(propagators).await;
        work(&middle).await;
    });
}
