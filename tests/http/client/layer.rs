//! The layer for clients other than reqwest.

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry::trace::TraceContextExt as _;
use spanwise::ClientLayer;
use spanwise::testing::{Capture, SpanRecord};
use spanwise_tests::block_on;
use tower::{Layer as _, Service as _};

use crate::Server;

fn text(span: &SpanRecord, key: &str) -> String {
    span.attribute(key).map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_layer_for_other_clients_records_http_as_the_client_does() {
    block_on(async {
        let answer = |headers: HeaderMap| async move {
            headers
                .get("traceparent")
                .map(|value| value.to_str().expect("text").to_owned())
                .unwrap_or_default()
        };
        let missing = || async { StatusCode::NOT_FOUND };
        let app = Router::new().route("/orders/{id}", get(answer)).route("/missing", get(missing));
        let server = Server::start(app).await;
        let capture = Capture::new();
        let layer = ClientLayer::new()
            .with_provider(capture.provider())
            .template(|request| request.uri.path().starts_with("/orders/").then(|| "/orders/{id}".into()))
            .filter(|request| request.uri.query() != Some("unseen"))
            .on_request(|span, request| span.set_attribute("shop.path", request.uri.path()))
            .on_response(|span, answer| span.set_attribute("shop.status", answer.status.as_u16()))
            .redact_query(["email"])
            .until_body_end(true);
        let mut service = layer.layer(Client::builder(TokioExecutor::new()).build_http::<String>());
        let mut ask = async |path: &str| {
            let request = http::Request::get(server.url(path)).body(String::new()).expect("a request");
            std::future::poll_fn(|task| service.poll_ready(task)).await.expect("ready");
            let answer = service.call(request).await.expect("an answer");
            let body = answer.into_body().collect().await.expect("a body").to_bytes();
            String::from_utf8(body.to_vec()).expect("text")
        };
        let sent = ask("/orders/7?email=a@b&token=s3cret").await;
        ask("/missing").await;
        let parent = capture.run(|| spanwise::span!("around")).context().expect("recorded").clone();
        let unseen = spanwise::FutureExt::with_context(ask("/orders/8?unseen"), parent.clone()).await;
        assert!(unseen.contains(&parent.span().span_context().span_id().to_string()), "{unseen}");
        let spans = capture.spans();
        assert!(sent.contains(&spans[0].context.span_id().to_string()), "{sent}");
        assert_eq!((&*spans[0].name, &*spans[1].name), ("GET /orders/{id}", "GET"));
        for (key, value) in [
            ("http.request.method", "GET"),
            ("url.full", &*server.url("/orders/7?email=REDACTED&token=REDACTED")),
            ("url.template", "/orders/{id}"),
            ("server.address", "127.0.0.1"),
            ("http.response.status_code", "200"),
            ("network.protocol.version", "1.1"),
            ("shop.path", "/orders/7"),
            ("shop.status", "200"),
        ] {
            assert_eq!(text(&spans[0], key), value, "{key}");
        }
        assert_eq!((text(&spans[1], "error.type"), spans[1].is_error()), ("404".to_owned(), true));
        assert_eq!(spans.len(), 3, "{}", capture.tree());
    });
}
