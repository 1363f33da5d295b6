//! All values of a column as a batch found them.
//!
//! To save old values one by one costs each record a guess, is this the first touch of its value?, which is wrong where it is. Where a batch
//! changes much of a column it is less work to copy all of it, in the order of memory, and only to mark what is touched.

use super::column::for_each_bit;

pub(super) struct Copied<A> {
    on: bool,
    /// The last batch changed much of the column, so the next one begins with a copy.
    likely: bool,
    /// Empty where no value was live.
    values: Vec<A>,
    live: Vec<u64>,
}

impl<A> Copied<A> {
    /// The memory of values that is copied, 4 MiB. What is larger leaves the cache before it is used, and batches change parts of it.
    const LARGEST: usize = 4 << 20;

    pub const fn new() -> Self {
        Copied { on: false, likely: false, values: vec![], live: vec![] }
    }

    #[inline(always)]
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// At a first touch: copies the values if the batch changes much of them, as far as is known. Values that own memory are not copied.
    pub fn begins(&mut self, much: bool, values: &[A], live: &[u64]) -> bool
    where
        A: Clone,
    {
        if std::mem::needs_drop::<A>() || size_of_val(values) > Self::LARGEST {
            return false;
        }
        let empty = live.iter().all(|word| *word == 0);
        self.on = empty || much || self.likely;
        if self.on && !empty {
            self.values.extend_from_slice(values);
            self.live.extend_from_slice(live);
        }
        self.on
    }

    /// Puts back what was copied; values that have come since are initial ones.
    pub fn put_back(&mut self, values: &mut [A], live: &mut [u64], initial: impl Fn() -> A) {
        if !self.on {
            return;
        }
        for (word, bits) in live.iter_mut().enumerate() {
            let old = self.live.get(word).copied().unwrap_or(0);
            for_each_bit(word * 64, *bits & !old, |number| values[number as usize] = initial());
            *bits = old;
        }
        values.iter_mut().zip(self.values.drain(..)).for_each(|(value, old)| *value = old);
    }

    /// The batch is over. Is the next one likely to begin with a copy?
    pub fn end(&mut self, likely: bool) {
        self.on = false;
        self.likely = likely;
        self.values.clear();
        self.live.clear();
    }

    pub fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<A>() + self.live.capacity() * 8
    }
}
