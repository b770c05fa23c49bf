//! HTTP metrics as a collector gets them, through the meter provider that `init` sets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use spanwise::ServerLayer;
use spanwise_tests::{block_on_with_workers, nobody};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

use crate::in_own_process;

/// Keeps the last request, which has the whole sums.
#[derive(Clone, Default)]
struct Taking(Arc<Mutex<Option<ExportMetricsServiceRequest>>>);

#[tonic::async_trait]
impl MetricsService for Taking {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        assert_eq!(request.metadata().get("grpc-encoding").expect("it is compressed"), "gzip");
        *self.0.lock().expect("not poisoned") = Some(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn shown(attributes: &[KeyValue]) -> String {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;

    let mut shown: Vec<_> = attributes
        .iter()
        // It differs from run to run.
        .filter(|attribute| attribute.key != "server.port")
        .map(|attribute| match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(Value::StringValue(text)) => format!("{}={text}", attribute.key),
            Some(Value::IntValue(number)) => format!("{}={number}", attribute.key),
            other => panic!("{other:?}"),
        })
        .collect();
    shown.sort();
    shown.join(" ")
}

/// Each point of each metric: its count and its attributes.
fn points(request: &ExportMetricsServiceRequest) -> Vec<String> {
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let metrics = scopes.inspect(|scope| assert_eq!(scope.scope.as_ref().expect("there").name, "spanwise"));
    let mut points = Vec::new();
    for metric in metrics.flat_map(|scope| &scope.metrics) {
        match metric.data.as_ref().expect("data") {
            Data::Histogram(histogram) => {
                assert_eq!(metric.unit, "s");
                for point in &histogram.data_points {
                    assert_eq!(point.explicit_bounds.len(), 14);
                    assert_eq!((point.explicit_bounds[0], point.explicit_bounds[13]), (0.005, 10.0));
                    points.push(format!("{} {} {}", metric.name, point.count, shown(&point.attributes)));
                }
            }
            Data::Sum(sum) => {
                assert_eq!(metric.unit, "{request}");
                for point in &sum.data_points {
                    let Some(Value::AsInt(value)) = point.value else { panic!("{point:?}") };
                    points.push(format!("{} {value} {}", metric.name, shown(&point.attributes)));
                }
            }
            other => panic!("{other:?}"),
        }
    }
    points.sort();
    points
}

#[test]
fn requests_are_measured_on_both_sides_and_exported() {
    in_own_process("metrics::requests_are_measured_on_both_sides_and_exported", || {
        let taking = Taking::default();
        let collector = taking.clone();
        block_on_with_workers(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
            let server = tonic::transport::Server::builder().add_service(
                MetricsServiceServer::new(collector).accept_compressed(CompressionEncoding::Gzip),
            );
            tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
            // A request before `init` is not counted, and later ones are.
            let early = spanwise::Client::builder().with(|http| http.no_proxy()).build().expect("a client");
            let (_socket, refusing) = nobody();
            early.get(format!("http://{refusing}/")).send().await.expect_err("refused");
            let telemetry = spanwise::builder()
                .environment(move |name| match name {
                    "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.clone()),
                    "OTEL_METRICS_EXPORTER" => Some("otlp".to_owned()),
                    "OTEL_EXPORTER_OTLP_COMPRESSION" => Some("gzip".to_owned()),
                    // Metrics do not depend on sampling.
                    "OTEL_TRACES_SAMPLER" => Some("always_off".to_owned()),
                    "OTEL_TRACES_EXPORTER" => Some("none".to_owned()),
                    _ => None,
                })
                .panic_hook(false)
                .init()
                .expect("the first in its process");

            let app = Router::new()
                .route("/things/{id}", get(|| async { "a thing" }))
                .route("/broken", get(|| async { StatusCode::BAD_GATEWAY }))
                .route("/panics", get(|| async { panic_any() }))
                .route("/health", get(|| async {}))
                .layer(ServerLayer::new().filter(|request| request.uri.path() != "/health"))
                // A request is counted once, however many layers it passes.
                .layer(ServerLayer::new().filter(|request| request.uri.path() != "/health"));
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            tokio::spawn(async move { axum::serve(listener, app).await });

            let http = spanwise::Client::builder().with(|http| http.no_proxy()).build().expect("a client");
            for path in ["/things/7", "/things/8", "/broken", "/health", "/nowhere"] {
                http.get(format!("{url}{path}"))
                    .send()
                    .await
                    .expect("an answer")
                    .bytes()
                    .await
                    .expect("a body");
            }
            http.get(format!("{url}/panics")).send().await.expect_err("no answer");
            let brew = reqwest::Method::from_bytes(b"BREW").expect("a token");
            http.request(brew, format!("{url}/things/7")).send().await.expect("an answer");
            let (_socket, nobody) = nobody();
            http.get(format!("http://{nobody}/")).send().await.expect_err("refused");
            // The system accepts the connection, and nobody answers.
            let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}/", silent.local_addr().expect("an address"));
            http.get(url).timeout(Duration::from_millis(50)).send().await.expect_err("late");
            telemetry.shutdown().await.expect("all is exported");
        });
        let request = taking.0.lock().expect("not poisoned").take().expect("metrics were exported");
        let server = "url.scheme=http";
        let (client, v1) = ("server.address=127.0.0.1", "network.protocol.version=1.1");
        let expected = [
            format!(
                "http.client.request.duration 1 error.type=404 http.request.method=GET http.response.status_code=404 {v1} {client}"
            ),
            format!(
                "http.client.request.duration 1 error.type=405 http.request.method=_OTHER http.response.status_code=405 {v1} {client}"
            ),
            format!(
                "http.client.request.duration 1 error.type=502 http.request.method=GET http.response.status_code=502 {v1} {client}"
            ),
            format!("http.client.request.duration 1 error.type=connect http.request.method=GET {client}"),
            format!("http.client.request.duration 1 error.type=request http.request.method=GET {client}"),
            format!("http.client.request.duration 1 error.type=timeout http.request.method=GET {client}"),
            format!(
                "http.client.request.duration 3 http.request.method=GET http.response.status_code=200 {v1} {client}"
            ),
            format!("http.server.active_requests 0 http.request.method=GET {server}"),
            format!("http.server.active_requests 0 http.request.method=_OTHER {server}"),
            format!(
                "http.server.request.duration 1 error.type=502 http.request.method=GET http.response.status_code=502 http.route=/broken {v1} {server}"
            ),
            format!(
                "http.server.request.duration 1 error.type=panic http.request.method=GET http.response.status_code=500 http.route=/panics {v1} {server}"
            ),
            format!(
                "http.server.request.duration 1 http.request.method=GET http.response.status_code=404 {v1} {server}"
            ),
            format!(
                "http.server.request.duration 1 http.request.method=_OTHER http.response.status_code=405 http.route=/things/{{id}} {v1} {server}"
            ),
            format!(
                "http.server.request.duration 2 http.request.method=GET http.response.status_code=200 http.route=/things/{{id}} {v1} {server}"
            ),
        ];
        let points = points(&request);
        assert_eq!(points, expected, "{points:#?}");
    });
}

/// Gives the handler that panics a return type.
fn panic_any() -> &'static str {
    std::panic::panic_any("in the handler")
}
