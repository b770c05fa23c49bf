//! Invoices: a service from before, which knows of traces by `uber-trace-id` and by nothing else. Its process is started with
//! `OTEL_PROPAGATORS=jaeger`; the client that calls it has a rule for it.

use axum::Router;
use axum::routing::post;
use spanwise::instrument;

pub(crate) fn app() -> Router {
    Router::new().route("/invoices", post(async || issue()))
}

#[instrument(name = "issue invoice")]
fn issue() -> &'static str {
    tracing::info!("an invoice is in the mail");
    "issued"
}
