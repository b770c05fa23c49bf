//! The attribute on an `impl` block, a trait and a module: on each function in it.

use std::fmt;
use std::future::Future;

use spanwise::instrument;
use spanwise_tests::block_on;

use crate::lane::tree;

struct Store<T> {
    id: u32,
    _of: std::marker::PhantomData<T>,
}

#[derive(Debug)]
struct Missing;

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("missing")
    }
}

#[instrument(kind = client, err, skip(key), args, fields(store.id = self.id))]
impl<T> Store<T> {
    const LIMIT: u32 = Self::limit();

    fn new(id: u32) -> Self {
        Self { id, _of: std::marker::PhantomData }
    }

    /// Skipped.
    const fn limit() -> u32 {
        7
    }

    pub(crate) fn get(&self, key: &str, at: u32) -> Result<u32, Missing> {
        if key.is_empty() { Err(Missing) } else { Ok(at + Self::LIMIT) }
    }

    async fn fetch(&mut self) -> u32 {
        tokio::task::yield_now().await;
        self.id += 1;
        self.id
    }

    #[instrument(name = "put", kind = producer, fields(store.id = "hidden"))]
    fn set(&mut self, at: u32) {
        self.id = at;
    }

    #[instrument(off)]
    fn left_out(&self, #[field] id: u32) -> u32 {
        self.id + id
    }

    /// The body runs in place, so its result cannot be inspected, and the default of the block is ignored.
    #[track_caller]
    fn in_place(&self) -> Result<(), Missing> {
        Err(Missing)
    }
}

#[test]
fn functions_inherit_the_arguments_of_their_impl_block() {
    let text = tree(|| {
        let mut store = Store::<u8>::new(1);
        assert_eq!(store.get("a", 1).expect("there"), 8);
        assert!(store.get("", 2).is_err());
        assert_eq!(block_on(store.fetch()), 2);
        store.set(5);
        assert_eq!(store.left_out(1), 6);
        let _ = store.in_place();
    });
    let missing = format!("{}::Missing", module_path!());
    assert_eq!(
        text,
        format!(
            "test\n  Store::new [client] id=1\n  Store::get [client] at=1 store.id=1\n  Store::get [client] at=2 \
             store.id=1 error.type=\"{missing}\" ✗ \"missing\"\n    • exception exception.type=\"{missing}\" \
             exception.message=\"missing\"\n  Store::fetch [client] store.id=1\n  put [producer] at=5 \
             store.id=\"hidden\"\n  Store::in_place [client] store.id=5\n"
        )
    );
}

#[instrument]
trait Greets {
    fn name(&self) -> String;

    fn greet(&self) -> String {
        format!("hello, {}", self.name())
    }
}

#[instrument(name = "greeter")]
impl Greets for &'static str {
    fn name(&self) -> String {
        (*self).to_owned()
    }
}

#[test]
fn a_trait_s_default_bodies_and_an_implementation_are_recorded() {
    let text = tree(|| assert_eq!("ada".greet(), "hello, ada"));
    assert_eq!(text, "test\n  Greets::greet\n    greeter::name\n");
}

trait Asks {
    async fn ask(&self) -> u32;
}

#[instrument]
impl Asks for u32 {
    async fn ask(&self) -> u32 {
        tokio::task::yield_now().await;
        *self
    }
}

#[async_trait::async_trait]
trait Answers: Sync {
    async fn answer(&self, to: &str) -> Result<u32, Missing>;

    #[instrument(args)]
    async fn by_default(&self, n: u32) -> u32 {
        tokio::task::yield_now().await;
        n
    }
}

#[instrument(args)]
#[async_trait::async_trait]
impl Answers for u32 {
    async fn answer(&self, to: &str) -> Result<u32, Missing> {
        tokio::task::yield_now().await;
        if to.is_empty() { Err(Missing) } else { Ok(*self) }
    }
}

#[async_trait::async_trait]
#[instrument(args)]
impl Answers for u64 {
    async fn answer(&self, to: &str) -> Result<u32, Missing> {
        tokio::task::yield_now().await;
        Ok(u32::try_from(to.len()).unwrap_or_default())
    }
}

#[test]
fn async_traits_are_recorded_native_or_boxed_above_or_below() {
    let text = tree(|| {
        assert_eq!(block_on(7_u32.ask()), 7);
        assert_eq!(block_on(7_u32.answer("?")).expect("answered"), 7);
        assert!(block_on(7_u32.answer("")).is_err());
        assert_eq!(block_on(7_u64.answer("??")).expect("answered"), 2);
        assert_eq!(block_on(7_u64.by_default(3)), 3);
    });
    let missing = format!("{}::Missing", module_path!());
    assert_eq!(
        text,
        format!(
            "test\n  u32::ask\n  u32::answer to=\"?\"\n  u32::answer to=\"\" error.type=\"{missing}\" ✗\n  u64::answer \
             to=\"??\"\n  by_default n=3\n"
        )
    );
}

#[instrument(args)]
mod inner {
    //! Has an inner attribute, and items that are not functions.

    use super::Missing;

    pub(super) const ZERO: u32 = zero();
    pub(super) struct Thing(pub(super) u32);

    const fn zero() -> u32 {
        0
    }

    pub(super) fn outer(n: u32) -> u32 {
        deeper::inner(n) + Thing(n).times(2).unwrap_or_default()
    }

    impl Thing {
        fn times(&self, by: u32) -> Result<u32, Missing> {
            self.0.checked_mul(by).ok_or(Missing)
        }
    }

    pub(super) mod deeper {
        #[spanwise::instrument(skip_all)]
        pub(crate) fn inner(n: u32) -> u32 {
            n
        }
    }

    macro_rules! made {
        ($name:ident) => {
            pub(super) fn $name() {}
        };
    }

    made!(not_seen);
}

#[test]
fn a_module_s_functions_and_blocks_are_recorded() {
    let text = tree(|| {
        assert_eq!(inner::outer(1), 3);
        assert_eq!(inner::ZERO, 0);
        inner::not_seen();
    });
    assert_eq!(text, "test\n  outer n=1\n    inner\n    Thing::times by=2\n");
}

struct Mixed;

/// The condition applies to the functions that return a `Result`.
#[instrument(err(if = |error| error.to_string().is_empty()))]
impl Mixed {
    fn fails(&self) -> Result<(), Missing> {
        Err(Missing)
    }

    fn len(&self) -> usize {
        0
    }

    fn boxed(&self) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Missing>>>> {
        Box::pin(std::future::ready(Err(Missing)))
    }
}

#[test]
fn a_condition_applies_to_the_functions_that_can_fail() {
    let text = tree(|| {
        assert!(Mixed.fails().is_err());
        assert_eq!(Mixed.len(), 0);
        assert!(block_on(Mixed.boxed()).is_err());
    });
    assert_eq!(text, "test\n  Mixed::fails\n  Mixed::len\n  Mixed::boxed\n");
}

#[derive(Debug)]
struct Worker {
    context: opentelemetry::Context,
}

/// Arguments that need `self`, a parameter, or a single value apply to the functions that have one.
#[instrument(parent = self.context, links = self.context, fields(tenant, id = self.id()), ret, enter_on_poll)]
impl Worker {
    fn new() -> Self {
        Self { context: opentelemetry::Context::current() }
    }

    #[instrument(off)]
    fn id(&self) -> u32 {
        7
    }

    fn work(&self, tenant: &str) -> usize {
        tenant.len()
    }

    fn streams(&self) -> impl futures_core::Stream<Item = u8> {
        tokio_stream::iter([1])
    }

    #[instrument(root)]
    async fn elsewhere(&self) {}
}

#[instrument(ret(Debug), err(off))]
impl Worker {
    fn shown(&self) -> &'static str {
        "shown"
    }
}

#[test]
fn arguments_of_a_block_apply_where_they_make_sense() {
    let text = tree(|| {
        let worker = Worker::new();
        assert_eq!(worker.work("a"), 1);
        assert_eq!(block_on(tokio_stream::StreamExt::collect::<Vec<_>>(worker.streams())), [1]);
        block_on(worker.elsewhere());
        worker.shown();
    });
    assert!(text.starts_with("test\n  Worker::new spanwise.return=\"Worker"), "{text}");
    assert!(
        text.ends_with(
            "    Worker::work tenant=\"a\" id=7 spanwise.return=1 → Worker::new\n    Worker::streams id=7 → \
             Worker::new\n  Worker::shown \
             spanwise.return=\"\\\"shown\\\"\"\n"
        ),
        "{text}"
    );
}
