//! Invoices: an older service that understands only Jaeger's header, `uber-trace-id`.
//!
//! The operator starts it with `OTEL_PROPAGATORS=jaeger`. The orders service knows this, too: its client sends that header
//! to invoices (see `service`).

use axum::Router;
use axum::routing::post;
use spanwise::instrument;

pub(crate) fn app() -> Router {
    Router::new().route("/invoices", post(async || issue()))
}

// `name` replaces the function's name as the name of the span.
#[instrument(name = "issue invoice")]
fn issue() -> &'static str {
    tracing::info!("an invoice is in the mail");
    "issued"
}
