//! Threads, with rayon's, and other functions that take a closure.

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use spanwise::instrument;
use spanwise::task::{CarriedContext, carry, carry_each};

use crate::{Dropped, compute, tree_of};

#[test]
fn spawn_thread() {
    #[instrument]
    fn request() -> u32 {
        spanwise::task::spawn_thread(|| compute(1)).join().expect("it ran")
    }

    assert_eq!(tree_of(|| assert_eq!(request(), 1)), "request\n  compute 1\n");
}

#[test]
fn thread_builder() {
    #[instrument]
    fn request() {
        let thread = std::thread::Builder::new().name("worker".to_owned());
        thread.spawn(carry(|| compute(1))).expect("a thread").join().expect("it ran");
        std::thread::spawn(carry(|| compute(2))).join().expect("it ran");
    }

    assert_eq!(tree_of(request), "request\n  compute 1\n  compute 2\n");
}

#[test]
fn scoped_threads() {
    #[instrument]
    fn request(items: &[u32]) {
        let here = CarriedContext::current();
        std::thread::scope(|scope| {
            for item in items {
                scope.spawn(carry(|| compute(*item)));
            }
            scope.spawn(|| here.run(|| compute(9)));
        });
    }

    assert_eq!(tree_of(|| request(&[1, 2])), "request\n  compute 1\n  compute 2\n  compute 9\n");
}

#[test]
fn a_naive_thread_loses_the_context() {
    #[instrument]
    fn request() {
        let lost = std::thread::spawn(spanwise::current_trace_id).join().expect("it ran");
        assert_eq!(lost, None);
    }

    assert_eq!(tree_of(request), "request\n");
}

#[test]
fn rayon_spawn() {
    #[instrument]
    fn request() {
        let (done, is_done) = std::sync::mpsc::channel();
        rayon::spawn(carry(move || done.send(compute(1)).expect("somebody waits")));
        assert_eq!(is_done.recv(), Ok(1));
        let here = CarriedContext::current();
        rayon::scope(|scope| scope.spawn(|_| assert_eq!(here.run(|| compute(2)), 2)));
    }

    assert_eq!(tree_of(request), "request\n  compute 1\n  compute 2\n");
}

#[test]
fn rayon_join() {
    #[instrument]
    fn request() -> (u32, u32) {
        rayon::join(carry(|| compute(1)), carry(|| compute(2)))
    }

    assert_eq!(tree_of(|| assert_eq!(request(), (1, 2))), "request\n  compute 1\n  compute 2\n");
}

#[test]
fn rayon_par_iter() {
    #[instrument]
    fn request(items: &[u32]) -> u32 {
        let here = CarriedContext::current();
        let items = items.par_iter().filter(|item| here.run(|| compute(**item + 10)) != 12);
        items.map(carry_each(|item: &u32| compute(*item))).sum()
    }

    let tree = tree_of(|| assert_eq!(request(&[1, 2, 3]), 4));
    assert_eq!(tree, "request\n  compute 1\n  compute 11\n  compute 12\n  compute 13\n  compute 3\n");
}

/// What a closure has captured is dropped under its context, called or not. Afterwards the thread has its own context.
#[test]
fn what_a_closure_has_captured() {
    #[instrument]
    fn request() {
        let (called, dropped) = (Dropped, Dropped);
        let called = carry(move || drop(called));
        let dropped = carry(move || drop(dropped));
        std::thread::spawn(|| {
            called();
            drop(dropped);
            assert_eq!(spanwise::current_trace_id(), None);
        })
        .join()
        .expect("it ran");
    }

    assert_eq!(tree_of(request), "request\n  dropped\n  dropped\n");
}

/// A drop that panics leaves no context attached.
#[test]
fn a_drop_that_panics() {
    struct Panics;

    impl Drop for Panics {
        fn drop(&mut self) {
            compute(1);
            std::panic::panic_any("on purpose");
        }
    }

    #[instrument]
    fn request() {
        let (bad, good) = (Panics, Dropped);
        let bad = carry(move || drop((bad, good)));
        std::thread::spawn(|| {
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(bad)));
            assert!(panicked.is_err());
            assert_eq!(spanwise::current_trace_id(), None);
        })
        .join()
        .expect("it ran");
    }

    let tree = tree_of(request);
    assert_eq!(tree, "request\n  compute 1\n  dropped\n");
}

/// The request's span has ended; spans of the thread are still its children.
#[test]
fn a_thread_may_outlive_its_request() {
    let (release, released) = std::sync::mpsc::channel::<()>();

    #[instrument]
    fn request(released: std::sync::mpsc::Receiver<()>) -> std::thread::JoinHandle<u32> {
        spanwise::task::spawn_thread(move || {
            released.recv().expect("released");
            compute(1)
        })
    }

    let tree = tree_of(|| {
        let thread = request(released);
        let after = spanwise::span!("after");
        release.send(()).expect("the thread waits");
        thread.join().expect("it ran");
        drop(after);
    });
    assert_eq!(tree, "after\nrequest\n  compute 1\n");
}
