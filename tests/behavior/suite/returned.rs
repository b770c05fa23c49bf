//! Futures and streams that functions return under any name: the span goes on with them.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use futures_core::Stream;
use spanwise::instrument;
use spanwise_tests::block_on;

use crate::lane::tree;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type BoxedStream<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

#[instrument]
async fn step() {
    tokio::task::yield_now().await;
}

/// A service as tower's trait has it.
trait Service<R> {
    type Response;
    type Error;
    type Future: Future<Output = Result<Self::Response, Self::Error>>;

    fn call(&mut self, request: R) -> Self::Future;
}

struct Doubling;

impl Service<u32> for Doubling {
    type Response = u32;
    type Error = String;
    type Future = Boxed<'static, Result<u32, String>>;

    #[instrument(err)]
    fn call(&mut self, request: u32) -> Self::Future {
        Box::pin(async move {
            step().await;
            request.checked_mul(2).ok_or_else(|| "too much".to_owned())
        })
    }
}

struct Around<S>(S);

impl<R, S: Service<R>> Service<R> for Around<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    #[instrument(name = "around")]
    fn call(&mut self, request: R) -> S::Future {
        self.0.call(request)
    }
}

#[test]
fn a_service_is_one_trace_with_its_error() {
    let text = tree(|| {
        assert_eq!(block_on(Doubling.call(1)), Ok(2));
        assert!(block_on(Doubling.call(u32::MAX)).is_err());
    });
    assert_eq!(
        text,
        "test\n  call\n    step\n  call error.type=\"alloc::string::String\" ✗ \"too much\"\n    • exception \
         exception.type=\"alloc::string::String\" exception.message=\"too much\"\n    step\n"
    );
}

/// The span of a generic service ends with the call, because its future has a type of its own; the inner one goes on.
#[test]
fn a_service_of_any_future_is_recorded_for_its_call() {
    let text = tree(|| assert_eq!(block_on(Around(Doubling).call(1)), Ok(2)));
    assert_eq!(text, "test\n  around\n    call\n      step\n");
}

#[instrument]
fn by_an_alias(n: u32) -> Boxed<'static, Result<u32, Infallible>> {
    Box::pin(async move {
        step().await;
        Ok(n)
    })
}

#[instrument]
fn by_a_generic<T>(make: fn() -> Pin<Box<dyn Future<Output = T>>>) -> Pin<Box<dyn Future<Output = T>>> {
    make()
}

/// A trait that asks for more than a wrapper around the future has.
trait Named: Future {
    fn name(&self) -> &'static str;
}

impl Named for std::future::Ready<u32> {
    fn name(&self) -> &'static str {
        "ready"
    }
}

#[instrument]
fn with_another_trait() -> impl Named<Output = u32> {
    std::future::ready(7)
}

#[instrument]
fn no_future() -> impl std::ops::Add<u32, Output = u32> {
    1
}

#[test]
fn boxes_are_found_by_their_type() {
    let make = || -> Pin<Box<dyn Future<Output = ()>>> { Box::pin(step()) };
    let text = tree(|| {
        assert_eq!(block_on(by_an_alias(1)), Ok(1));
        block_on(by_a_generic(make));
        assert_eq!(with_another_trait().name(), "ready");
        assert_eq!(no_future() + 1, 2);
    });
    assert_eq!(
        text,
        "test\n  by_an_alias\n    step\n  by_a_generic\n    step\n  with_another_trait\n  \
         no_future\n"
    );
}

/// A future that borrows may outlive no more than what it borrows.
#[test]
fn a_boxed_future_borrows_as_long_as_it_says() {
    #[instrument]
    fn borrows<'a, T: Sync>(value: &'a T) -> Boxed<'a, &'a T> {
        Box::pin(async move {
            step().await;
            value
        })
    }
    let text = tree(|| {
        let local = String::from("local");
        assert_eq!(block_on(borrows(&local)), "local");
    });
    assert_eq!(text, "test\n  borrows\n    step\n");
}

struct Codes(u8);

impl Codes {
    #[instrument(err(if = |error: &u8| *error >= self.0 + *least))]
    fn code<'a>(&'a self, code: u8, least: &'a u8) -> Boxed<'a, Result<(), u8>> {
        Box::pin(async move {
            step().await;
            Err(code)
        })
    }

    #[instrument(err)]
    fn marked(&self) -> Pin<Box<dyn Future<Output = Result<(), u8>> + Send + Unpin>> {
        Box::pin(std::future::ready(Err(1)))
    }
}

/// A condition may look at `self` and the parameters; and a box may have other auto traits.
#[test]
fn a_condition_sees_what_the_function_sees() {
    let text = tree(|| {
        let codes = Codes(1);
        assert!(block_on(codes.code(1, &1)).is_err());
        assert!(block_on(codes.code(2, &1)).is_err());
        assert!(block_on(codes.marked()).is_err());
    });
    let error = "error.type=\"u8\" ✗";
    let event = "    • exception exception.type=\"u8\" exception.message=";
    assert_eq!(
        text,
        format!(
            "test\n  code\n    step\n  code {error} \"2\"\n{event}\"2\"\n    step\n  marked {error} \
             \"1\"\n{event}\"1\"\n"
        )
    );
}

#[test]
fn a_dropped_box_is_cancelled() {
    let text = tree(|| drop(by_an_alias(1)));
    assert_eq!(text, "test\n  by_an_alias spanwise.cancelled=true\n");
}

#[test]
fn a_boxed_stream_goes_on_under_any_name() {
    #[instrument]
    fn numbers() -> BoxedStream<Result<u32, String>> {
        Box::pin(tokio_stream::iter([Ok(1), Err("two".to_owned())]))
    }
    let text = tree(|| {
        block_on(async {
            use tokio_stream::StreamExt as _;
            let mut numbers = numbers();
            while numbers.next().await.is_some() {}
        });
    });
    assert_eq!(text, "test\n  numbers error.type=\"alloc::string::String\" ✗\n");
}

/// What a user calls like a type of `futures` is the user's.
#[test]
fn a_type_is_not_known_by_its_name() {
    struct BoxFuture(u32);
    #[instrument]
    fn own() -> BoxFuture {
        BoxFuture(3)
    }
    assert_eq!(tree(|| assert_eq!(own().0, 3)), "test\n  own\n");
}
