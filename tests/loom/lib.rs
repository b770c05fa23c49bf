//! Runs the engine's thread buffer with loom, in every order that the memory model allows.
//!
//! The buffer's own source file is compiled here, with loom's atomics in place of the standard library's.
#![cfg(test)]

/// Loom's atomics, under the names of `engine/queue/atomic.rs`.
mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
    pub(crate) use loom::thread::yield_now;

    /// Here a store is a swap. Loom lets a swap on one thread skip another thread's store, and then lets that thread read what the
    /// swap has left. No real memory model allows that.
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

/// The content of a buffer. Loom checks every access to it.
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
#[allow(unreachable_pub, dead_code, reason = "the file belongs to another crate")]
mod thread_buffer;

use chunk::Chunk;
use loom::sync::Arc;
use thread_buffer::ThreadBuffer;

/// Puts a number into the buffer, as a recording thread puts a span.
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
fn every_span_is_taken_once_and_in_order() {
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
fn two_threads_never_take_the_same_span() {
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

/// A span that ended before is found while its thread holds the chunk for another span, or is reported as possibly missing.
#[test]
fn a_chunk_that_its_thread_holds_is_waited_for() {
    loom::model(|| {
        let buffer = Arc::new(ThreadBuffer::default());
        put(&buffer, 1);
        let recording = {
            let buffer = Arc::clone(&buffer);
            loom::thread::spawn(move || (2..=3).for_each(|number| put(&buffer, number)))
        };
        let (taken, is_missing) = buffer.take_or_wait(&mut 2);
        assert!(is_missing || numbers(taken).contains(&1));
        recording.join().expect("no panic");
    });
}

/// The spans that a thread leaves behind when it ends are found.
#[test]
fn the_spans_of_an_ended_thread_are_found() {
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
