//! Closures that run in a context.

use std::cell::RefCell;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::carried_context::CarriedContext;
use crate::engine::context::current::Attached;
use crate::span::CAN_RECORD;

/// Runs a closure in the context that is current when this is called. What it has captured is dropped in that context, too.
///
/// Use it for functions that call a closure once, on another thread: `std::thread::spawn`, scoped threads, `rayon::spawn` and
/// `rayon::join`, your own thread pool.
///
/// ```
/// #[spanwise::instrument]
/// fn compress(page: u32) {}
///
/// #[spanwise::instrument]
/// fn archive() {
///     let thread = std::thread::Builder::new().name("compress".to_owned());
///     let running = thread.spawn(spanwise::task::carry(|| compress(1))); // a child of `archive`
///     # running.expect("a thread").join().expect("it ran");
/// }
/// # archive();
/// ```
pub fn carry<F: FnOnce() -> T, T>(work: F) -> impl FnOnce() -> T + use<F, T> {
    let carried = CarriedClosure::new(work);
    move || carried.call()
}

/// Runs a closure of one argument in the context that is current when this is called, for functions that call it many times: the adapters
/// of rayon, and of iterators.
///
/// If the argument is a reference to a temporary value, as in `filter`, use [`CarriedContext::run`] in the closure instead.
///
/// ```
/// # fn price(item: &str) -> usize { item.len() }
/// let items = ["tea", "piano"];
/// let prices = items.iter().map(spanwise::task::carry_each(|item: &&str| price(item)));
/// # assert_eq!(prices.sum::<usize>(), 8);
/// ```
pub fn carry_each<F: Fn(A) -> T, A, T>(work: F) -> impl Fn(A) -> T + use<F, A, T> {
    let carried = CarriedClosure::new(work);
    move |argument| carried.call_with(argument)
}

/// A closure and its context. Fields are dropped in order: the first attaches the context, and the last detaches it, so the
/// closure is dropped in its context.
struct CarriedClosure<F> {
    before: AttachOnDrop,
    work: F,
    after: DetachOnDrop,
}

/// `None` after the closure was called.
struct AttachOnDrop(Option<CarriedContext>);

struct DetachOnDrop;

// A context holds values of any kind; none of them is used after a panic.
impl UnwindSafe for AttachOnDrop {}
impl RefUnwindSafe for AttachOnDrop {}

thread_local! {
    /// The contexts of the closures that this thread is dropping, the innermost last.
    static DROPPING: RefCell<Vec<Option<Attached>>> = const { RefCell::new(Vec::new()) };
}

fn with_dropping<T>(work: impl FnOnce(&mut Vec<Option<Attached>>) -> T) -> Option<T> {
    DROPPING
        .try_with(|dropping| dropping.try_borrow_mut().ok().map(|mut dropping| work(&mut dropping)))
        .ok()?
}

impl<F> CarriedClosure<F> {
    fn new(work: F) -> Self {
        Self { before: AttachOnDrop(Some(CarriedContext::current())), work, after: DetachOnDrop }
    }

    fn call<T>(self) -> T
    where
        F: FnOnce() -> T,
    {
        let Self { mut before, work, after } = self;
        // The call consumes the closure, and detaches the context itself.
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

impl AttachOnDrop {
    fn attach(&self) -> Option<Attached> {
        self.0.as_ref()?.attach()
    }
}

impl Drop for AttachOnDrop {
    fn drop(&mut self) {
        if CAN_RECORD && self.0.is_some() {
            let attached = self.attach();
            with_dropping(|dropping| dropping.push(attached));
        }
    }
}

impl Drop for DetachOnDrop {
    fn drop(&mut self) {
        if !CAN_RECORD {
            return;
        }
        // Taken out of the list first: detaching may drop values of the application.
        let attached = with_dropping(Vec::pop);
        drop(attached);
    }
}
