//! The tables of `runtime/docs/conventions.md`: each row names a test that exists, and each recorded attribute has a row.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};
use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use spanwise::testing::SpanRecord;
use spanwise::{Provider, ServerLayer};
use spanwise_tests::{LONG, block_on};
use tower::Layer as _;

use crate::{Server, builder, grpc};

/// The rows of a table: the attribute and its tests.
fn rows(of: &str) -> Vec<(String, Vec<String>)> {
    let text = include_str!("../../runtime/docs/conventions.md");
    let section = text.split("\n# ").find(|section| section.starts_with(of)).expect("a section");
    let quoted =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect() };
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        let (first, last) = (cells.first().expect("cells"), cells.last().expect("cells"));
        (quoted(first)[0].clone(), quoted(last))
    })
    .collect()
}

#[test]
fn each_row_has_its_test() {
    fn read(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).expect("ours").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                read(&entry, text);
            } else {
                text.push_str(&std::fs::read_to_string(&entry).expect("text"));
            }
        }
    }

    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(tests.join("globals/metrics.rs")).expect("text");
    read(&tests.join("http"), &mut text);
    for section in ["Client", "Server", "gRPC", "Metrics"] {
        let rows = rows(section);
        assert!(rows.len() >= 3, "{section}");
        for (attribute, tests) in rows {
            assert!(!tests.is_empty(), "{section}: {attribute} has no test");
            for test in tests {
                assert!(
                    text.contains(&format!("#[test]\nfn {test}()")),
                    "{section}: {attribute}: no test {test}"
                );
            }
        }
    }
}

/// The attributes of a span that have no row.
fn unknown(span: &SpanRecord, section: &str) -> Vec<String> {
    let known: BTreeSet<_> = rows(section).into_iter().map(|(attribute, _)| attribute).collect();
    let in_table = |key: &str| {
        let of_header = key.split_once(".header.").map(|(start, _)| format!("{start}.header.<name>"));
        known.contains(key) || of_header.is_some_and(|row| known.contains(&row))
    };
    let keys = span.attributes.iter().map(|attribute| attribute.key.as_str());
    keys.filter(|key| !in_table(key)).map(ToOwned::to_owned).collect()
}

#[test]
fn optional_attributes_are_in_the_tables() {
    block_on(async {
        let layer = ServerLayer::new()
            .record_request_headers(["host"])
            .record_response_headers(["content-type"])
            .record_body_sizes(true)
            .trusted_proxies(["127.0.0.1"]);
        let app = Router::new().route("/", post(|body: String| async { body }));
        let server = Server::start_with(app, layer).await;
        let capture = spanwise::testing::Capture::new();
        let http = builder(&capture)
            .record_request_headers(["accept"])
            .record_response_headers(["content-type"])
            .record_body_sizes(true)
            .record_user_agent(true)
            .record_phases(true)
            .until_body_end(true)
            .user_agent("a test")
            .build()
            .expect("a client");
        let brew = reqwest::Method::from_bytes(b"BREW").expect("a token");
        for method in [reqwest::Method::POST, brew] {
            let request =
                http.request(method, server.url("/?a=b")).template("/").resend_count(1).body("a body");
            request.send().await.expect("an answer").text().await.expect("text");
        }
        server.capture.ended(2, LONG).await;
        capture.ended(2, LONG).await;
        for span in capture.spans() {
            assert_eq!(unknown(&span, "Client"), Vec::<String>::new());
            assert!(span.attributes.len() >= 15, "{span:?}");
        }
        for span in server.capture.spans() {
            assert_eq!(unknown(&span, "Server"), Vec::<String>::new());
            assert!(span.attributes.len() >= 13, "{span:?}");
        }

        let pair = grpc::Pair::start().await;
        let layer = pair.layer().record_response_headers(["content-type"]);
        let mut client = grpc::HealthClient::new(layer.layer(pair.channel.clone()));
        client.check(grpc::of("")).await.expect("healthy");
        let (sent, served) = pair.spans().await;
        assert_eq!((unknown(&sent, "gRPC"), unknown(&served, "gRPC")), (Vec::new(), Vec::new()));
        let content_type = sent.attribute("rpc.response.header.content-type").map(ToString::to_string);
        assert_eq!(content_type.as_deref(), Some("[\"application/grpc\"]"));
    });
}

/// Keeps the keys of the attributes that each span has at its start.
#[derive(Clone, Debug, Default)]
struct AtStart(Arc<Mutex<Vec<Start>>>);

type Start = (SpanKind, BTreeSet<String>);

impl ShouldSample for AtStart {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace_id: TraceId,
        _name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let keys = attributes.iter().map(|attribute| attribute.key.to_string()).collect();
        self.0.lock().expect("not poisoned").push((kind.clone(), keys));
        let decision = SamplingDecision::RecordAndSample;
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

/// The attributes that the conventions require at the start.
#[test]
fn samplers_see_what_is_known_at_the_start() {
    block_on(async {
        let seen = AtStart::default();
        let provider = SdkTracerProvider::builder().with_sampler(seen.clone()).build();
        let telemetry = Provider::new(provider);
        let app = Router::new().route("/orders/{id}", get(|| async { "an order" }));
        let app = app.layer(ServerLayer::new().with_provider(telemetry.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let http = spanwise::Client::builder().with(|http| http.no_proxy()).provider(telemetry).build();
        let http = http.expect("a client");
        let request = http.get(format!("http://{address}/orders/7?a=b")).header("user-agent", "a test");
        request.send().await.expect("an answer").text().await.expect("text");

        let seen = seen.0.lock().expect("not poisoned").clone();
        let [(SpanKind::Client, client), (SpanKind::Server, server)] = seen.as_slice() else {
            panic!("{seen:?}")
        };
        for key in ["http.request.method", "server.address", "server.port", "url.full"] {
            assert!(client.contains(key), "{key}");
        }
        for key in [
            "http.request.method",
            "url.path",
            "url.query",
            "url.scheme",
            "http.route",
            "server.address",
            "server.port",
            "client.address",
            "network.peer.address",
            "network.peer.port",
            "network.protocol.version",
            "user_agent.original",
        ] {
            assert!(server.contains(key), "{key}");
        }
    });
}
