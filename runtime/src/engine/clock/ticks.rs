//! A count that grows evenly and is the same on every thread.
//!
//! The processor's own counter where the system itself keeps time by it: it is read without a call.
//! Otherwise the nanoseconds of the system's monotonic clock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Whether the processor's counter is used. Decided once, before the first moment is taken.
static BY_COUNTER: AtomicBool = AtomicBool::new(false);

/// What the monotonic clock is counted from.
static BEGINNING: OnceLock<Instant> = OnceLock::new();

/// Chooses the clock, once for the process.
pub(crate) fn start() {
    BEGINNING.get_or_init(|| {
        BY_COUNTER.store(counter::is_reliable(), Ordering::Relaxed);
        Instant::now()
    });
}

#[inline]
pub(super) fn now() -> u64 {
    if BY_COUNTER.load(Ordering::Relaxed) { counter::read() } else { by_the_system() }
}

#[cold]
fn by_the_system() -> u64 {
    let beginning = BEGINNING.get_or_init(Instant::now);
    u64::try_from(beginning.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The time-stamp counter of x86-64, where Linux uses it: then the kernel has found it to be constant,
/// never stopping, and the same on all processors, and watches that it stays so.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod counter {
    pub(super) fn is_reliable() -> bool {
        const CLOCK: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
        std::fs::read_to_string(CLOCK).is_ok_and(|name| name.trim() == "tsc")
    }

    #[inline]
    #[expect(unsafe_code, reason = "there is no other way to read it")]
    pub(super) fn read() -> u64 {
        // SAFETY: every x86-64 processor has the instruction; it touches no memory. (A process
        // that has itself forbidden it by `PR_SET_TSC`, as some that replay programs do, is ended by the system here.)
        unsafe { core::arch::x86_64::_rdtsc() }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod counter {
    pub(super) const fn is_reliable() -> bool {
        false
    }

    pub(super) const fn read() -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_never_goes_backwards_from_thread_to_thread() {
        start();
        let mut last = now();
        for _ in 0..200 {
            let there = std::thread::spawn(now).join().expect("no panic");
            assert!(there >= last);
            last = now();
            assert!(last >= there);
        }
    }
}
