//! `sample`: some records of a group, each with the same chance.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::Aggregate;
use crate::State;
use std::marker::PhantomData;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// Keeps a random sample of `n` records: each record of the group is in it with the same chance.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut samples = Vec::new();
    /// stream! {
    ///     source::vec((0..1000).collect::<Vec<i32>>())
    ///         -> sample(3, seed = 7)
    ///         -> &mut samples
    /// }
    /// .run()?;
    /// assert_eq!(samples[0].len(), 3);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** records that own what they hold, since state outlives the batch. Groups of up to `n` records are kept whole. The value is a `Vec`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** `n` records and a number a key; a row clones them. In sliding windows each window has a sample of its own.
    ///
    /// **Order:** which records are kept follows from the seed (0 unless given) and the place of each record in its group, so the same input gives the same sample, on any number of threads. Where several partitions meet in a group, the place depends on which of them the batches took first. A sample is in no particular order. **Failure:** none of its own.
    ///
    /// **Related:** [`collect`](Flow::collect), [`top`](Flow::top). Spark: `takeSample`.
    pub fn sample<'s>(
        self,
        count: &usize,
    ) -> (Asked<Sample<T>, T>, Flow<Shape::Row<'s, Vec<T>>, Shape::After, Shape::Time>) {
        (Asked::new(Sample { count: *count, seed: 0, item: PhantomData }), Flow::NEW)
    }
}

/// How many, and by which seed.
pub struct Sample<T> {
    count: usize,
    seed: u64,
    item: PhantomData<fn(T)>,
}

impl<T> Sample<T> {
    /// The option `seed = 7`.
    #[must_use]
    pub fn seed(self, seed: &u64) -> Self {
        Sample { seed: *seed, ..self }
    }

    /// Where the record with this number goes: each place up to its own has the same chance.
    fn place(&self, number: u64) -> u64 {
        // the generator SplitMix64, at the step of this number
        let bits = self.seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(bits ^ (bits >> 31)) * u128::from(number)) >> 64) as u64
    }
}

/// The records that are kept, and how many there were.
#[derive(Clone, State)]
pub struct Reservoir<T> {
    kept: Vec<T>,
    seen: u64,
}

impl<T: State> Aggregate<T> for Sample<T> {
    type Carry = T;
    type Acc = Reservoir<T>;
    type Out = Vec<T>;
    const UNDO: bool = false;
    const COMBINES: bool = false;
    const MERGES: bool = false;

    fn initial(&self) -> Reservoir<T> {
        Reservoir { kept: Vec::new(), seen: 0 }
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> T {
        item
    }
    fn step(&self, accumulator: &mut Reservoir<T>, carry: T) {
        accumulator.seen += 1;
        if accumulator.kept.len() < self.count {
            accumulator.kept.push(carry);
        } else if let Ok(place) = usize::try_from(self.place(accumulator.seen))
            && let Some(kept) = accumulator.kept.get_mut(place)
        {
            *kept = carry;
        }
    }
    fn output(&self, accumulator: &Reservoir<T>) -> Vec<T> {
        accumulator.kept.clone()
    }
    fn copy(&self, carry: &T) -> T {
        carry.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(count: usize, seed: u64, of: u32) -> Vec<u32> {
        let sample = Sample { count, seed, item: PhantomData };
        let mut reservoir = sample.initial();
        (0..of).for_each(|record| sample.step(&mut reservoir, record));
        sample.output(&reservoir)
    }

    #[test]
    fn groups_that_fit_are_kept_whole() {
        assert_eq!(sample(5, 1, 3), [0, 1, 2]);
        assert_eq!(sample(0, 1, 3), [0; 0]);
    }

    #[test]
    fn each_record_has_the_same_chance() {
        let mut kept = [0u32; 20];
        for seed in 0..4000 {
            sample(5, seed * 0x1234_5678_9abc, 20).into_iter().for_each(|record| kept[record as usize] += 1);
        }
        // 1000 each; the standard deviation is 27
        assert!(kept.iter().all(|count| (870..1130).contains(count)), "{kept:?}");
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(sample(5, 1, 1000), sample(5, 1, 1000));
        assert_ne!(sample(5, 1, 1000), sample(5, 2, 1000));
    }
}
