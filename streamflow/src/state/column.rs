//! The values of one slot in one shard, by number.

use super::Fraction;
use crate::prefetch::prefetch;

/// Values by number, with what the batch has touched.
///
/// `touched` is one bit a key: 10 M keys are 1.25 MB, which stays in the second-level cache where a column of
/// epoch stamps (40 MB) would be one more miss a record. One bit of `summary` stands for a word of `touched`.
pub(crate) struct Column<A> {
    values: Vec<A>,
    /// Has a value. A value that is not live is the initial one.
    live: Vec<u64>,
    touched: Vec<u64>,
    summary: Vec<u64>,
    /// First touches in order, with the old value if there was one. Empty for columns that only mark.
    undo: Vec<(u32, Option<A>)>,
}

impl<A> Column<A> {
    pub const fn new() -> Self {
        Column { values: vec![], live: vec![], touched: vec![], summary: vec![], undo: vec![] }
    }

    /// Makes room for so many numbers.
    #[inline]
    pub fn fit(&mut self, numbers: usize, initial: impl Fn() -> A) {
        if self.values.len() < numbers {
            self.grow(numbers, initial);
        }
    }

    #[cold]
    fn grow(&mut self, numbers: usize, initial: impl Fn() -> A) {
        let room = numbers.next_power_of_two();
        self.values.resize_with(room, initial);
        self.live.resize(room.div_ceil(64), 0);
        self.touched.resize(room.div_ceil(64), 0);
        self.summary.resize(room.div_ceil(64 * 64), 0);
    }

    #[inline(always)]
    pub fn touch(&self, number: u32) {
        prefetch(self.values.as_ptr().wrapping_add(number as usize));
    }

    /// The value, marked as changed. For steps that cannot fail.
    #[inline(always)]
    pub fn mark(&mut self, number: u32) -> &mut A {
        let (word, bit) = (number as usize / 64, 1u64 << (number % 64));
        self.live[word] |= bit;
        self.touched[word] |= bit;
        self.summary[word / 64] |= 1 << (word % 64);
        &mut self.values[number as usize]
    }

    /// The value, its old one saved at the first touch of the batch. For steps that may panic.
    #[inline(always)]
    pub fn save(&mut self, number: u32) -> &mut A
    where
        A: Clone,
    {
        let (word, bit) = (number as usize / 64, 1u64 << (number % 64));
        if self.touched[word] & bit == 0 {
            self.keep(number);
        }
        &mut self.values[number as usize]
    }

    /// Saves a value at its first touch. A function of its own, so that the loops over records have their registers to themselves.
    #[inline(never)]
    fn keep(&mut self, number: u32)
    where
        A: Clone,
    {
        let (word, bit) = (number as usize / 64, 1u64 << (number % 64));
        let old = (self.live[word] & bit != 0).then(|| self.values[number as usize].clone());
        self.undo.push((number, old));
        self.touched[word] |= bit;
        self.live[word] |= bit;
    }

    /// Saves the value as [`save`](Column::save) does and takes a step with it; where the step gives nothing all is as it was before.
    pub fn attempt<R>(&mut self, number: u32, step: impl FnOnce(&mut A) -> Option<R>) -> Option<R>
    where
        A: Clone,
    {
        let (word, bit) = (number as usize / 64, 1u64 << (number % 64));
        let first = self.touched[word] & bit == 0;
        let value = self.save(number);
        let before = value.clone();
        let result = step(value);
        if result.is_none() {
            self.values[number as usize] = before;
            // what was touched first now is the last that was saved
            let saved = if first { self.undo.pop() } else { None };
            if let Some((_, old)) = saved {
                self.touched[word] &= !bit;
                if old.is_none() {
                    self.live[word] &= !bit;
                }
            }
        }
        result
    }

    /// Sets a value that is final at once: it comes out of a checkpoint.
    pub fn restore(&mut self, number: u32, value: A) {
        self.live[number as usize / 64] |= 1 << (number % 64);
        self.values[number as usize] = value;
    }

    /// Calls `each` with every number that has a value.
    pub fn each_live(&self, mut each: impl FnMut(u32)) {
        self.live.iter().enumerate().for_each(|(word, bits)| for_each_bit(word * 64, *bits, &mut each));
    }

    /// The numbers to save: all that have a value, or those that the batch has touched.
    pub fn numbers(&self, all: bool) -> Vec<u32> {
        let mut numbers = vec![];
        if all {
            self.each_live(|number| numbers.push(number));
        } else {
            self.changed(|number| numbers.push(number));
        }
        numbers
    }

    /// As [`numbers`](Self::numbers); of all that have a value those of a fraction.
    pub fn numbers_in(&self, all: bool, shard: usize, fraction: Fraction) -> Vec<u32> {
        if !all {
            return self.numbers(false);
        }
        let mut numbers = vec![];
        for (word, bits) in fraction.words(shard, &self.live) {
            for_each_bit(word * 64, bits, |number| numbers.push(number));
        }
        numbers
    }

    /// The value of a number that is live.
    #[inline(always)]
    pub fn value(&self, number: u32) -> &A {
        &self.values[number as usize]
    }

    #[inline(always)]
    pub fn is_live(&self, number: u32) -> bool {
        self.live.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub fn live(&self) -> &[u64] {
        &self.live
    }

    /// Calls `each` with every number that the batch has touched: in order of first touch (undo) or of the
    /// numbers (mark).
    pub fn changed(&self, mut each: impl FnMut(u32)) {
        if !self.undo.is_empty() {
            return self.undo.iter().for_each(|(number, _)| each(*number));
        }
        for (group, summary) in self.summary.iter().enumerate() {
            for_each_bit(group * 64, *summary, |word| {
                for_each_bit(word as usize * 64, self.touched[word as usize], &mut each);
            });
        }
    }

    /// The numbers that the batch has touched, a bit each.
    pub fn touched(&self) -> &[u64] {
        &self.touched
    }

    /// Has the batch touched any?
    pub fn is_touched(&self) -> bool {
        !self.undo.is_empty() || self.summary.iter().any(|word| *word != 0)
    }

    /// Makes the changes of the batch final.
    pub fn commit(&mut self) {
        for (number, _) in self.undo.drain(..) {
            self.touched[number as usize / 64] = 0;
        }
        for (group, summary) in self.summary.iter_mut().enumerate() {
            for_each_bit(group * 64, std::mem::take(summary), |word| self.touched[word as usize] = 0);
        }
    }

    /// Behind a commit: a number has no value any more.
    pub fn remove(&mut self, number: u32, initial: impl Fn() -> A) {
        self.live[number as usize / 64] &= !(1 << (number % 64));
        self.values[number as usize] = initial();
    }

    /// Takes the changes of the batch back: exact for values that were [saved](Column::save). Values that were only
    /// marked keep what was folded; their job has to stop.
    pub fn rollback(&mut self, initial: impl Fn() -> A) {
        for (number, old) in self.undo.drain(..).rev() {
            let (word, bit) = (number as usize / 64, 1u64 << (number % 64));
            self.touched[word] &= !bit;
            if old.is_none() {
                self.live[word] &= !bit;
            }
            self.values[number as usize] = old.unwrap_or_else(&initial);
        }
        self.commit();
    }

    /// Empties the column for another use, keeping its memory.
    pub fn reset(&mut self, initial: impl Fn() -> A) {
        self.commit();
        for word in 0..self.live.len() {
            let bits = std::mem::take(&mut self.live[word]);
            for_each_bit(word * 64, bits, |number| self.values[number as usize] = initial());
        }
    }

    pub fn bytes(&self) -> usize {
        let words = self.live.capacity() + self.touched.capacity() + self.summary.capacity();
        self.values.capacity() * size_of::<A>() + words * 8 + self.undo.capacity() * size_of::<(u32, Option<A>)>()
    }
}

impl<V> Column<Option<V>> {
    /// Calls `each` with every number that was [saved](Column::save) in the batch, its old value and its new one, and makes the
    /// changes final: a number without a value is not live any more.
    pub fn settle(&mut self, mut each: impl FnMut(u32, Option<&V>, Option<&V>)) {
        for (number, old) in self.undo.drain(..) {
            let (word, bit) = (number as usize / 64, 1u64 << (number % 64));
            let new = self.values[number as usize].as_ref();
            each(number, old.as_ref().and_then(Option::as_ref), new);
            self.touched[word] &= !bit;
            if new.is_none() {
                self.live[word] &= !bit;
            }
        }
    }
}

/// Calls `each` with `base + i` for every bit `i` that is set.
#[inline(always)]
pub(crate) fn for_each_bit(base: usize, mut bits: u64, mut each: impl FnMut(u32)) {
    while bits != 0 {
        each(base as u32 + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(column: &Column<u64>) -> Vec<u32> {
        let mut numbers = vec![];
        column.changed(|number| numbers.push(number));
        numbers
    }

    #[test]
    fn undo_restores_values_and_life() {
        let mut column = Column::new();
        column.fit(5, || 0u64);
        *column.save(3) += 7;
        column.commit();
        *column.save(3) += 1;
        *column.save(0) += 1;
        *column.save(3) += 1;
        assert_eq!(changed(&column), [3, 0]);
        column.rollback(|| 0);
        assert_eq!((*column.value(3), *column.value(0)), (7, 0));
        assert!(column.is_live(3) && !column.is_live(0));
        assert!(changed(&column).is_empty());
        *column.save(3) += 1;
        assert_eq!(changed(&column), [3], "first touch is seen again after a rollback");
    }

    #[test]
    fn a_step_that_gives_nothing_was_not_taken() {
        let mut column = Column::new();
        column.fit(5, || 0u64);
        *column.save(3) += 7;
        column.commit();
        let fails = |value: &mut u64| -> Option<()> {
            *value = 99;
            None
        };
        assert!(column.attempt(3, fails).is_none() && column.attempt(0, fails).is_none());
        assert!(changed(&column).is_empty() && column.is_live(3) && !column.is_live(0));
        assert_eq!((*column.value(3), *column.value(0)), (7, 0));
        assert_eq!(
            column.attempt(3, |value| {
                *value += 1;
                Some(*value)
            }),
            Some(8)
        );
        assert!(column.attempt(3, fails).is_none());
        assert_eq!((*column.value(3), changed(&column)), (8, vec![3]), "a change before it stands");
        column.rollback(|| 0);
        assert_eq!(*column.value(3), 7);
    }

    #[test]
    fn marks_list_what_changed_until_the_commit() {
        let mut column = Column::new();
        column.fit(10_000, || 0u64);
        for number in [9_999, 64, 4_096, 64, 0] {
            *column.mark(number) += 1;
        }
        assert_eq!(changed(&column), [0, 64, 4_096, 9_999]);
        column.commit();
        assert!(changed(&column).is_empty());
        assert_eq!(*column.value(64), 2);
        column.reset(|| 0);
        assert_eq!(*column.value(64), 0);
        assert!(!column.is_live(64));
    }
}
