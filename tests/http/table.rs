//! The tables of `runtime/src/conventions.md`: each row names a test that is there, and no attribute is set that they do not
//! have.

use std::collections::BTreeSet;
use std::path::Path;

use axum::Router;
use axum::routing::post;
use spanwise::ServerLayer;
use spanwise::testing::SpanRecord;
use spanwise_tests::{LONG, block_on};
use tower::Layer as _;

use crate::{Server, builder, grpc};

/// The rows of one of the tables: the attribute, and the tests.
fn rows(of: &str) -> Vec<(String, Vec<String>)> {
    let text = include_str!("../../runtime/src/conventions.md");
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
    let mut text = std::fs::read_to_string(tests.join("metrics.rs")).expect("text");
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

/// Those of a span that the table does not have.
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
fn what_is_asked_for_is_in_the_tables() {
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
        let told = sent.attribute("rpc.response.header.content-type").map(ToString::to_string);
        assert_eq!(told.as_deref(), Some("[\"application/grpc\"]"));
    });
}
