//! The gateway: what the outside world talks to.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::post;
use spanwise::instrument;

use crate::orders::Order;

/// The header that tells the caller which trace its request is.
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
    let trace = AppendHeaders([(TRACE_ID, spanwise::current_trace_id().unwrap_or_default())]);
    match gateway.place_order(&item).await {
        Ok(order) => {
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
    #[instrument(fields(shop.item = item))]
    async fn place_order(&self, item: &str) -> Result<Order, reqwest::Error> {
        let order = Order::draft(item);
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
