//! Memory that is asked for before it is needed.

#![allow(unsafe_code)]

/// Asks the processor to bring an address into its cache.
#[inline(always)]
pub(crate) fn prefetch<T>(pointer: *const T) {
    // SAFETY: a prefetch never faults, whatever the address.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::x86_64::_mm_prefetch(pointer.cast(), core::arch::x86_64::_MM_HINT_T0);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = pointer;
}
