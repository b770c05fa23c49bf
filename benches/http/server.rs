//! A layer around an axum handler, called directly, without a connection.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use http::Request;
use http_body_util::BodyExt as _;
use opentelemetry_instrumentation_tower::http::server;
use tower::Service as _;

use crate::{measure, set_up};

const REQUESTS: u64 = 200_000;

fn request() -> Request<Body> {
    Request::get("/orders/7?page=2")
        .header("host", "shop.example:8080")
        .header("user-agent", "bench/1.0")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .body(Body::empty())
        .expect("a request")
}

pub(crate) fn run(name: &str) {
    let app = Router::new().route("/orders/{id}", get(|| async { "an order" }));
    match name {
        "spanwise" => {
            let guard = set_up::spanwise();
            print_cpu_time(app.layer(spanwise::ServerLayer::new()));
            assert!(guard.report().created >= REQUESTS);
            drop(guard);
        }
        "opentelemetry-instrumentation-tower" => {
            let _provider = set_up::sdk();
            print_cpu_time(app.layer(server::LayerBuilder::builder().build().expect("a layer")));
            set_up::assert_recorded(REQUESTS);
        }
        "axum-tracing-opentelemetry" | "axum-tracing-opentelemetry, without a level" => {
            set_up::tracing(!name.contains("without"));
            print_cpu_time(app.layer(OtelAxumLayer::default()));
            set_up::assert_recorded(REQUESTS);
        }
        "*(a layer that does nothing)*" => print_cpu_time(app.layer(tower::layer::util::Identity::new())),
        _ => print_cpu_time(app),
    }
}

fn print_cpu_time(mut app: Router) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    measure::print_cpu_time(&runtime, REQUESTS, async || {
        let response = app.call(request()).await.expect("an axum router does not fail");
        assert_eq!(response.status(), 200);
        response.into_body().collect().await.expect("a body");
    });
}
