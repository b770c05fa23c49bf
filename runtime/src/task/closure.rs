//! Closures that keep the context they were made in.

use std::cell::RefCell;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::Origin;
use crate::engine::context::current::Attached;

/// A closure under the context that is current now: while it runs, and while what it has captured is dropped.
///
/// For whatever takes a closure and calls it once, elsewhere: `std::thread::spawn` and a scope's, `rayon::spawn` and `join`,
/// a pool of threads of your own.
///
/// ```
/// #[spanwise::instrument]
/// fn compress(page: u32) {}
///
/// #[spanwise::instrument]
/// fn archive() {
///     let thread = std::thread::Builder::new().name("compress".to_owned());
///     let running = thread.spawn(spanwise::carry(|| compress(1))); // hangs on `archive`
///     # running.expect("a thread").join().expect("it ran");
/// }
/// # archive();
/// ```
pub fn carry<F: FnOnce() -> T, T>(work: F) -> impl FnOnce() -> T + use<F, T> {
    let carried = Carried::new(work);
    move || carried.call()
}

/// A closure of one argument under the context that is current now, for whatever calls it again and again: the adapters of
/// rayon's, and of iterators that are walked elsewhere.
///
/// One whose argument is a reference to what is made along the way (`filter`'s) is written by [`Origin::run`].
///
/// ```
/// # fn price(item: &str) -> usize { item.len() }
/// let items = ["tea", "piano"];
/// let prices = items.iter().map(spanwise::carry_each(|item: &&str| price(item)));
/// # assert_eq!(prices.sum::<usize>(), 8);
/// ```
pub fn carry_each<F: Fn(A) -> T, A, T>(work: F) -> impl Fn(A) -> T + use<F, A, T> {
    let carried = Carried::new(work);
    move |argument| carried.call_with(argument)
}

/// What a closure has captured, between what makes its context current before it is dropped, and what ends that.
struct Carried<F> {
    before: Before,
    work: F,
    after: After,
}

struct Before(Option<Origin>);

struct After;

// A context holds values of any kind; none of them is looked at after a panic.
impl UnwindSafe for Before {}
impl RefUnwindSafe for Before {}

thread_local! {
    /// The closures that this thread is dropping, one within the other.
    static DROPPING: RefCell<Vec<Option<Attached>>> = const { RefCell::new(Vec::new()) };
}

fn with_dropping<T>(work: impl FnOnce(&mut Vec<Option<Attached>>) -> T) -> Option<T> {
    DROPPING
        .try_with(|dropping| dropping.try_borrow_mut().ok().map(|mut dropping| work(&mut dropping)))
        .ok()?
}

impl<F> Carried<F> {
    fn new(work: F) -> Self {
        Self { before: Before(Some(Origin::current())), work, after: After }
    }

    fn call<T>(self) -> T
    where
        F: FnOnce() -> T,
    {
        let Self { mut before, work, after } = self;
        // It is not dropped but used up: under the context, too.
        std::mem::forget(after);
        let _attached = before.attach();
        before.0 = None;
        work()
    }

    fn call_with<A, T>(&self, argument: A) -> T
    where
        F: Fn(A) -> T,
    {
        let _attached = self.before.attach();
        (self.work)(argument)
    }
}

impl Before {
    fn attach(&self) -> Option<Attached> {
        self.0.as_ref()?.attach()
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        if self.0.is_some() {
            let attached = self.attach();
            with_dropping(|dropping| dropping.push(attached));
        }
    }
}

impl Drop for After {
    fn drop(&mut self) {
        // Taken out first: to go back to another context may be someone else's code.
        let attached = with_dropping(Vec::pop);
        drop(attached);
    }
}
