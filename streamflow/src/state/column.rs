//! The values of one slot in one shard, by number.

use super::Fraction;
use super::copied::Copied;
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
    /// What all values were behind these first touches, where a batch changes much of them. From then on a record sets `touched` alone.
    copied: Copied<A>,
}

/// Has a batch that touched so many numbers of a column changed much of it? Fewer are better saved one by one.
fn is_much(touched: usize, numbers: usize) -> bool {
    touched >= 64 && touched * 8 >= numbers
}

impl<A> Column<A> {
    pub const fn new() -> Self {
        Column { values: vec![], live: vec![], touched: vec![], summary: vec![], undo: vec![], copied: Copied::new() }
    }

    /// Makes room for so many numbers.
    #[inline]
    pub fn fit(&mut self, numbers: usize, initial: impl Fn() -> A) {
        if self.values.len() < numbers {
            self.grow(numbers, &initial);
        }
    }

    #[cold]
    fn grow(&mut self, numbers: usize, initial: &dyn Fn() -> A) {
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

    /// As [`save`](Column::save), for folds: where a batch changes many values, all are copied at once and a record marks its own.
    /// [`folded`](Column::folded) follows before anybody looks.
    #[inline(always)]
    pub fn save_or_copy(&mut self, number: u32) -> &mut A
    where
        A: Clone,
    {
        let (word, bit) = (number as usize / 64, 1u64 << (number % 64));
        if self.copied.is_on() {
            self.touched[word] |= bit;
        } else if self.touched[word] & bit == 0 {
            self.keep_or_copy(number);
        }
        &mut self.values[number as usize]
    }

    /// Behind the records of a batch: what has been touched has a value.
    pub fn folded(&mut self) {
        if self.copied.is_on() {
            self.live.iter_mut().zip(&self.touched).for_each(|(live, touched)| *live |= touched);
        }
    }

    #[inline(never)]
    fn keep_or_copy(&mut self, number: u32)
    where
        A: Clone,
    {
        let first = self.undo.is_empty();
        let much = is_much(self.undo.len(), self.values.len());
        if (first || much) && self.copied.begins(much, &self.values, &self.live) {
            self.save_or_copy(number);
        } else {
            self.keep(number);
        }
    }

    /// Saves the value as [`save_or_copy`](Column::save_or_copy) does, but does not begin to copy, and takes a step with it; where the step gives
    /// nothing all is as it was before.
    pub fn attempt<R>(&mut self, number: u32, step: impl FnOnce(&mut A) -> Option<R>) -> Option<R>
    where
        A: Clone,
    {
        let (word, bit) = (number as usize / 64, 1u64 << (number % 64));
        let (touched, live) = (self.touched[word] & bit, self.live[word] & bit);
        let copied = self.copied.is_on();
        let value = if copied { self.save_or_copy(number) } else { self.save(number) };
        let before = value.clone();
        let result = step(value);
        if result.is_none() {
            self.values[number as usize] = before;
            self.touched[word] = self.touched[word] & !bit | touched;
            self.live[word] = self.live[word] & !bit | live;
            if touched == 0 && !copied {
                // what was touched first now is the last that was saved
                self.undo.pop();
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
    /// numbers (mark, and where values were copied).
    pub fn changed(&self, mut each: impl FnMut(u32)) {
        if self.copied.is_on() {
            let words = self.touched.iter().enumerate();
            return words.for_each(|(word, bits)| for_each_bit(word * 64, *bits, &mut each));
        }
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
        let any = |words: &[u64]| words.iter().any(|word| *word != 0);
        !self.undo.is_empty() || any(if self.copied.is_on() { &self.touched } else { &self.summary })
    }

    /// Makes the changes of the batch final.
    pub fn commit(&mut self) {
        let mut touched = self.undo.len();
        if self.copied.is_on() {
            touched = self.touched.iter().map(|word| word.count_ones() as usize).sum();
            self.touched.fill(0);
        }
        for (number, _) in self.undo.drain(..) {
            self.touched[number as usize / 64] = 0;
        }
        for (group, summary) in self.summary.iter_mut().enumerate() {
            for_each_bit(group * 64, std::mem::take(summary), |word| self.touched[word as usize] = 0);
        }
        self.copied.end(is_much(touched, self.values.len()));
    }

    /// Behind a commit: a number has no value any more.
    pub fn remove(&mut self, number: u32, initial: impl Fn() -> A) {
        self.live[number as usize / 64] &= !(1 << (number % 64));
        self.values[number as usize] = initial();
    }

    /// Takes the changes of the batch back: exact for values that were [saved](Column::save). Values that were only
    /// marked keep what was folded; their job has to stop.
    pub fn rollback(&mut self, initial: impl Fn() -> A) {
        self.folded();
        self.copied.put_back(&mut self.values, &mut self.live, &initial);
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
        self.folded();
        self.commit();
        for word in 0..self.live.len() {
            let bits = std::mem::take(&mut self.live[word]);
            for_each_bit(word * 64, bits, |number| self.values[number as usize] = initial());
        }
    }

    pub fn bytes(&self) -> usize {
        let words = self.live.capacity() + self.touched.capacity() + self.summary.capacity();
        let undo = self.undo.capacity() * size_of::<(u32, Option<A>)>() + self.copied.bytes();
        self.values.capacity() * size_of::<A>() + words * 8 + undo
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

    /// Batches that change few values or many of them, some with steps that fail, some taken back; what does not fit a copy is saved one by one.
    fn is_as_a_model<A: Clone + PartialEq + std::fmt::Debug>(make: impl Fn(u64) -> A, copies: bool) {
        let (mut column, mut model) = (Column::new(), std::collections::BTreeMap::new());
        let mut random = 7u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let mut copied = 0;
        for batch in 0..400u64 {
            let before = model.clone();
            // numbers come as keys do: a batch may bring new ones
            let numbers = 100 + batch * 5;
            let mut touched = std::collections::BTreeSet::new();
            for step in 0..[3, 60, 300, 3_000][next(4) as usize] {
                column.fit(numbers as usize, || make(0));
                let (number, value) = (next(numbers) as u32, make(batch * 10_000 + step));
                if next(10) > 0 {
                    *column.save_or_copy(number) = value.clone();
                } else if next(2) == 0 {
                    let fails = |old: &mut A| -> Option<()> {
                        *old = make(1);
                        None
                    };
                    assert!(column.attempt(number, fails).is_none());
                    continue;
                } else {
                    column.attempt(number, |old| Some(std::mem::replace(old, value.clone())));
                }
                model.insert(number, value);
                touched.insert(number);
            }
            column.folded();
            copied += u32::from(column.copied.is_on());
            let mut seen = vec![];
            column.changed(|number| seen.push(number));
            seen.sort_unstable();
            assert_eq!(seen, touched.into_iter().collect::<Vec<_>>());
            assert_eq!(column.is_touched(), !seen.is_empty());
            if next(3) == 0 {
                column.rollback(|| make(0));
                model = before;
            } else {
                column.commit();
            }
            assert!(!column.is_touched());
            for number in 0..numbers as u32 {
                let held = column.is_live(number).then(|| column.value(number).clone());
                assert_eq!(held, model.get(&number).cloned(), "{number} behind batch {batch}");
                assert!(held.is_some() || *column.value(number) == make(0), "{number} is no initial value");
            }
        }
        assert_eq!(copied > 100 && copied < 300, copies, "{copied} of 400 batches made a copy");
    }

    #[test]
    fn copies_are_taken_back_as_single_values_are() {
        is_as_a_model(|number| number, true);
        is_as_a_model(|number| number.to_string(), false);
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
