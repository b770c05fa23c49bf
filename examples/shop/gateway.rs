//! The gateway: the service that customers talk to.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::post;
use spanwise::instrument;

use crate::orders::Order;

/// The response header with the id of the request's trace.
pub(crate) const TRACE_ID: &str = "x-trace-id";

#[derive(Clone)]
struct Gateway {
    http: spanwise::Client,
    orders: String,
}

pub(crate) fn app(http: spanwise::Client, orders: String) -> Router {
    Router::new().route("/checkout/{item}", post(checkout)).with_state(Gateway { http, orders })
}

async fn checkout(State(gateway): State<Gateway>, Path(item): Path<String>) -> Response {
    // The server layer has started a span for this request, so there is a current trace.
    let trace = AppendHeaders([(TRACE_ID, spanwise::current_trace_id().unwrap_or_default())]);
    match gateway.place_order(&item).await {
        Ok(order) => {
            // The shop's log lines show the ids of the current trace and span.
            tracing::info!(order = order.id, "checked out {item}");
            (trace, format!("order {}: {} for {} cents", order.id, order.item, order.cents)).into_response()
        }
        Err(error) => {
            tracing::warn!("cannot check out {item}: {error}");
            (StatusCode::BAD_GATEWAY, trace, "the order could not be placed").into_response()
        }
    }
}

impl Gateway {
    // A span for each call, from its start to the end of the future.
    #[instrument(fields(shop.item = item))]
    async fn place_order(&self, item: &str) -> Result<Order, reqwest::Error> {
        let order = Order::draft(item);
        // Spanwise's client: it records a span for the request and sends its id along in the headers. The orders service
        // reads that id and continues the same trace.
        self.http
            .post(format!("{}/orders", self.orders))
            .json(&order)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }
}
