//! Trace and span ids: unique and random, not secret. Each thread has a generator, seeded by the system. A forked process
//! seeds its generators anew.

use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use opentelemetry::trace::{SpanId, TraceId};

use crate::engine::clock::moment::Moment;
use crate::engine::fork;

/// xoshiro256++ by David Blackman and Sebastiano Vigna. It is fast, and its 256 bits of state keep the ids of thousands of
/// processes apart.
#[derive(Debug)]
pub(in crate::engine) struct IdGenerator {
    state: Cell<[u64; 4]>,
    /// The [`fork::generation`] that it was seeded in; 0 before.
    seeded_in: Cell<u64>,
}

impl IdGenerator {
    pub(in crate::engine) const fn new() -> Self {
        Self { state: Cell::new([0; 4]), seeded_in: Cell::new(0) }
    }

    pub(in crate::engine) fn trace_id(&self) -> TraceId {
        loop {
            let id = TraceId::from(u128::from(self.next()) << 64 | u128::from(self.next()));
            if id != TraceId::INVALID {
                return id;
            }
        }
    }

    #[inline]
    pub(in crate::engine) fn span_id(&self) -> SpanId {
        loop {
            let id = SpanId::from(self.next());
            if id != SpanId::INVALID {
                return id;
            }
        }
    }

    #[inline]
    fn next(&self) -> u64 {
        if self.seeded_in.get() != fork::generation() {
            self.seed();
        }
        let [mut a, mut b, mut c, mut d] = self.state.get();
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = d.rotate_left(45);
        self.state.set([a, b, c, d]);
        result
    }

    #[cold]
    fn seed(&self) {
        // Each of the standard library's hashers has other keys, which derive from the system's random numbers. A fork copies
        // the thread's keys, so the process id and the time are hashed with them.
        let number = || {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u32(std::process::id());
            hasher.write_u64(Moment::wall_now().number());
            hasher.finish()
        };
        self.state.set([number(), number(), number(), number() | 1]);
        self.seeded_in.set(fork::generation());
    }
}

/// 128 random bits, for other ids than those of spans.
#[cfg(feature = "otlp")]
pub(crate) fn random_id() -> u128 {
    u128::from_be_bytes(IdGenerator::new().trace_id().to_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The first numbers of the reference implementation, from the state 1, 2, 3, 4.
    #[test]
    fn it_agrees_with_the_reference_implementation() {
        let random = IdGenerator { state: Cell::new([1, 2, 3, 4]), seeded_in: Cell::new(fork::generation()) };
        assert_eq!([random.next(), random.next()], [41_943_041, 58_720_359]);
        assert_eq!([random.next(), random.next()], [3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn ids_differ_between_threads() {
        let ids = || {
            let random = IdGenerator::new();
            (0..1000).map(|_| random.span_id()).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(ids)).collect();
        let all = threads.into_iter().flat_map(|thread| thread.join().expect("no panic"));
        assert_eq!(all.collect::<HashSet<_>>().len(), 8000);
        assert_ne!(IdGenerator::new().trace_id(), IdGenerator::new().trace_id());
    }
}
