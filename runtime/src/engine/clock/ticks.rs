//! A monotonic count, the same on every thread.
//!
//! It is the processor's own counter, which is read without a system call, if the system itself keeps time by it.
//! Otherwise it is the system's monotonic clock, in nanoseconds.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Whether the processor's counter is used. Decided once, before the first moment is taken.
static BY_COUNTER: AtomicBool = AtomicBool::new(false);

/// Where the count of the monotonic clock starts.
static ORIGIN: OnceLock<Instant> = OnceLock::new();

/// Chooses the clock, once for the process.
pub(in crate::engine) fn start() {
    ORIGIN.get_or_init(|| {
        BY_COUNTER.store(counter::is_reliable(), Ordering::Relaxed);
        Instant::now()
    });
}

#[inline]
pub(in crate::engine) fn now() -> u64 {
    if BY_COUNTER.load(Ordering::Relaxed) { counter::read() } else { from_system_clock() }
}

#[cold]
fn from_system_clock() -> u64 {
    let origin = ORIGIN.get_or_init(Instant::now);
    u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The time-stamp counter of x86-64, if Linux itself uses it. Then the kernel has found that it has a constant rate, never
/// stops and is the same on all processors, and keeps checking that.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod counter {
    pub(super) fn is_reliable() -> bool {
        const CLOCK: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
        std::fs::read_to_string(CLOCK).is_ok_and(|name| name.trim() == "tsc")
    }

    #[inline]
    #[expect(unsafe_code, reason = "the counter is read by an intrinsic")]
    pub(super) fn read() -> u64 {
        // SAFETY: every x86-64 processor has the instruction, and it touches no memory. (In a process that has forbidden it
        // by `PR_SET_TSC`, as some replay debuggers do, the system ends the process here.)
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
    fn the_count_never_goes_backwards_across_threads() {
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
