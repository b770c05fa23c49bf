//! A client that calls a server in another process.

use axum::Router;
use axum::routing::get;
use reqwest_tracing::TracingMiddleware;

use crate::{measure, set_up};

const REQUESTS: u64 = 20_000;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Runs the server in this process, until it is killed.
pub(crate) fn serve() {
    runtime().block_on(async {
        let app = Router::new().route("/orders/{id}", get(|| async { "an order" }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("http://{}/orders/7?page=2", listener.local_addr().expect("an address"));
        axum::serve(listener, app).await.expect("the server runs until it is killed");
    });
}

pub(crate) fn run(name: &str, url: &str) {
    let plain = || reqwest::Client::builder().no_proxy().build().expect("a client");
    match name {
        "spanwise" => {
            let guard = set_up::spanwise();
            let http = spanwise::Client::builder().with(|http| http.no_proxy()).build().expect("a client");
            print_cpu_time(async || {
                http.get(url).send().await.expect("a response").bytes().await.expect("a body").len()
            });
            assert!(guard.report().created >= REQUESTS);
            drop(guard);
        }
        "reqwest-tracing" | "reqwest-tracing, without a level" => {
            set_up::tracing(!name.contains("without"));
            let http =
                reqwest_middleware::ClientBuilder::new(plain()).with(TracingMiddleware::default()).build();
            print_cpu_time(async || {
                http.get(url).send().await.expect("a response").bytes().await.expect("a body").len()
            });
            set_up::assert_recorded(REQUESTS);
        }
        _ => {
            let http = plain();
            print_cpu_time(async || {
                http.get(url).send().await.expect("a response").bytes().await.expect("a body").len()
            });
        }
    }
}

/// Measures `request`, which returns the length of the response's body.
fn print_cpu_time(mut request: impl AsyncFnMut() -> usize) {
    measure::print_cpu_time(&runtime(), REQUESTS, async || assert_eq!(request().await, 8));
}
