//! The latest value of each key, as tables keep it: with what it was before the batch.

use crate::prefetch::prefetch;
use crate::state::Fraction;
use crate::state::column::for_each_bit;

/// The values of one side of a table, by number.
pub(crate) struct Latest<V> {
    values: Vec<Option<V>>,
    /// First changes of the batch in order, with the value before it. It is moved here, not copied.
    undo: Vec<(u32, Option<V>)>,
    /// Where a number that the batch has changed stands in `undo`.
    places: Vec<u32>,
    /// One bit a number: has the batch changed it?
    touched: Vec<u64>,
    /// One bit a number: is there a value?
    live: Vec<u64>,
}

impl<V> Latest<V> {
    pub const fn new() -> Self {
        Latest { values: vec![], undo: vec![], places: vec![], touched: vec![], live: vec![] }
    }

    /// Brings the value of a number into the cache.
    #[inline(always)]
    pub fn touch(&self, number: u32) {
        prefetch(self.values.as_ptr().wrapping_add(number as usize));
    }

    pub fn set(&mut self, number: u32, value: Option<V>) {
        let place = number as usize;
        if self.values.len() <= place {
            self.values.resize_with((place + 1).next_power_of_two(), || None);
            self.places.resize(self.values.len(), 0);
            self.touched.resize(self.values.len().div_ceil(64), 0);
            self.live.resize(self.values.len().div_ceil(64), 0);
        }
        let old = std::mem::replace(&mut self.values[place], value);
        let (word, bit) = (place / 64, 1 << (place % 64));
        if self.touched[word] & bit == 0 {
            self.touched[word] |= bit;
            self.places[place] = self.undo.len() as u32;
            self.undo.push((number, old));
        }
    }

    pub fn get(&self, number: u32) -> Option<&V> {
        self.values.get(number as usize)?.as_ref()
    }

    fn change(&self, number: u32) -> Option<&(u32, Option<V>)> {
        let touched = self.touched.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1);
        self.undo.get(*self.places.get(number as usize)? as usize).filter(|_| touched)
    }

    /// The value before the batch.
    pub fn before(&self, number: u32) -> Option<&V> {
        self.change(number).map_or_else(|| self.get(number), |(_, old)| old.as_ref())
    }

    /// Whether the batch has changed it; from nothing to nothing is no change.
    pub fn has_changed(&self, number: u32) -> bool {
        self.change(number).is_some_and(|(_, old)| old.is_some() || self.get(number).is_some())
    }

    /// The numbers that the batch has changed, in order of the first change.
    pub fn changes(&self) -> impl Iterator<Item = u32> {
        self.undo.iter().map(|(number, _)| *number).filter(|number| self.has_changed(*number))
    }

    /// What a checkpoint keeps: all values of a fraction, or what the batch has changed, `None` where a value has gone.
    pub fn to_save(&self, all: bool, shard: usize, fraction: Fraction) -> Vec<(u32, &Option<V>)> {
        let value = |number: u32| (number, &self.values[number as usize]);
        if !all {
            return self.changes().map(value).collect();
        }
        let mut values = vec![];
        for (word, bits) in fraction.words(shard, &self.live) {
            for_each_bit(word * 64, bits, |number| values.push(value(number)));
        }
        values
    }

    pub fn live(&self) -> &[u64] {
        &self.live
    }

    /// Makes the batch final. True if a value has gone.
    pub fn commit(&mut self) -> bool {
        let mut gone = false;
        for (number, _) in self.undo.drain(..) {
            let (word, bit) = (number as usize / 64, 1 << (number % 64));
            self.touched[word] &= !bit;
            if self.values[number as usize].is_some() {
                self.live[word] |= bit;
            } else {
                self.live[word] &= !bit;
                gone = true;
            }
        }
        gone
    }

    pub fn rollback(&mut self) {
        for (number, old) in self.undo.drain(..) {
            self.touched[number as usize / 64] &= !(1 << (number % 64));
            self.values[number as usize] = old;
        }
    }

    pub fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<Option<V>>()
            + self.undo.capacity() * size_of::<(u32, Option<V>)>()
            + (self.touched.capacity() + self.live.capacity()) * 8
            + self.places.capacity() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_final_or_leaves_nothing() {
        let mut latest = Latest::new();
        latest.set(3, Some("a"));
        latest.set(3, Some("b"));
        latest.set(4, None);
        assert_eq!(latest.changes().collect::<Vec<_>>(), [3]);
        assert_eq!((latest.before(3), latest.get(3)), (None, Some(&"b")));
        latest.commit();
        latest.set(3, None);
        assert_eq!(latest.before(3), Some(&"b"));
        latest.set(70, Some("c"));
        latest.rollback();
        assert_eq!((latest.get(3), latest.get(70), latest.has_changed(3)), (Some(&"b"), None, false));
        latest.set(3, None);
        assert!(latest.commit(), "a value has gone");
        assert_eq!(latest.live(), [0, 0]);
    }
}
