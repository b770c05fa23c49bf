//! Notices a `fork`.
//!
//! `fork` copies a process with all of its memory, including the state of the id generators. The copy must seed them anew,
//! or both processes would make the same ids.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// 1, plus the number of forks between the first process and this one. Never 0.
static GENERATION: AtomicU64 = AtomicU64::new(1);

/// Differs between a process and its forked copies. Never 0.
#[inline]
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Notices forks from now on.
pub(in crate::engine) fn watch() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(system::watch);
}

#[cfg(unix)]
mod system {
    use super::{GENERATION, Ordering};

    /// Runs in the new process before `fork` returns there. It may only do what is safe in a signal handler.
    extern "C" fn count_fork() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }

    #[expect(unsafe_code, reason = "a C function")]
    pub(in crate::engine) fn watch() {
        // SAFETY: the registered function exists as long as the program. If the system has no memory for it (the result is
        // not 0), forks go unnoticed.
        unsafe {
            libc::pthread_atfork(None, None, Some(count_fork));
        }
    }
}

#[cfg(not(unix))]
mod system {
    /// This system has no `fork`.
    pub(in crate::engine) fn watch() {}
}
