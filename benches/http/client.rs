//! A client's call of a server in another process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use axum::Router;
use axum::routing::get;
use reqwest_tracing::TracingMiddleware;
use spanwise_benches::process;

use crate::set_up;

const REQUESTS: u64 = 20_000;

/// The server's process, for as long as this lives.
pub(crate) struct Serving {
    pub(crate) url: String,
    process: Child,
}

impl Serving {
    pub(crate) fn start() -> Self {
        let mut process =
            process::again(&["serve"]).stdout(Stdio::piped()).spawn().expect("this program runs");
        let mut url = String::new();
        let said = process.stdout.take().expect("piped");
        BufReader::new(said).read_line(&mut url).expect("its address");
        Self { url: url.trim().to_owned(), process }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Serves until it is killed.
pub(crate) fn serve() {
    runtime().block_on(async {
        let app = Router::new().route("/orders/{id}", get(|| async { "an order" }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("http://{}/orders/7?page=2", listener.local_addr().expect("an address"));
        axum::serve(listener, app).await.expect("for ever");
    });
}

pub(crate) fn run(name: &str, url: &str) {
    let plain = || reqwest::Client::builder().no_proxy().build().expect("a client");
    match name {
        "spanwise" => {
            let guard = set_up::spanwise();
            let http = spanwise::Client::builder().with(|http| http.no_proxy()).build().expect("a client");
            tell(async || {
                http.get(url).send().await.expect("an answer").bytes().await.expect("a body").len()
            });
            assert!(guard.report().created >= REQUESTS);
            drop(guard);
        }
        "reqwest-tracing" | "reqwest-tracing, without a level" => {
            set_up::tracing(!name.contains("without"));
            let http =
                reqwest_middleware::ClientBuilder::new(plain()).with(TracingMiddleware::default()).build();
            tell(async || {
                http.get(url).send().await.expect("an answer").bytes().await.expect("a body").len()
            });
            set_up::assert_recorded(REQUESTS);
        }
        _ => {
            let http = plain();
            tell(async || {
                http.get(url).send().await.expect("an answer").bytes().await.expect("a body").len()
            });
        }
    }
}

fn tell(mut ask: impl AsyncFnMut() -> usize) {
    let spent = runtime().block_on(async {
        let mut several = async |times| {
            for _ in 0..times {
                assert_eq!(ask().await, 8);
            }
        };
        several(REQUESTS / 10).await;
        let before = process::cpu_time();
        several(REQUESTS).await;
        process::cpu_time() - before
    });
    println!("{}", spent.as_nanos() / u128::from(REQUESTS));
}
