//! Asking the processor for memory that will be written soon.
//!
//! What is written into a chunk was read by the exporter's thread before, so that it is in another
//! processor's cache. Fetched when it is needed, it would be waited for: a span ends with a lock given back,
//! and that waits until all that was written has arrived.

/// How far ahead of the next element memory is asked for, in bytes: that much is written until it is here.
const AHEAD: usize = 192;

/// Asks for what comes after an element of a slice.
#[inline]
pub(in crate::engine) fn after<T>(element: &mut T) {
    ask(std::ptr::from_mut(element).wrapping_add(1).cast());
}

/// Asks for what comes after a slice.
#[inline]
pub(in crate::engine) fn after_last<T>(slice: &mut [T]) {
    ask(slice.as_mut_ptr_range().end.cast());
}

#[inline]
fn ask(from: *const u8) {
    processor::prefetch(from.wrapping_add(AHEAD));
    processor::prefetch(from.wrapping_add(AHEAD + 64));
}

#[cfg(target_arch = "x86_64")]
mod processor {
    /// `PREFETCHW`: for writing, so that it is taken away from the other processor at once. The intrinsic
    /// makes it a prefetch for reading, which leaves the longer part of the way.
    #[inline]
    #[expect(unsafe_code, reason = "there is no other way to ask")]
    pub(in crate::engine) fn prefetch(address: *const u8) {
        // SAFETY: a hint, for any address: one that there is no memory at is passed over. Processors of
        // this architecture that do not know it take it for a no-op.
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
