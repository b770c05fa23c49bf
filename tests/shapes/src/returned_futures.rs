//! Functions that are not `async` and return a future or a stream, under whatever name its type has.

use std::future::{Future as Fut, Future, Ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::{BoxFuture as Bx, LocalBoxFuture};
use futures_core::stream::BoxStream;
use futures_core::Stream;
use futures_util::{FutureExt as _, StreamExt as _, TryFuture, TryStream};

use crate::support::*;
use crate::traced;

#[traced] fn opaque() -> impl Future<Output = u32> { async { number().await } }
#[traced] fn opaque_move(x: String) -> impl Future<Output = usize> { async move { x.len() } }
#[traced] fn opaque_send() -> impl Future<Output = u32> + Send { async { 1 } }
#[traced] fn opaque_static() -> impl Future<Output = u32> + Send + 'static { async { 1 } }
#[traced] fn opaque_with_lifetime<'a>(x: &'a str) -> impl Future<Output = usize> + 'a { async move { x.len() } }
#[traced] fn opaque_anonymous(x: &str) -> impl Future<Output = usize> + '_ { async move { x.len() } }
#[traced] fn opaque_result() -> impl Future<Output = Outcome<u32>> { async { fallible_later().await } }
#[traced] fn opaque_unit() -> impl Future<Output = ()> { async { loop { tick().await } } }
#[traced] fn opaque_alias() -> impl Fut<Output = u32> { async { 1 } }
#[traced] fn opaque_alias_send() -> impl Fut<Output = u32> + Send { async { 1 } }
#[traced] fn opaque_ready() -> impl Future<Output = u32> { std::future::ready(1) }
#[traced] fn opaque_call() -> impl Future<Output = u32> { number() }
#[traced] fn opaque_unpin() -> impl Future<Output = u32> + Unpin { std::future::ready(1) }
#[traced] fn opaque_nested() -> impl Future<Output = impl Future<Output = u32>> { async { async { 1 } } }
#[traced] fn opaque_captures<'a, T>(x: &'a T) -> impl Future<Output = &'a T> + use<'a, T> { async move { x } }
#[traced(err)] fn opaque_with_err() -> impl Future<Output = Outcome<u32>> { async { fallible_later().await } }
#[traced(ret)] fn opaque_with_ret() -> impl Future<Output = u32> { async { 1 } }
#[traced] fn opaque_try() -> impl TryFuture<Ok = u32, Error = Failure> { async { fallible_later().await } }
#[traced(err)] fn opaque_try_with_err() -> impl TryFuture<Ok = u32, Error = Failure> { async { fallible_later().await } }
#[traced] fn opaque_try_send() -> impl TryFuture<Ok = u32, Error = Failure> + Send { fallible_later() }
#[traced] fn opaque_marked() -> impl Future<Output = u32> + Marked { Own }
#[traced] fn opaque_named() -> impl NamedFuture { Own }
#[traced] fn ready() -> Ready<u32> { std::future::ready(1) }
#[traced] fn own() -> Own { Own }

#[traced] fn boxed() -> Pin<Box<dyn Future<Output = u32>>> { Box::pin(async { 1 }) }
#[traced] fn boxed_send() -> Pin<Box<dyn Future<Output = u32> + Send>> { Box::pin(async { 1 }) }
#[traced] fn boxed_sync() -> Pin<Box<dyn Future<Output = u32> + Send + Sync>> { Box::pin(async { 1 }) }
#[traced] fn boxed_with_lifetime<'a>(x: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> { Box::pin(async move { x.len() }) }
#[traced] fn boxed_anonymous(x: &str) -> Pin<Box<dyn Future<Output = usize> + '_>> { Box::pin(async move { x.len() }) }
#[traced] fn boxed_by_path() -> std::pin::Pin<std::boxed::Box<dyn std::future::Future<Output = u32> + Send>> { Box::pin(async { 1 }) }
#[traced] fn boxed_alias() -> Boxed<'static, u32> { Box::pin(async { 1 }) }
#[traced] fn boxed_alias_with_lifetime(x: &str) -> Boxed<'_, usize> { Box::pin(async move { x.len() }) }
#[traced] fn boxed_local(x: &str) -> LocalBoxed<'_, usize> { Box::pin(async move { x.len() }) }
#[traced] fn boxed_by_futures() -> Bx<'static, u32> { async { 1 }.boxed() }
#[traced] fn boxed_by_futures_local() -> LocalBoxFuture<'static, u32> { async { 1 }.boxed_local() }
#[traced] fn boxed_loops() -> Boxed<'static, ()> { Box::pin(async { loop { tick().await } }) }
#[traced] fn boxed_unpin() -> Box<dyn Future<Output = u32> + Unpin> { Box::new(std::future::ready(1)) }
#[traced] fn boxed_unpin_send() -> Box<dyn Future<Output = u32> + Send + Unpin> { Box::new(std::future::ready(1)) }
#[traced(err)] fn boxed_with_err() -> Boxed<'static, Outcome<u32>> { Box::pin(fallible_later()) }
#[traced(err, ret)] fn boxed_with_err_and_ret() -> Boxed<'static, Outcome<u32>> { Box::pin(fallible_later()) }
#[traced(err(Debug, if = |e| e.0 != "a"))] fn boxed_with_condition() -> Boxed<'static, Outcome<u32>> { Box::pin(fallible_later()) }
#[traced] fn boxed_in_result() -> Result<Boxed<'static, u32>, Failure> { Ok(Box::pin(async { 1 })) }
#[traced] fn boxed_in_option() -> Option<Boxed<'static, u32>> { None }
#[traced] fn boxed_or_early(x: bool) -> Boxed<'static, u32> { if x { return Box::pin(async { 2 }); } Box::pin(async { 1 }) }
#[traced] fn generic<T>(f: fn() -> Pin<Box<dyn Future<Output = T> + Send>>) -> Pin<Box<dyn Future<Output = T> + Send>> { f() }
#[traced] fn generic_local<T>(f: fn() -> Pin<Box<dyn Future<Output = T>>>) -> Pin<Box<dyn Future<Output = T>>> { f() }
#[traced] fn generic_alias<T>(f: fn() -> Boxed<'static, T>) -> Boxed<'static, T> { f() }
#[traced] fn generic_passed<'a, T>(f: Boxed<'a, T>) -> Boxed<'a, T> { f }
#[traced(err)] fn generic_with_err<T, E: std::error::Error>(f: fn() -> Boxed<'static, Result<T, E>>) -> Boxed<'static, Result<T, E>> { f() }
#[traced] fn generic_bounded<T: Send + 'static>(x: T) -> Boxed<'static, T> { Box::pin(async move { x }) }
#[traced] fn generic_borrowed<'a, T: Sync>(x: &'a T) -> Boxed<'a, &'a T> { Box::pin(async move { x }) }

#[traced] fn stream() -> impl Stream<Item = u32> { futures_util::stream::iter(vec![1]) }
#[traced] fn stream_of_results() -> impl Stream<Item = Outcome<u32>> { futures_util::stream::iter(vec![Ok(1)]) }
#[traced] fn stream_send() -> impl Stream<Item = u32> + Send + Unpin { futures_util::stream::iter(vec![1]) }
#[traced] fn stream_try() -> impl TryStream<Ok = u32, Error = Failure> { futures_util::stream::iter(vec![Ok(1)]) }
#[traced] fn stream_boxed() -> Pin<Box<dyn Stream<Item = u32> + Send>> { Box::pin(futures_util::stream::iter(vec![1])) }
#[traced] fn stream_by_futures() -> BoxStream<'static, u32> { futures_util::stream::iter(vec![1]).boxed() }
#[traced] fn stream_borrowed<'a>(x: &'a [u32]) -> BoxStream<'a, &'a u32> { futures_util::stream::iter(x).boxed() }
#[traced] fn stream_generic<T>(f: fn() -> BoxStream<'static, T>) -> BoxStream<'static, T> { f() }
#[traced(err)] fn stream_with_err() -> BoxStream<'static, Outcome<u32>> { futures_util::stream::iter(vec![Ok(1)]).boxed() }

pub struct Own;
pub trait Marked {}
pub trait NamedFuture: Future<Output = u32> {}
impl Marked for Own {}
impl NamedFuture for Own {}
impl Future for Own {
    type Output = u32;
    #[traced] fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> { Poll::Ready(1) }
}

pub struct Service;
impl tower_service::Service<u32> for Service {
    type Response = u32;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<u32, Failure>> + Send>>;
    #[traced] fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> { Poll::Ready(Ok(())) }
    #[traced(err)] fn call(&mut self, x: u32) -> Self::Future { Box::pin(async move { tick().await; Ok(x) }) }
}

pub struct Wrapping<S>(S);
impl<S, R> tower_service::Service<R> for Wrapping<S>
where
    S: tower_service::Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;
    #[traced] fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> { self.0.poll_ready(cx) }
    #[traced] fn call(&mut self, x: R) -> Self::Future { self.0.call(x) }
}

pub struct GenericService<T>(fn() -> Boxed<'static, T>);
impl<T> tower_service::Service<()> for GenericService<T> {
    type Response = T;
    type Error = Failure;
    type Future = Boxed<'static, Result<T, Failure>>;
    #[traced] fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> { Poll::Ready(Ok(())) }
    #[traced] fn call(&mut self, _: ()) -> Self::Future { todo!() }
}

mod of_the_users {
    use crate::traced;

    pub struct BoxFuture(u32);
    pub struct BoxStream(u32);
    pub struct Pin<T>(T);
    pub trait Future {
        type Output;
    }
    impl Future for u32 {
        type Output = u32;
    }

    #[traced] fn box_future() -> BoxFuture { BoxFuture(1) }
    #[traced] fn box_stream() -> BoxStream { BoxStream(1) }
    #[traced] fn pin() -> Pin<Box<dyn Future<Output = u32>>> { Pin(Box::new(1)) }
    #[traced(ret)] fn box_future_with_ret() -> u32 { box_future().0 }
}
