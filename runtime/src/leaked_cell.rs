//! A value of a static that is computed when it is needed and never dropped.

use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that is computed when it is first needed. It then lives as long as the process.
///
/// `OnceLock` would do, but has a destructor, and each static that has one costs the compiler time. It also makes other threads wait
/// for the one that computes, and after a fork that thread may be gone.
pub(crate) struct LeakedCell<T: 'static>(AtomicPtr<T>);

#[expect(unsafe_code, reason = "an `AtomicPtr` is read")]
impl<T: Send + Sync> LeakedCell<T> {
    #[expect(clippy::declare_interior_mutable_const, reason = "each static starts with a copy of it")]
    pub(crate) const EMPTY: Self = Self(AtomicPtr::new(ptr::null_mut()));

    /// The value, if there is one.
    #[inline]
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: as in `get_or_init`.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// The value. If several threads compute it at once, the first one that is done sets it.
    #[inline]
    pub(crate) fn get_or_init(&self, compute: impl FnOnce() -> T) -> &'static T {
        let value = self.0.load(Ordering::Acquire);
        if value.is_null() {
            return self.init(compute());
        }
        // SAFETY: only `replace` sets the pointer, to a value that is never dropped.
        unsafe { &*value }
    }

    #[cold]
    fn init(&self, value: T) -> &'static T {
        self.replace(ptr::null_mut(), value)
    }

    /// The value, computed anew if it is not current any more. The one before is leaked.
    pub(crate) fn get_or_replace(
        &self,
        is_current: impl Fn(&T) -> bool,
        compute: impl FnOnce() -> T,
    ) -> &'static T {
        let value = self.0.load(Ordering::Acquire);
        if !value.is_null() {
            // SAFETY: as in `get_or_init`.
            let value = unsafe { &*value };
            if is_current(value) {
                return value;
            }
        }
        self.replace(value, compute())
    }

    /// Sets the value if it is still this one, and returns the one that is set.
    fn replace(&self, known: *mut T, value: T) -> &'static T {
        let new = Box::into_raw(Box::new(value));
        match self.0.compare_exchange(known, new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: it comes from a box that is never dropped, and only shared references to it are given out.
            Ok(_) => unsafe { &*new },
            Err(first) => {
                // SAFETY: it comes from a box, and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: as in `get_or_init`. It is not null: either null was expected and something else found, or a value was
                // expected, and values are never taken away.
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
    fn a_value_that_is_not_current_is_replaced() {
        static CELL: LeakedCell<u32> = LeakedCell::EMPTY;
        for (wanted, found) in [(1, 1), (1, 1), (2, 2), (2, 2)] {
            assert_eq!(*CELL.get_or_replace(|value| *value == wanted, || wanted), found);
        }
        assert_eq!(*CELL.get_or_init(|| unreachable!("it is set")), 2);
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
