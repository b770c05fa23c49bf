//! Whether this is still the process that it was.
//!
//! `fork` copies a process with all that it holds in memory, the state of its generators of ids among
//! it: the copy has to know that it is one.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// One more in each process that was made by `fork`. Never 0.
static GENERATION: AtomicU64 = AtomicU64::new(1);

#[inline]
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// From now on forks are noticed.
pub(in crate::engine) fn watch() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(system::watch);
}

#[cfg(unix)]
mod system {
    use super::{GENERATION, Ordering};

    /// Runs in the new process, before `fork` returns there. Only what is safe in a signal handler may
    /// be done here, which this is.
    extern "C" fn in_the_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }

    #[expect(unsafe_code, reason = "a function of C")]
    pub(in crate::engine) fn watch() {
        // SAFETY: the function that is registered is there for as long as the program. Where the system
        // has no memory for it (the result, then, is not 0), forks go unnoticed.
        unsafe {
            libc::pthread_atfork(None, None, Some(in_the_child));
        }
    }
}

#[cfg(not(unix))]
mod system {
    /// There is no `fork`.
    pub(in crate::engine) fn watch() {}
}
