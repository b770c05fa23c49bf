//! What the attribute must not change: a function's type, its future's auto traits and size, and when its arguments are
//! dropped. Each test compares a plain function with an annotated one.

use std::cell::Cell;
use std::future::Future;
use std::marker::PhantomPinned;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};

use spanwise::instrument;
use spanwise::testing::Capture;
use spanwise_tests::block_on;

/// Whether the type of an expression implements a trait, as a `bool`.
macro_rules! implements {
    ($value:expr, $bound:path) => {{
        #[allow(dead_code)]
        trait Otherwise {
            fn answer(&self) -> bool {
                false
            }
        }
        #[allow(dead_code)]
        struct Asked<'a, T>(&'a T);
        impl<T> Otherwise for Asked<'_, T> {}
        impl<T: $bound> Asked<'_, T> {
            #[allow(dead_code)]
            fn answer(&self) -> bool {
                true
            }
        }
        Asked(&$value).answer()
    }};
}

/// The same functions, plain and annotated.
macro_rules! both {
    ($name:ident: $($item:item)*) => {
        mod $name {
            pub(crate) mod plain {
                #[allow(unused_imports)]
                use crate::*;
                $($item)*
            }
            pub(crate) mod annotated {
                #[allow(unused_imports)]
                use crate::*;
                $(#[instrument(err, ret)] $item)*
            }
        }
    };
}

both! { futures:
    pub(crate) async fn nothing() {}
    pub(crate) async fn shared(text: &str) -> Result<usize, String> { pause().await; Ok(text.len()) }
    pub(crate) async fn counted(rc: Rc<u32>) -> u32 { pause().await; *rc }
    pub(crate) async fn celled(cell: &Cell<u32>) -> u32 { pause().await; cell.get() }
    #[allow(clippy::await_holding_lock)]
    pub(crate) async fn locked(mutex: Arc<Mutex<u32>>) -> u32 { let guard: MutexGuard<'_, u32> = mutex.lock().expect("not poisoned"); local(&guard).await; *guard }
    pub(crate) async fn pinned(of: PhantomPinned) { pause().await; let _ = of; }
    pub(crate) async fn generic<T: Clone>(of: T) -> (T, T) { pause().await; (of.clone(), of) }
    pub(crate) fn returned(n: u32) -> impl Future<Output = u32> + Send + Unpin { std::future::ready(n) }
    pub(crate) fn boxed(n: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> { Box::pin(async move { n }) }
}

async fn pause() {
    std::future::ready(()).await;
}

async fn local(_guard: &MutexGuard<'_, u32>) {}

macro_rules! assert_alike {
    ($($function:ident($($argument:expr),*)),* $(,)?) => {$({
        let (plain, annotated) = (futures::plain::$function($($argument),*), futures::annotated::$function($($argument),*));
        assert_eq!(implements!(plain, Send), implements!(annotated, Send), "Send: {}", stringify!($function));
        assert_eq!(implements!(plain, Sync), implements!(annotated, Sync), "Sync: {}", stringify!($function));
        assert_eq!(implements!(plain, Unpin), implements!(annotated, Unpin), "Unpin: {}", stringify!($function));
        assert_eq!(
            implements!(plain, UnwindSafe), implements!(annotated, UnwindSafe), "UnwindSafe: {}", stringify!($function)
        );
        assert_eq!(
            implements!(plain, RefUnwindSafe),
            implements!(annotated, RefUnwindSafe),
            "RefUnwindSafe: {}",
            stringify!($function)
        );
    })*};
}

#[test]
fn futures_keep_their_auto_traits() {
    let cell = Cell::new(1);
    assert_alike!(
        nothing(),
        shared("text"),
        counted(Rc::new(1)),
        celled(&cell),
        locked(Arc::default()),
        pinned(PhantomPinned),
        generic(1),
        generic(Rc::new(1)),
        returned(1),
        boxed(1),
    );
    // `implements!` can be true and false.
    assert!(implements!(1, Send) && !implements!(Rc::new(1), Send));
    assert!(
        implements!(futures::plain::shared("text"), Send)
            && !implements!(futures::plain::counted(Rc::new(1)), Send)
    );
}

#[test]
fn functions_keep_their_types() {
    #[allow(clippy::needless_lifetimes, reason = "the lifetime that a body names")]
    #[instrument(args, err, ret)]
    fn sync<'a>(values: &'a mut [u32], at: usize) -> Result<&'a mut u32, String> {
        values.get_mut(at).ok_or_else(|| "out of bounds".to_owned())
    }

    #[instrument]
    extern "C" fn foreign(n: u32) -> u32 {
        n
    }

    #[instrument]
    fn with_a_pointer(f: fn(u32) -> u32) -> fn(u32) -> u32 {
        f
    }

    let of_sync: for<'a> fn(&'a mut [u32], usize) -> Result<&'a mut u32, String> = sync;
    let of_foreign: extern "C" fn(u32) -> u32 = foreign;
    let twice: fn(u32) -> u32 = |n| n * 2;
    assert_eq!(of_sync(&mut [1, 2], 1), Ok(&mut 2));
    assert_eq!(with_a_pointer(twice)(of_foreign(3)), 6);
}

type Large = [u8; 1024];

both! { sizes:
    pub(crate) async fn one(large: Large) -> Result<u8, String> { pause().await; Ok(large[0]) }
    pub(crate) async fn two(large: Large) -> Result<u8, String> { Ok(one(large).await?.wrapping_add(large[1])) }
    pub(crate) async fn three(large: Large) -> Result<u8, String> { Ok(two(large).await?.wrapping_add(large[2])) }
}

#[test]
fn an_annotated_future_is_hardly_larger() {
    let large = [0; 1024];
    let (plain_one, one) =
        (size_of_val(&sizes::plain::one(large)), size_of_val(&sizes::annotated::one(large)));
    let (plain_three, three) =
        (size_of_val(&sizes::plain::three(large)), size_of_val(&sizes::annotated::three(large)));
    println!("one: {plain_one} and {one}; three deep: {plain_three} and {three}");
    assert!(one <= plain_one + 64, "one: {plain_one} and {one}");
    assert!(three <= plain_three + 200, "three deep: {plain_three} and {three}");
}

/// Notes when it is dropped.
struct Noted(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.1.lock().expect("not poisoned").push(self.0);
        spanwise::event(self.0, spanwise::attributes! {});
    }
}

type Notes = Arc<Mutex<Vec<&'static str>>>;

both! { drops:
    #[allow(unused_variables)]
    pub(crate) fn drops(a: Noted, _: Noted, (b, _c): (Noted, Noted), mut d: Noted, unused: Noted) -> u32 {
        drop(b);
        let local = Noted("local", Arc::clone(&a.1));
        d.0 = "d, changed";
        7
    }

    #[allow(unused_variables)]
    pub(crate) fn leaves_early(a: Noted, b: Noted) -> Result<u32, String> {
        if a.0 == "a" {
            return Err("early".to_owned());
        }
        drop(b);
        Ok(1)
    }

    #[allow(unused_variables)]
    pub(crate) async fn drops_async(a: Noted, _: Noted, (b, _c): (Noted, Noted), mut d: Noted, unused: Noted) -> u32 {
        drop(b);
        let local = Noted("local", Arc::clone(&a.1));
        pause().await;
        d.0 = "d, changed";
        7
    }

    pub(crate) async fn in_the_last_expression(a: Noted, mutex: Arc<Mutex<Noted>>) -> &'static str {
        let _a = &a;
        mutex.lock().expect("not poisoned").0
    }
}

/// What `run` drops, in order. Asserts that all of it is dropped under the span.
fn dropped(run: impl FnOnce(&dyn Fn(&'static str) -> Noted), under_a_span: bool) -> Vec<&'static str> {
    let notes = Notes::default();
    let capture = Capture::new();
    capture.run(|| run(&|name| Noted(name, Arc::clone(&notes))));
    let notes = notes.lock().expect("not poisoned").clone();
    let events: Vec<String> = capture
        .spans()
        .iter()
        .flat_map(|span| &span.events)
        .map(|event| event.name.to_string())
        .filter(|name| name != "exception")
        .collect();
    assert_eq!(events.len(), if under_a_span { notes.len() } else { 0 }, "{notes:?} but {events:?}");
    notes
}

macro_rules! assert_drops_alike {
    ($make:ident => $function:ident($($argument:expr),*)) => {
        assert_eq!(
            dropped(|$make| { let _ = drops::plain::$function($($argument),*); }, false),
            dropped(|$make| { let _ = drops::annotated::$function($($argument),*); }, true),
        )
    };
    (async $make:ident => $function:ident($($argument:expr),*)) => {
        assert_eq!(
            dropped(|$make| { let _ = block_on(drops::plain::$function($($argument),*)); }, false),
            dropped(|$make| { let _ = block_on(drops::annotated::$function($($argument),*)); }, true),
        )
    };
}

#[test]
fn arguments_are_dropped_in_their_order_and_before_the_span_ends() {
    assert_drops_alike!(make => drops(make("a"), make("ignored"), (make("b"), make("c")), make("d"), make("unused")));
    assert_drops_alike!(make => leaves_early(make("a"), make("b")));
    assert_drops_alike!(make => leaves_early(make("not a"), make("b")));
    assert_drops_alike!(
        async make => drops_async(make("a"), make("ignored"), (make("b"), make("c")), make("d"), make("unused"))
    );
    assert_drops_alike!(async make => in_the_last_expression(make("a"), Arc::new(Mutex::new(make("guarded")))));
    let order = dropped(
        |make| {
            let _ =
                drops::annotated::drops(make("a"), make("_"), (make("b"), make("c")), make("d"), make("e"));
        },
        true,
    );
    assert_eq!(order, ["b", "local", "e", "d, changed", "c", "_", "a"]);
}
