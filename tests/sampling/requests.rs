//! Samplers of requests: what they see, and what they add, over real sockets.

use std::net::SocketAddr;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use spanwise::sampling::{
    ConsistentProbability, ParentBased, Rules, SamplingDecision, SamplingResult, ShouldSample, Spans,
};
use spanwise::testing::Capture;
use spanwise::{Client, Provider, ServerLayer};
use spanwise_tests::block_on;
use tokio::net::TcpListener;

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A service that calls a second one, which answers with the headers that it got.
async fn chain(telemetry: &Provider) -> SocketAddr {
    let state = |headers: HeaderMap| async move {
        let text =
            |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned();
        format!("{} {}", text("traceparent"), text("tracestate"))
    };
    let last = serve(Router::new().route("/", get(state))).await;
    let client = Client::builder().provider(telemetry.clone()).build().expect("a client");
    let ask = move || async move {
        let answer = client.get(format!("http://{last}/")).send().await.expect("an answer");
        answer.text().await.expect("text")
    };
    let app = Router::new().route("/health", get(ask.clone())).route("/checkout", get(ask.clone()));
    let app = app.route("/orders/{id}", get(ask));
    serve(app.layer(ServerLayer::new().with_provider(telemetry.clone()))).await
}

/// The headers that the second service got when the first one got these.
async fn received(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = reqwest::Client::new().get(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer").text().await.expect("text")
}

fn rules() -> Rules {
    Rules::new()
        .drop(Spans::with("url.path", "/health"))
        .keep(Spans::with("http.route", "/checkout").and("http.request.method", "GET"))
        .drop(Spans::with("user_agent.original", "*bot*"))
        .otherwise(ConsistentProbability::new(0.0))
}

#[test]
fn rules_decide_by_path_route_method_and_agent() {
    block_on(async {
        let capture = Capture::with_sampler(rules());
        let address = chain(&capture.provider()).await;
        let checkout = received(address, "/checkout", &[]).await;
        assert!(checkout.contains("-03 ") && checkout.ends_with(" ot=th:0"), "{checkout}");
        for (path, agent) in [("/health", "x"), ("/orders/7", "x"), ("/orders/7", "a bot")] {
            let received = received(address, path, &[("user-agent", agent)]).await;
            assert!(received.contains("-02 "), "{received}");
            assert!(received.ends_with(" none"), "{received}");
        }
        capture.ended(2, spanwise_tests::LONG).await;
        assert_eq!(capture.spans().len(), 2, "{}", capture.tree());
    });
}

const PARENT: &str = "00-000000000000000000ffffffffffffff-00000000000000aa-03";

/// The recorder follows a sampled parent without asking the sampler.
#[test]
fn the_trace_state_of_a_caller_is_passed_on_without_contradictions() {
    block_on(async {
        let capture = Capture::with_sampler(ConsistentProbability::new(0.5));
        let address = chain(&capture.provider()).await;
        for (state, onwards) in [
            ("ot=th:8;p:1,vendor=x", "ot=th:8;p:1,vendor=x"),
            ("vendor=x,ot=th:8;rv:00000000000000", "ot=rv:00000000000000,vendor=x"),
            ("vendor=x,ot=th:zz;p:1", "ot=p:1,vendor=x"),
            ("vendor=x", "vendor=x"),
        ] {
            let received =
                received(address, "/checkout", &[("traceparent", PARENT), ("tracestate", state)]).await;
            assert!(
                received.starts_with("00-000000000000000000ffffffffffffff-") && received.contains("-03 "),
                "{received}"
            );
            assert!(received.ends_with(&format!(" {onwards}")), "{received}");
        }
    });
}

/// Samples everything, and adds an attribute.
#[derive(Clone, Debug)]
struct AddsAttribute;

impl ShouldSample for AddsAttribute {
    fn should_sample(
        &self,
        parent: Option<&opentelemetry::Context>,
        trace_id: opentelemetry::trace::TraceId,
        name: &str,
        kind: &opentelemetry::trace::SpanKind,
        attributes: &[opentelemetry::KeyValue],
        links: &[opentelemetry::trace::Link],
    ) -> SamplingResult {
        let sampler = ConsistentProbability::new(1.0);
        let mut result = sampler.should_sample(parent, trace_id, name, kind, attributes, links);
        assert_eq!(result.decision, SamplingDecision::RecordAndSample);
        result.attributes.push(opentelemetry::KeyValue::new("said", "by the delegate"));
        result
    }
}

/// Under the SDK's provider, the trace state of a delegate reaches the next service, and its attributes the span.
#[test]
fn a_delegate_s_state_and_attributes_survive_the_parent() {
    block_on(async {
        let exporter = InMemorySpanExporter::default();
        let sampler = ParentBased::new(AddsAttribute).remote_parent_sampled(AddsAttribute);
        let provider =
            SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(exporter.clone());
        let telemetry = Provider::new(provider.build());
        let address = chain(&telemetry).await;
        let headers = [("traceparent", PARENT), ("tracestate", "vendor=x,ot=th:8")];
        let with_parent = received(address, "/checkout", &headers).await;
        assert!(with_parent.ends_with(" ot=th:8,vendor=x"), "{with_parent}");
        let without = received(address, "/checkout", &[]).await;
        assert!(without.ends_with(" ot=th:0"), "{without}");
        let spans = exporter.get_finished_spans().expect("not poisoned");
        let servers: Vec<_> = spans.iter().filter(|span| span.name == "GET /checkout").collect();
        assert_eq!(servers.len(), 2, "{spans:#?}");
        for span in servers {
            assert!(span.attributes.iter().any(|attribute| attribute.key.as_str() == "said"));
        }
    });
}
