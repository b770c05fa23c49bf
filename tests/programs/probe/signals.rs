//! A signal handler that records spans, at any moment.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use spanwise::instrument;

use crate::paced::say_fields;
use crate::say;

static HANDLED: AtomicU64 = AtomicU64::new(0);
/// Whether the allocator keeps the handler away.
static IS_GUARDED: AtomicBool = AtomicBool::new(false);

/// The system's allocator, which no handler may interrupt and use. So only what Spanwise does is tested.
pub(crate) struct Guarded;

#[expect(unsafe_code, reason = "an allocator")]
// SAFETY: all of it is the system's allocator's.
unsafe impl GlobalAlloc for Guarded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for the system's.
        without_signals(|| unsafe { System.alloc(layout) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as for the system's.
        without_signals(|| unsafe { System.dealloc(pointer, layout) });
    }
}

#[expect(unsafe_code, reason = "functions of C")]
fn without_signals<T>(work: impl FnOnce() -> T) -> T {
    if !IS_GUARDED.load(Ordering::Relaxed) {
        return work();
    }
    let mut before = MaybeUninit::uninit();
    // SAFETY: the sets are initialized by these functions, which block a signal of this thread and allow it again.
    unsafe {
        let mut blocked = MaybeUninit::uninit();
        libc::sigemptyset(blocked.as_mut_ptr());
        libc::sigaddset(blocked.as_mut_ptr(), libc::SIGALRM);
        libc::pthread_sigmask(libc::SIG_BLOCK, blocked.as_ptr(), before.as_mut_ptr());
    }
    let done = work();
    // SAFETY: it was set above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    done
}

/// Blocks the signal on this thread, and on those that it starts.
#[expect(unsafe_code, reason = "functions of C")]
fn block(is_blocked: bool) {
    let how = if is_blocked { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK };
    let mut set = MaybeUninit::uninit();
    // SAFETY: the set is initialized by the first function.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGALRM);
        libc::pthread_sigmask(how, set.as_ptr(), std::ptr::null_mut());
    }
}

#[instrument]
fn handled() {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

#[instrument]
fn interrupted(levels: u32) {
    if levels > 0 {
        interrupted(levels - 1);
    }
}

extern "C" fn handler(_signal: libc::c_int) {
    handled();
}

/// Records spans while a signal comes every few microseconds, whose handler records spans.
#[expect(unsafe_code, reason = "functions of C")]
pub(crate) fn interrupt() -> Result<(), Box<dyn Error>> {
    block(true);
    let telemetry = spanwise::init()?;
    interrupted(3);
    let every = |microseconds| {
        let time = libc::timeval { tv_sec: 0, tv_usec: microseconds };
        let timer = libc::itimerval { it_interval: time, it_value: time };
        // SAFETY: it sets a timer of this process.
        unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) }
    };
    // Only this thread gets the signal: the exporter's threads have started with it blocked.
    IS_GUARDED.store(true, Ordering::Relaxed);
    // SAFETY: the handler does what is tested here.
    unsafe { libc::signal(libc::SIGALRM, handler as *const () as libc::sighandler_t) };
    block(false);
    every(20);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(1) {
        for _ in 0..100 {
            interrupted(3);
        }
        let _ = telemetry.force_flush_blocking();
    }
    every(0);
    say(format_args!("handled={}", HANDLED.load(Ordering::Relaxed)));
    let report = telemetry.shutdown_blocking()?;
    say(report);
    say_fields(&report);
    Ok(())
}
