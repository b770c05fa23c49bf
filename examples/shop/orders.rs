//! Orders: sets the price of an order, requests the payment, and sends a confirmation in a background task.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use spanwise::{attributes, instrument};

use crate::stock;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) item: String,
    pub(crate) cents: i64,
}

impl Order {
    /// Returns an order without a number and a price, which are set later.
    pub(crate) fn draft(item: &str) -> Self {
        Self { id: 0, item: item.to_owned(), cents: 0 }
    }
}

#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error("the shop has no {0}")]
    NoSuchItem(String),
    #[error("the payment was refused with {0}")]
    Refused(StatusCode),
    #[error("a service cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("stock does not answer: {0}")]
    Stock(#[from] tonic::Status),
}

#[derive(Clone)]
pub(crate) struct Orders {
    pub(crate) http: spanwise::Client,
    pub(crate) payments: String,
    pub(crate) invoices: String,
    pub(crate) stock: stock::TracedStockClient,
}

pub(crate) fn app(orders: Orders) -> Router {
    Router::new().route("/orders", post(create)).with_state(orders)
}

async fn create(State(orders): State<Orders>, Json(order): Json<Order>) -> Result<Json<Order>, StatusCode> {
    match orders.place(order).await {
        Ok(order) => {
            // Runs on after the response is sent. `tokio::spawn` would lose the trace; `spanwise::spawn` keeps it, so
            // the span of `confirm` is a child of this request's span.
            spanwise::spawn(confirm(order.clone()));
            Ok(Json(order))
        }
        Err(error) => {
            tracing::warn!("{error}");
            Err(match error {
                OrderError::NoSuchItem(_) => StatusCode::NOT_FOUND,
                OrderError::Refused(_) => StatusCode::PAYMENT_REQUIRED,
                OrderError::Unreachable(_) | OrderError::Stock(_) => StatusCode::BAD_GATEWAY,
            })
        }
    }
}

impl Orders {
    // `fields` stores the item in the span, `err` the message of a returned error.
    #[instrument(fields(shop.item = order.item), err)]
    async fn place(&self, mut order: Order) -> Result<Order, OrderError> {
        order.cents = price(&order.item)?;
        // Adds a value that is known only now to the span of this call.
        spanwise::set_attribute("shop.cents", order.cents);
        // A gRPC call. Its client is traced like the HTTP client below.
        self.stock.clone().reserve(stock::Reservation { item: order.item.clone() }).await?;
        let paid = self.http.post(format!("{}/payments", self.payments)).json(&order).send().await?;
        if !paid.status().is_success() {
            return Err(OrderError::Refused(paid.status()));
        }
        // Invoices understands only Jaeger's header. The client has a rule that says so.
        self.http.post(format!("{}/invoices", self.invoices)).send().await?;
        Ok(paid.json().await?)
    }
}

// `args` stores all arguments in the span.
#[instrument(args, err)]
fn price(item: &str) -> Result<i64, OrderError> {
    match item {
        "tea" => Ok(350),
        "coffee" => Ok(420),
        "piano" => Ok(1_250_000),
        "yacht" => Ok(99_000_000),
        _ => Err(OrderError::NoSuchItem(item.to_owned())),
    }
}

// The kind `producer` says that this call starts work that nobody waits for.
#[instrument(kind = producer, name = "send confirmation", fields(shop.order.id = order.id))]
async fn confirm(order: Order) {
    tokio::time::sleep(Duration::from_millis(15)).await;
    // An event is a moment within the span, with values of its own.
    spanwise::event("confirmed", attributes! { shop.channel = "mail" });
    tracing::info!(order = order.id, "confirmation sent");
}
