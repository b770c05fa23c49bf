//! Prefetches the memory that will be written next.
//!
//! The exporter's thread has read a reused chunk, so its memory is in another processor's cache. Without a prefetch the
//! write would stall: ending a span releases a lock, which waits until everything that was written has arrived.

/// How far ahead to prefetch, in bytes: as much as is written until the memory has arrived.
const DISTANCE: usize = 192;

/// Prefetches what comes after an element of a slice.
#[inline]
pub(in crate::engine) fn after<T>(element: &mut T) {
    prefetch_from(std::ptr::from_mut(element).wrapping_add(1).cast());
}

/// Prefetches what comes after a slice.
#[inline]
pub(in crate::engine) fn after_last<T>(slice: &mut [T]) {
    prefetch_from(slice.as_mut_ptr_range().end.cast());
}

#[inline]
fn prefetch_from(from: *const u8) {
    processor::prefetch(from.wrapping_add(DISTANCE));
    processor::prefetch(from.wrapping_add(DISTANCE + 64));
}

#[cfg(target_arch = "x86_64")]
mod processor {
    /// `PREFETCHW`, which takes the memory away from the other processor at once. The intrinsic only prefetches for reading.
    #[inline]
    #[expect(unsafe_code, reason = "no intrinsic emits PREFETCHW")]
    pub(in crate::engine) fn prefetch(address: *const u8) {
        // SAFETY: it is a hint that may have any address; an invalid one is ignored. Processors of this architecture
        // without the instruction treat it as a no-op.
        unsafe {
            core::arch::asm!("prefetchw [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod processor {
    #[inline]
    pub(in crate::engine) fn prefetch(_address: *const u8) {}
}
