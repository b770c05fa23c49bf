//! A layer around an axum handler, driven in the process.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use http::Request;
use http_body_util::BodyExt as _;
use opentelemetry_instrumentation_tower::http::server;
use spanwise_benches::process;
use tower::Service as _;

use crate::set_up;

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
            tell(app.layer(spanwise::ServerLayer::new()));
            assert!(guard.report().created >= REQUESTS);
            drop(guard);
        }
        "opentelemetry-instrumentation-tower" => {
            let _provider = set_up::sdk();
            tell(app.layer(server::LayerBuilder::builder().build().expect("a layer")));
            set_up::assert_recorded(REQUESTS);
        }
        "axum-tracing-opentelemetry" | "axum-tracing-opentelemetry, without a level" => {
            set_up::tracing(!name.contains("without"));
            tell(app.layer(OtelAxumLayer::default()));
            set_up::assert_recorded(REQUESTS);
        }
        "*(a layer that does nothing)*" => tell(app.layer(tower::layer::util::Identity::new())),
        _ => tell(app),
    }
}

fn tell(mut app: Router) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let spent = runtime.block_on(async {
        let mut ask = async |times| {
            for _ in 0..times {
                let answer = app.call(request()).await.expect("infallible");
                assert_eq!(answer.status(), 200);
                answer.into_body().collect().await.expect("a body");
            }
        };
        ask(REQUESTS / 10).await;
        let before = process::cpu_time();
        ask(REQUESTS).await;
        process::cpu_time() - before
    });
    println!("{}", spent.as_nanos() / u128::from(REQUESTS));
}
