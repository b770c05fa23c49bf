//! Payments: checks expensive orders for fraud and stores payments in an SQLite database.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use rusqlite::Connection;
use spanwise::instrument;

use crate::orders::Order;

/// Orders from this price on are checked for fraud, which takes a while.
const MIN_CENTS_FOR_FRAUD_CHECK: i64 = 1_000_000;
/// The customer's card covers at most this price.
const MAX_CENTS: i64 = 50_000_000;

#[derive(Debug, thiserror::Error)]
enum PaymentError {
    #[error("card declined: {asked} cents asked, {MAX_CENTS} covered")]
    Declined { asked: i64 },
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the booking was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

#[derive(Clone)]
struct Payments {
    database: Arc<Mutex<Connection>>,
}

pub(crate) fn app() -> Result<Router, rusqlite::Error> {
    let database = Connection::open_in_memory()?;
    database.execute_batch(
        "CREATE TABLE payments (id INTEGER PRIMARY KEY, item TEXT NOT NULL, cents INTEGER NOT NULL)",
    )?;
    let payments = Payments { database: Arc::new(Mutex::new(database)) };
    Ok(Router::new().route("/payments", post(pay)).with_state(payments))
}

async fn pay(State(payments): State<Payments>, Json(order): Json<Order>) -> Result<Json<Order>, StatusCode> {
    payments.charge(order).await.map(Json).map_err(|error| {
        tracing::error!("{error}");
        match error {
            PaymentError::Declined { .. } => StatusCode::PAYMENT_REQUIRED,
            PaymentError::Database(_) | PaymentError::Interrupted(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    })
}

impl Payments {
    #[instrument(fields(shop.cents = order.cents))]
    async fn charge(&self, mut order: Order) -> Result<Order, PaymentError> {
        if order.cents >= MIN_CENTS_FOR_FRAUD_CHECK {
            check_fraud(order.cents).await;
        }
        authorize(order.cents)?;
        let database = Arc::clone(&self.database);
        let booked = order.clone();
        // The database blocks, so it runs on another thread. `spanwise::spawn_blocking` keeps the trace, which Tokio's own
        // function would lose.
        order.id = spanwise::spawn_blocking(move || {
            let database = database.lock().unwrap_or_else(PoisonError::into_inner);
            insert(&database, &booked)
        })
        .await??;
        tracing::info!(order = order.id, "charged {} cents", order.cents);
        Ok(order)
    }
}

#[instrument(name = "authorize card", fields(shop.cents = cents), err)]
fn authorize(cents: i64) -> Result<(), PaymentError> {
    if cents > MAX_CENTS { Err(PaymentError::Declined { asked: cents }) } else { Ok(()) }
}

#[instrument(name = "check fraud")]
async fn check_fraud(cents: i64) {
    tracing::info!("{cents} cents is a lot: checking");
    tokio::time::sleep(Duration::from_millis(180)).await;
}

const INSERT: &str = "INSERT INTO payments (item, cents) VALUES (?1, ?2)";

// Records a database call by hand. The fields are named by OpenTelemetry's conventions for databases, so that any tool for
// traces recognizes them.
#[instrument(
    kind = client,
    name = "INSERT payments",
    fields(
        db.system.name = "sqlite",
        db.operation.name = "INSERT",
        db.collection.name = "payments",
        db.query.text = INSERT,
    ),
    err,
)]
fn insert(database: &Connection, order: &Order) -> Result<u64, rusqlite::Error> {
    database.execute(INSERT, (&order.item, order.cents))?;
    // SQLite counts from 1.
    Ok(u64::try_from(database.last_insert_rowid()).unwrap_or_default())
}
