//! The shapes of functions, and the names of their spans.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use spanwise::instrument;
use spanwise_tests::block_on;

use crate::lane::tree;

#[instrument]
fn plain(n: u32) -> u32 {
    n + inner(n)
}

#[instrument(name = "renamed", kind = producer)]
fn inner(n: u32) -> u32 {
    n
}

#[test]
fn functions_nest_and_their_results_are_unchanged() {
    let text = tree(|| assert_eq!(plain(2), 4));
    assert_eq!(text, "test\n  plain\n    renamed [producer]\n");
}

#[instrument]
async fn outer() -> u32 {
    tokio::task::yield_now().await;
    leaf().await + leaf().await
}

#[instrument(kind = client)]
async fn leaf() -> u32 {
    tokio::task::yield_now().await;
    1
}

#[test]
fn async_functions_nest_across_suspensions() {
    let text = tree(|| assert_eq!(block_on(outer()), 2));
    assert_eq!(text, "test\n  outer\n    leaf [client]\n    leaf [client]\n");
}

#[derive(Clone)]
struct Thing(u32);

impl Thing {
    #[instrument]
    fn by_value(self) -> u32 {
        self.0
    }

    #[instrument]
    fn by_reference(&self) -> &u32 {
        &self.0
    }

    #[instrument]
    fn by_mutable_reference(&mut self) -> &mut u32 {
        self.0 += 1;
        &mut self.0
    }

    #[instrument]
    fn boxed(self: Box<Self>) -> u32 {
        self.0
    }

    #[instrument]
    fn counted(self: Rc<Self>) -> u32 {
        self.0
    }

    #[instrument]
    async fn shared(self: Arc<Self>) -> u32 {
        self.0
    }

    #[instrument]
    fn pinned(self: Pin<&mut Self>) -> u32 {
        self.0
    }

    #[instrument]
    async fn asynchronous(&mut self, by: u32) -> &mut u32 {
        tokio::task::yield_now().await;
        self.0 += by;
        &mut self.0
    }

    #[instrument]
    fn associated(n: u32) -> Self {
        Self(n)
    }
}

#[test]
fn every_receiver_is_accepted() {
    let text = tree(|| {
        let mut thing = Thing::associated(1);
        assert_eq!(*thing.by_reference(), 1);
        *thing.by_mutable_reference() += 1;
        assert_eq!(thing.clone().by_value(), 3);
        assert_eq!(Box::new(thing.clone()).boxed(), 3);
        assert_eq!(Rc::new(thing.clone()).counted(), 3);
        assert_eq!(block_on(Arc::new(thing.clone()).shared()), 3);
        assert_eq!(Pin::new(&mut thing).pinned(), 3);
        *block_on(thing.asynchronous(1)) += 1;
        assert_eq!(thing.0, 5);
    });
    assert_eq!(
        text,
        "test\n  associated\n  by_reference\n  by_mutable_reference\n  by_value\n  boxed\n  counted\n  shared\n  \
         pinned\n  asynchronous\n"
    );
}

trait Speaks {
    async fn speak(&self) -> &'static str;

    #[instrument]
    fn twice(&self) -> u32 {
        2
    }
}

impl Speaks for Thing {
    #[instrument]
    async fn speak(&self) -> &'static str {
        "thing"
    }
}

#[test]
fn methods_of_traits_are_accepted() {
    let text = tree(|| {
        assert_eq!(block_on(Thing(1).speak()), "thing");
        assert_eq!(Thing(1).twice(), 2);
    });
    assert_eq!(text, "test\n  speak\n  twice\n");
}

#[allow(clippy::needless_lifetimes, reason = "the lifetime that a body names")]
#[instrument]
fn borrowed_into_the_result<'a>(from: &'a mut [u32], at: usize) -> Result<&'a mut u32, String> {
    from.get_mut(at).ok_or_else(|| "out of bounds".to_owned())
}

#[instrument]
fn generic<T, const N: usize>(values: [T; N], zero: T) -> T
where
    T: Copy + std::ops::Add<Output = T>,
{
    values.into_iter().fold(zero, |sum, value| sum + value)
}

#[instrument]
fn opaque(to: u32) -> impl Iterator<Item = u32> {
    (0..to).map(|n| n * 2)
}

#[instrument]
#[allow(unused_variables, unused_mut)]
fn patterns((a, mut b): (u32, u32), [first, ..]: [u32; 3], _: String, Thing(inner): Thing) -> u32 {
    b += a;
    b + first + inner
}

/// Safe to call with a pointer to a live value.
#[allow(unsafe_code)]
#[instrument]
unsafe fn not_safe(of: *const u32) -> u32 {
    // SAFETY: the caller passes a pointer to a live value.
    unsafe { *of }
}

#[test]
fn signatures_of_every_kind_are_accepted() {
    let text = tree(|| {
        let mut values = vec![1, 2];
        *borrowed_into_the_result(&mut values, 1).expect("there") = 7;
        assert_eq!(values, [1, 7]);
        assert_eq!(generic([1, 2, 3], 0), 6);
        assert_eq!(opaque(3).collect::<Vec<_>>(), [0, 2, 4]);
        assert_eq!(patterns((1, 2), [3, 0, 0], String::new(), Thing(4)), 10);
        let n = 5;
        #[allow(unsafe_code)]
        // SAFETY: `n` is alive.
        let read = unsafe { not_safe(&raw const n) };
        assert_eq!(read, 5);
    });
    assert_eq!(text, "test\n  borrowed_into_the_result\n  generic\n  opaque\n  patterns\n  not_safe\n");
}

/// Statements before the future is made run under the span, and the span lasts as long as the future.
#[instrument]
fn returns_a_boxed_future<'a>(
    name: &'a str,
) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'a>> {
    inner(1);
    Box::pin(async move {
        tokio::task::yield_now().await;
        inner(2);
        if name.is_empty() { Err("empty".to_owned()) } else { Ok(name.len()) }
    })
}

#[instrument]
fn returns_an_opaque_future(n: u32) -> impl Future<Output = u32> + Send {
    inner(n);
    std::future::ready(n)
}

#[test]
fn a_returned_future_runs_under_the_span_to_its_end() {
    let text = tree(|| {
        assert_eq!(block_on(returns_a_boxed_future("abc")), Ok(3));
        assert!(block_on(returns_a_boxed_future("")).is_err());
        assert_eq!(block_on(returns_an_opaque_future(3)), 3);
    });
    assert_eq!(
        text,
        "test\n  returns_a_boxed_future\n    renamed [producer]\n    renamed [producer]\n  \
         returns_a_boxed_future error.type=\"alloc::string::String\" ✗\n    renamed [producer]\n    renamed \
         [producer]\n  returns_an_opaque_future\n    renamed [producer]\n"
    );
}

#[instrument]
#[tokio::main(flavor = "current_thread")]
async fn before_another_macro() -> u32 {
    inner(1)
}

#[tokio::main(flavor = "current_thread")]
#[instrument]
async fn after_another_macro() -> u32 {
    inner(2)
}

#[test]
fn other_attribute_macros_may_stand_above_and_below() {
    let text = tree(|| assert_eq!(before_another_macro() + after_another_macro(), 3));
    assert_eq!(
        text,
        "test\n  before_another_macro\n    renamed [producer]\n  after_another_macro\n    renamed [producer]\n"
    );
}

#[instrument]
#[track_caller]
fn where_from() -> u32 {
    std::panic::Location::caller().line()
}

#[test]
fn the_caller_s_location_survives() {
    let text = tree(|| {
        let (line, here) = (where_from(), line!());
        assert_eq!(line, here);
    });
    assert_eq!(text, "test\n  where_from\n");
}

#[instrument]
fn never_returns() -> ! {
    std::panic::panic_any("left by a panic".to_owned())
}

#[test]
fn a_function_that_never_returns_is_accepted() {
    let text = tree(|| {
        let left = std::panic::catch_unwind(|| never_returns());
        assert!(left.is_err());
    });
    assert!(text.starts_with("test\n  never_returns error.type=\"panic\" ✗"), "{text}");
}

#[instrument]
fn recursive(depth: u32) {
    if depth > 0 {
        recursive(depth - 1);
    }
}

#[instrument]
async fn recursive_async(depth: u32) {
    if depth > 0 {
        Box::pin(recursive_async(depth - 1)).await;
    }
}

#[test]
fn recursion_nests() {
    let text = tree(|| {
        recursive(1);
        block_on(recursive_async(1));
    });
    assert_eq!(text, "test\n  recursive\n    recursive\n  recursive_async\n    recursive_async\n");
}

/// The output of these futures is known from the signature alone.
#[test]
fn the_output_of_a_returned_future_may_have_to_be_inferred() {
    #[instrument]
    fn collected() -> impl Future<Output = Vec<u32>> + Send {
        async { (0..3).collect() }
    }

    #[instrument(err, ret)]
    fn converted(text: &str) -> impl Future<Output = Result<u32, Box<dyn std::error::Error>>> + '_ {
        async move {
            let n = text.parse::<u32>()?;
            Ok(n)
        }
    }

    #[instrument]
    fn defaulted() -> impl Future<Output = u32> {
        async { Default::default() }
    }

    let text = tree(|| {
        assert_eq!(block_on(collected()), [0, 1, 2]);
        assert_eq!(block_on(converted("7")).ok(), Some(7));
        assert_eq!(block_on(defaulted()), 0);
    });
    assert_eq!(text, "test\n  collected\n  converted spanwise.return=7\n  defaulted\n");
}

/// Traits called `Future` and `Stream` that are not those.
mod pretenders {
    pub(super) trait Stream {
        fn name(&self) -> &'static str {
            "a stream of water"
        }
    }

    impl Stream for u8 {}
}

#[instrument]
fn pretends() -> impl pretenders::Stream {
    1_u8
}

#[test]
fn a_trait_that_is_only_called_stream_is_no_stream() {
    let text = tree(|| assert_eq!(pretenders::Stream::name(&pretends()), "a stream of water"));
    assert_eq!(text, "test\n  pretends\n");
}

#[instrument]
#[cfg_attr(all(), track_caller)]
fn perhaps_where_from() -> u32 {
    std::panic::Location::caller().line()
}

#[test]
fn the_caller_s_location_survives_where_it_is_conditional() {
    let text = tree(|| {
        let (line, here) = (perhaps_where_from(), line!());
        assert_eq!(line, here);
    });
    assert_eq!(text, "test\n  perhaps_where_from\n");
}

macro_rules! named {
    ($name:literal $kind:ident $level:literal $parent:expr, $function:ident) => {
        #[instrument(name = $name, kind = $kind, level = $level, parent = $parent, fields(later = Empty))]
        fn $function() {}
    };
}

named!("a literal" client "debug" opentelemetry::Context::current(), made_of_fragments);

#[test]
fn fragments_of_a_macro_are_read_as_what_they_hold() {
    let text = tree(made_of_fragments);
    assert_eq!(text, "test\n  a literal [client] spanwise.level=\"DEBUG\"\n");
}
