//! The engine's buffer, run by loom in every order that the memory model allows.
//!
//! The buffer's own source is compiled here, with loom's atomics in place of the standard library's.
#![cfg(test)]

/// Loom's, which are the same to those who use them.
mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
    pub(crate) use loom::thread::yield_now;

    /// A store is a swap here: loom lets a swap on one thread pass over a store of another, and then the store's
    /// own thread find what the swap has left, which no memory model does.
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

/// What stands on a buffer. Loom watches each access to it.
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

#[path = "../../runtime/src/engine/queue/thread_buffer.rs"]
#[allow(unreachable_pub, dead_code, reason = "it is another crate's")]
mod thread_buffer;

use chunk::Chunk;
use loom::sync::Arc;
use thread_buffer::ThreadBuffer;

/// Puts a number on the buffer, as a thread does that records.
fn put(buffer: &ThreadBuffer, number: u32) {
    buffer.ended.increment();
    let chunk = buffer.take().unwrap_or_default();
    chunk.push(number);
    buffer.put(chunk);
    buffer.placed.increment();
}

fn numbers(chunk: Option<Box<Chunk>>) -> Vec<u32> {
    chunk.map(|chunk| chunk.0.take()).unwrap_or_default()
}

#[test]
fn each_is_taken_once_and_in_order() {
    loom::model(|| {
        let buffer = Arc::new(ThreadBuffer::default());
        let recording = {
            let buffer = Arc::clone(&buffer);
            loom::thread::spawn(move || (1..=3).for_each(|number| put(&buffer, number)))
        };
        let mut taken = numbers(buffer.take());
        taken.extend(numbers(buffer.take()));
        recording.join().expect("no panic");
        taken.extend(numbers(buffer.take()));
        assert_eq!(taken, [1, 2, 3]);
        assert_eq!(buffer.ended.get(), 3);
    });
}

#[test]
fn two_who_take_do_not_take_the_same() {
    loom::model(|| {
        let buffer = Arc::new(ThreadBuffer::default());
        put(&buffer, 1);
        let other = {
            let buffer = Arc::clone(&buffer);
            loom::thread::spawn(move || numbers(buffer.take()))
        };
        let here = numbers(buffer.take());
        let there = other.join().expect("no panic");
        assert_eq!(here.len() + there.len(), 1);
    });
}

/// What has ended before is found, though the thread has it in hand for another one; or it is said that it may be missing.
#[test]
fn what_is_in_hand_is_waited_for() {
    loom::model(|| {
        let buffer = Arc::new(ThreadBuffer::default());
        put(&buffer, 1);
        let recording = {
            let buffer = Arc::clone(&buffer);
            loom::thread::spawn(move || put(&buffer, 2))
        };
        let (taken, is_missing) = buffer.take_or_wait(&mut 2);
        assert!(is_missing || numbers(taken).contains(&1));
        recording.join().expect("no panic");
    });
}

/// What is left when a thread goes is found by the one who looks last.
#[test]
fn what_is_left_on_an_abandoned_shelf_is_found() {
    loom::model(|| {
        let buffer = Arc::new(ThreadBuffer::default());
        let recording = {
            let buffer = Arc::clone(&buffer);
            loom::thread::spawn(move || {
                put(&buffer, 1);
                drop(buffer);
            })
        };
        recording.join().expect("no panic");
        assert_eq!(numbers(buffer.take()), [1]);
    });
}
