//! Notices a `fork`.
//!
//! `fork` copies a process with all of its memory, but with one of its threads only. The copy has the state of the id generators,
//! which must be seeded anew, locks that threads held which do not exist there, and open files that are its parent's.

#[cfg(feature = "otlp")]
use std::fs::File;
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

/// Sets this flag in the next child that is forked, before `fork` returns there.
#[cfg(feature = "otlp")]
pub(in crate::engine) use system::set_in_child;

/// Closes a copy of a file in forked children, before `fork` returns there, as long as this value exists.
#[cfg(feature = "otlp")]
#[derive(Debug)]
pub(crate) struct ClosedInChild {
    _registered: Option<system::RegisteredFile>,
}

#[cfg(feature = "otlp")]
impl ClosedInChild {
    /// The file must stay open as long as the result exists.
    pub(crate) fn new(file: &File) -> Self {
        watch();
        Self { _registered: system::RegisteredFile::new(file) }
    }
}

#[cfg(unix)]
mod system {
    #[cfg(feature = "otlp")]
    use std::fs::File;
    use std::ptr::null_mut;
    use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr};

    use super::{GENERATION, Ordering};

    /// How many flags and files are known at a time. Those beyond are not set or closed.
    const MOST: usize = 8;
    /// What is set in a child.
    static FLAGS: [AtomicPtr<AtomicBool>; MOST] = [const { AtomicPtr::new(null_mut()) }; MOST];
    /// What is closed in a child.
    static FILES: [AtomicI32; MOST] = [const { AtomicI32::new(NO_FILE) }; MOST];
    const NO_FILE: i32 = -1;

    #[cfg(feature = "otlp")]
    pub(in crate::engine) fn set_in_child(flag: &'static AtomicBool) {
        let flag = std::ptr::from_ref(flag).cast_mut();
        let _ = FLAGS
            .iter()
            .any(|free| free.compare_exchange(null_mut(), flag, Ordering::AcqRel, Ordering::Relaxed).is_ok());
    }

    #[cfg(feature = "otlp")]
    #[derive(Debug)]
    pub(super) struct RegisteredFile(&'static AtomicI32);

    #[cfg(feature = "otlp")]
    impl RegisteredFile {
        pub(super) fn new(file: &File) -> Option<Self> {
            let number = std::os::fd::AsRawFd::as_raw_fd(file);
            let free = FILES.iter().find(|free| {
                free.compare_exchange(NO_FILE, number, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            });
            free.map(Self)
        }
    }

    #[cfg(feature = "otlp")]
    impl Drop for RegisteredFile {
        fn drop(&mut self) {
            self.0.store(NO_FILE, Ordering::Release);
        }
    }

    /// Runs in the new process before `fork` returns there. It may only do what is safe in a signal handler.
    #[expect(unsafe_code, reason = "a pointer that is in an atomic, and a C function")]
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        for flag in &FLAGS {
            let flag = flag.swap(null_mut(), Ordering::AcqRel);
            // SAFETY: it is null, or comes from a reference that is valid forever.
            if let Some(flag) = unsafe { flag.as_ref() } {
                flag.store(true, Ordering::SeqCst);
            }
        }
        for file in &FILES {
            let number = file.swap(NO_FILE, Ordering::AcqRel);
            if number != NO_FILE {
                // SAFETY: closing is allowed in a signal handler. The number is that of a file whose owner is a thread of the
                // parent, which does not exist here, so nobody uses or closes it again.
                unsafe { libc::close(number) };
            }
        }
    }

    #[expect(unsafe_code, reason = "a C function")]
    pub(in crate::engine) fn watch() {
        // SAFETY: the registered function exists as long as the program. If the system has no memory for it (the result is
        // not 0), forks go unnoticed.
        unsafe {
            libc::pthread_atfork(None, None, Some(in_child));
        }
    }
}

/// This system has no `fork`.
#[cfg(not(unix))]
mod system {
    #[cfg(feature = "otlp")]
    use std::{fs::File, sync::atomic::AtomicBool};

    pub(in crate::engine) fn watch() {}

    #[cfg(feature = "otlp")]
    pub(in crate::engine) fn set_in_child(_flag: &'static AtomicBool) {}

    #[cfg(feature = "otlp")]
    #[derive(Debug)]
    pub(super) struct RegisteredFile;

    #[cfg(feature = "otlp")]
    impl RegisteredFile {
        pub(super) fn new(_file: &File) -> Option<Self> {
            None
        }
    }
}
