//! The thread buffer, run by loom in each order that the memory model allows.
//!
//! The runtime's source file is compiled here, with loom's atomics in place of the standard library's.
#![cfg(test)]

/// Loom's atomics, with the interface of the standard library's.
mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
    pub(crate) use loom::thread::yield_now;

    /// Stores by a swap. After a plain store, loom runs orders that no memory model allows: a swap on another thread
    /// misses the store, and the storing thread then finds what the swap left.
    #[derive(Debug, Default)]
    pub(crate) struct AtomicPtr<T>(loom::sync::atomic::AtomicPtr<T>);

    impl<T> AtomicPtr<T> {
        pub(crate) fn load(&self, order: Ordering) -> *mut T {
            self.0.load(order)
        }

        pub(crate) fn store(&self, pointer: *mut T, order: Ordering) {
            self.0.swap(pointer, order);
        }

        pub(crate) fn swap(&self, pointer: *mut T, order: Ordering) -> *mut T {
            self.0.swap(pointer, order)
        }
    }
}

/// What the buffer holds. Loom watches each access to it.
mod chunk {
    #[derive(Debug, Default)]
    pub(crate) struct Chunk(pub(crate) loom::cell::Cell<Vec<u32>>);

    impl Chunk {
        pub(crate) fn push(&self, number: u32) {
            let mut numbers = self.0.take();
            numbers.push(number);
            self.0.set(numbers);
        }
    }
}

#[path = "../../runtime/src/engine/shelf.rs"]
#[allow(unreachable_pub, dead_code, reason = "it is another crate's")]
mod shelf;

use chunk::Chunk;
use loom::sync::Arc;
use shelf::Shelf;

/// Puts a number into the buffer, as a thread that records does.
fn put(shelf: &Shelf, number: u32) {
    shelf.ended.one_more();
    let chunk = shelf.take().unwrap_or_default();
    chunk.push(number);
    shelf.put(chunk);
    shelf.placed.one_more();
}

fn numbers(chunk: Option<Box<Chunk>>) -> Vec<u32> {
    chunk.map(|chunk| chunk.0.take()).unwrap_or_default()
}

#[test]
fn each_span_is_taken_once_and_in_order() {
    loom::model(|| {
        let shelf = Arc::new(Shelf::default());
        let recording = {
            let shelf = Arc::clone(&shelf);
            loom::thread::spawn(move || (1..=3).for_each(|number| put(&shelf, number)))
        };
        let mut taken = numbers(shelf.take());
        taken.extend(numbers(shelf.take()));
        recording.join().expect("no panic");
        taken.extend(numbers(shelf.take()));
        assert_eq!(taken, [1, 2, 3]);
        assert_eq!(shelf.ended.get(), 3);
    });
}

#[test]
fn two_takers_do_not_get_the_same_spans() {
    loom::model(|| {
        let shelf = Arc::new(Shelf::default());
        put(&shelf, 1);
        let other = {
            let shelf = Arc::clone(&shelf);
            loom::thread::spawn(move || numbers(shelf.take()))
        };
        let here = numbers(shelf.take());
        let there = other.join().expect("no panic");
        assert_eq!(here.len() + there.len(), 1);
    });
}

/// A span that ended earlier is found even while its thread holds the chunk; or the result says that one may be missing.
#[test]
fn a_chunk_that_its_thread_holds_is_waited_for() {
    loom::model(|| {
        let shelf = Arc::new(Shelf::default());
        put(&shelf, 1);
        let recording = {
            let shelf = Arc::clone(&shelf);
            loom::thread::spawn(move || put(&shelf, 2))
        };
        let (taken, is_missing) = shelf.take_all(&mut 2);
        assert!(is_missing || numbers(taken).contains(&1));
        recording.join().expect("no panic");
    });
}

/// What a thread leaves behind is found by the last look.
#[test]
fn spans_of_a_thread_that_has_ended_are_found() {
    loom::model(|| {
        let shelf = Arc::new(Shelf::default());
        let recording = {
            let shelf = Arc::clone(&shelf);
            loom::thread::spawn(move || {
                put(&shelf, 1);
                drop(shelf);
            })
        };
        recording.join().expect("no panic");
        assert_eq!(numbers(shelf.take()), [1]);
    });
}
