//! How much memory a call needs at most: the allocator of the system, which counts for each thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    /// Bytes in use; what other threads have reserved may be given back here, so it can be less than nothing.
    static USED: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn reserved(bytes: usize) {
    let used = USED.get() + bytes as isize;
    USED.set(used);
    MOST.set(MOST.get().max(used));
}

fn given_back(bytes: usize) {
    USED.set(USED.get() - bytes as isize);
}

// SAFETY: every call is passed on as it is to the allocator of the system; the counters are constants of the thread without a
// destructor, so that counting reserves nothing and touches no memory that the allocator manages.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        reserved(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is that of the allocator below.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        reserved(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        given_back(layout.size());
        // SAFETY: the pointer comes from one of these, so from the allocator below, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        given_back(layout.size());
        reserved(size);
        // SAFETY: as in `dealloc`; the caller vouches for the size.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What the call gives, and the most bytes that it had in use at once.
pub fn most<R>(run: impl FnOnce() -> R) -> (R, usize) {
    let before = USED.get();
    MOST.set(before);
    let result = run();
    (result, usize::try_from(MOST.get() - before).unwrap_or(0))
}

#[test]
fn memory_is_counted() {
    let (kept, most) = most(|| {
        drop(vec![0u8; 50_000]);
        vec![1u8; 10_000]
    });
    assert!(kept.len() == 10_000 && (50_000..60_000).contains(&most), "{most}");
}
