//! Memory of emptied vectors, kept from one batch to the next.
//!
//! The entries of an exchange borrow from their batch, so a vector of them cannot outlive it; its memory can. Without this each
//! batch grows its vectors from nothing: fresh memory costs about 0.65 CPU seconds a gigabyte.

#![allow(unsafe_code)]

use std::alloc::{Layout, dealloc};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Memory of vectors of elements of one size and alignment.
#[derive(Default)]
pub struct Spare {
    element: Option<Layout>,
    buffers: Vec<Buffer>,
}

struct Buffer {
    pointer: NonNull<u8>,
    /// In elements.
    capacity: usize,
}

// SAFETY: a buffer is memory without values, owned by the `Spare` alone.
unsafe impl Send for Spare {}

impl Spare {
    /// An empty vector, with the memory of an earlier one if there is some that fits.
    pub fn take<T>(&mut self) -> Vec<T> {
        if self.element != Some(Layout::new::<T>()) {
            return Vec::new();
        }
        let Some(Buffer { pointer, capacity }) = self.buffers.pop() else { return Vec::new() };
        // SAFETY: `give` took the memory from a `Vec` of elements of this size and alignment and with this capacity; it is
        // owned by nobody else since it has just been popped. The length is 0, so no value is assumed in it.
        unsafe { Vec::from_raw_parts(pointer.cast().as_ptr(), 0, capacity) }
    }

    /// Keeps the memory of a vector; its elements are dropped.
    pub fn give<T>(&mut self, mut vector: Vec<T>) {
        vector.clear();
        let layout = Layout::new::<T>();
        if layout.size() == 0 || vector.capacity() == 0 || *self.element.get_or_insert(layout) != layout {
            return;
        }
        let mut vector = ManuallyDrop::new(vector);
        let capacity = vector.capacity();
        if let Some(pointer) = NonNull::new(vector.as_mut_ptr().cast()) {
            self.buffers.push(Buffer { pointer, capacity });
        }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        let Some(element) = self.element else { return };
        for Buffer { pointer, capacity } in self.buffers.drain(..) {
            if let Ok(layout) = Layout::from_size_align(element.size() * capacity, element.align()) {
                // SAFETY: the memory came from a `Vec` with this capacity and element layout, and is owned here.
                unsafe { dealloc(pointer.as_ptr(), layout) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_empty_and_for_the_same_layout_only() {
        let mut spare = Spare::default();
        let text = "a text that is dropped with its vector".to_owned();
        let vector = vec![Some(text), None];
        let (pointer, capacity) = (vector.as_ptr() as usize, vector.capacity());
        spare.give(vector);
        assert_eq!(spare.take::<u8>().capacity(), 0, "another layout");
        let again: Vec<Option<&str>> = spare.take();
        assert_eq!(again.capacity(), 0, "sixteen bytes, not twenty-four");
        let mut again: Vec<Option<String>> = spare.take();
        assert!(again.is_empty());
        assert_eq!((again.as_ptr() as usize, again.capacity()), (pointer, capacity));
        again.extend((0..100).map(|n| Some(n.to_string())));
        spare.give(again);
        assert!(spare.take::<Option<String>>().capacity() >= 100);
        assert_eq!(spare.take::<Option<String>>().capacity(), 0, "each buffer is given once");
    }

    #[test]
    fn elements_without_size_and_empty_vectors_are_left_alone() {
        let mut spare = Spare::default();
        spare.give(vec![(), ()]);
        spare.give(Vec::<u64>::new());
        assert_eq!(spare.take::<u64>().capacity(), 0);
        spare.give(vec![1u64]);
        drop(spare);
    }
}
