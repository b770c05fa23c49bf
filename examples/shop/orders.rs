//! Orders: prices an order, has it paid, and confirms it in a task of its own.

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
    /// An order that has neither a number nor a price yet.
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
    pub(crate) stock: stock::Client,
}

pub(crate) fn app(orders: Orders) -> Router {
    Router::new().route("/orders", post(create)).with_state(orders)
}

async fn create(State(orders): State<Orders>, Json(order): Json<Order>) -> Result<Json<Order>, StatusCode> {
    match orders.place(order).await {
        Ok(order) => {
            // Goes on after the answer; its span still hangs on this request.
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
    #[instrument(fields(shop.item = order.item), err)]
    async fn place(&self, mut order: Order) -> Result<Order, OrderError> {
        order.cents = price(&order.item)?;
        spanwise::set_attribute("shop.cents", order.cents);
        // By gRPC.
        self.stock.clone().reserve(stock::Reservation { item: order.item.clone() }).await?;
        let paid = self.http.post(format!("{}/payments", self.payments)).json(&order).send().await?;
        if !paid.status().is_success() {
            return Err(OrderError::Refused(paid.status()));
        }
        // To a service that knows Jaeger's headers alone: the client has a rule for it.
        self.http.post(format!("{}/invoices", self.invoices)).send().await?;
        Ok(paid.json().await?)
    }
}

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

#[instrument(kind = producer, name = "send confirmation", fields(shop.order.id = order.id))]
async fn confirm(order: Order) {
    tokio::time::sleep(Duration::from_millis(15)).await;
    spanwise::event("confirmed", attributes! { shop.channel = "mail" });
    tracing::info!(order = order.id, "confirmation sent");
}
