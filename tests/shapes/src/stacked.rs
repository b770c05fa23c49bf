//! The attribute beside other attributes.

use std::pin::Pin;

use async_recursion::async_recursion;
use async_trait::async_trait;
use rstest::rstest;

use crate::support::*;
use crate::traced;

#[async_trait] pub trait Repository: Send + Sync { async fn find(&self, id: u64) -> Outcome<Order>; async fn run(&self); #[traced] async fn find_or_default(&self, id: u64) -> Order { self.find(id).await.unwrap_or_default() } #[traced] async fn forever(&self) { loop { tick().await } } #[traced] async fn forever_result(&self) -> Outcome<()> { loop { tick().await } } #[traced] async fn named(&self, (a, b): (u64, u64), Order { id, .. }: Order) -> u64 { a + b + id } #[traced(err, ret)] async fn checked(&mut self, x: &str) -> Outcome<usize> { Ok(x.len()) } #[traced] fn plain(&self) -> u32 { 1 } }

pub struct Memory;

#[async_trait] impl Repository for Memory { #[traced(err)] async fn find(&self, id: u64) -> Outcome<Order> { Ok(Order { id, ..Order::default() }) } #[traced] async fn run(&self) { loop { tick().await } } }
#[async_trait(?Send)] pub trait Local { #[traced] async fn local(&self, x: std::rc::Rc<u32>) -> u32 { tick().await; *x } #[traced] async fn generic<T: Clone + 'static>(&self, x: &T) -> T { x.clone() } }
#[async_trait] impl<T: Repository> Repository for Box<T> { #[traced] async fn find(&self, id: u64) -> Outcome<Order> { (**self).find(id).await } #[traced] async fn run(&self) { (**self).run().await } }
#[async_recursion] #[traced] async fn recursive(n: u32) -> u32 { if n == 0 { 0 } else { recursive(n - 1).await + 1 } }
#[traced] #[async_recursion] async fn recursive_below(n: u32) -> u32 { if n == 0 { 0 } else { recursive_below(n - 1).await + 1 } }
#[async_recursion(?Send)] #[traced] async fn recursive_local(n: u32) -> u32 { if n == 0 { 0 } else { recursive_local(n - 1).await + 1 } }
#[async_recursion] #[traced(err)] async fn recursive_result(n: &u32) -> Outcome<u32> { if *n == 0 { Ok(0) } else { recursive_result(&(*n - 1)).await } }
#[traced] fn recursive_boxed(n: u32) -> Boxed<'static, u32> { Box::pin(async move { if n == 0 { 0 } else { recursive_boxed(n - 1).await + 1 } }) }
#[traced] async fn recursive_pinned(n: u32) -> u32 { if n == 0 { 0 } else { Box::pin(recursive_pinned(n - 1)).await + 1 } }
#[traced] async fn handler() -> &'static str { "an order" }
#[traced] async fn handler_of_path(axum::extract::Path(id): axum::extract::Path<u64>) -> String { id.to_string() }
#[traced] async fn handler_of_state(axum::extract::State(order): axum::extract::State<Order>) -> Result<String, axum::http::StatusCode> { Ok(order.name) }
#[traced(err(Debug))] async fn handler_of_body(body: String) -> Result<impl axum::response::IntoResponse, axum::http::StatusCode> { Ok(body) }
#[traced] async fn handler_of_request(request: axum::extract::Request) -> impl axum::response::IntoResponse { request.uri().to_string() }
#[traced] async fn middleware(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response { next.run(request).await }
#[traced] async fn fallback() -> (axum::http::StatusCode, &'static str) { (axum::http::StatusCode::NOT_FOUND, "nothing") }

fn router() -> axum::Router {
    use axum::routing::{get, post};
    axum::Router::new()
        .route("/", get(handler).post(handler_of_body))
        .route("/{id}", get(handler_of_path))
        .route("/state", get(handler_of_state))
        .route("/request", get(handler_of_request))
        .layer(axum::middleware::from_fn(middleware))
        .fallback(fallback)
        .with_state(Order::default())
}

/// What tonic generates of a service: a trait under `async_trait`, with a stream as an associated type.
#[async_trait] pub trait Orders: Send + Sync + 'static { type ListStream: futures_core::Stream<Item = Result<Order, Failure>> + Send + 'static; async fn get(&self, request: u64) -> std::result::Result<Order, Failure>; async fn list(&self, request: u64) -> std::result::Result<Self::ListStream, Failure>; } #[async_trait] impl Orders for Memory { type ListStream = Pin<Box<dyn futures_core::Stream<Item = Result<Order, Failure>> + Send>>; #[traced(skip_all, err)] async fn get(&self, request: u64) -> std::result::Result<Order, Failure> { Ok(Order { id: request, ..Order::default() }) } #[traced] async fn list(&self, _request: u64) -> std::result::Result<Self::ListStream, Failure> { Ok(Box::pin(futures_util::stream::iter(vec![Ok(Order::default())]))) } }
#[cfg(test)] mod tests { use super::*; #[tokio::test] #[traced] async fn test_above() { tick().await } #[traced] #[tokio::test] async fn test_below() { tick().await } #[tokio::test(flavor = "current_thread")] #[traced] async fn test_with_arguments() -> Outcome<()> { fallible_later().await.map(drop) } #[test] #[traced] fn test_sync() {} #[traced] #[test] fn test_sync_below() {} #[test] #[should_panic] #[traced] fn test_panics() { panic!("it") } #[rstest] #[case(1)] #[case(2)] #[traced] fn cases(#[case] x: u32) { assert!(x > 0) } #[rstest] #[case(1)] #[case(2)] #[tokio::test] #[traced] async fn cases_later(#[case] x: u32) { tick().await; assert!(x > 0) } #[rstest] #[traced] fn values(#[values(1, 2)] x: u32, #[values("a", "b")] y: &str) { assert!(x as usize > 0 && !y.is_empty()) } }
