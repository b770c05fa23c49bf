//! A value of a static that is computed once and never dropped.

use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that is computed when it is first needed. It then lives as long as the process.
///
/// `OnceLock` would do, but has a destructor, and each static that has one costs the compiler time. It also makes other threads wait
/// for the one that computes, and after a fork that thread may be gone.
pub(super) struct LeakedCell<T: 'static>(AtomicPtr<T>);

#[expect(unsafe_code, reason = "an `AtomicPtr` is read")]
impl<T: Send + Sync> LeakedCell<T> {
    #[expect(clippy::declare_interior_mutable_const, reason = "each static starts with a copy of it")]
    pub(super) const EMPTY: Self = Self(AtomicPtr::new(ptr::null_mut()));

    /// The value. If several threads compute it at once, the first one that is done sets it.
    #[inline]
    pub(super) fn get_or_init(&self, compute: impl FnOnce() -> T) -> &'static T {
        let value = self.0.load(Ordering::Acquire);
        if value.is_null() {
            return self.init(compute());
        }
        // SAFETY: only `init` sets the pointer, to a value that is never dropped, and then never again.
        unsafe { &*value }
    }

    #[cold]
    fn init(&self, value: T) -> &'static T {
        let new = Box::into_raw(Box::new(value));
        let set = self.0.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire);
        match set {
            // SAFETY: it comes from a box that is never dropped, and only shared references to it are given out.
            Ok(_) => unsafe { &*new },
            Err(first) => {
                // SAFETY: it comes from a box, and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: as in `get_or_init`; it is not null, because the exchange found it in place of null.
                unsafe { &*first }
            }
        }
    }
}

impl<T> fmt::Debug for LeakedCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeakedCell")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::LeakedCell;

    /// Counts how many of its kind were dropped.
    struct Counted<'a>(usize, &'a AtomicUsize);

    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn all_threads_see_the_first_value_and_the_others_are_dropped() {
        static CELL: LeakedCell<Counted<'static>> = LeakedCell::EMPTY;
        static DROPPED: AtomicUsize = AtomicUsize::new(0);
        const THREADS: usize = 4;

        let (all_compute, computed) = (Barrier::new(THREADS), AtomicUsize::new(0));
        let values: Vec<_> = std::thread::scope(|scope| {
            let compute = |number| {
                all_compute.wait();
                computed.fetch_add(1, Ordering::Relaxed);
                Counted(number, &DROPPED)
            };
            let threads: Vec<_> = (0..THREADS)
                .map(|number| scope.spawn(move || CELL.get_or_init(|| compute(number)).0))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
        assert_eq!(computed.into_inner(), THREADS);
        assert_eq!(DROPPED.load(Ordering::Relaxed), THREADS - 1);
        assert_eq!(CELL.get_or_init(|| unreachable!("it is set")).0, values[0]);
    }
}
