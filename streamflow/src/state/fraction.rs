//! A fraction of a state: what a snapshot takes in one go.

/// One of so many parts of about the same size. A key is in the part of its number, so those that come while a snapshot is taken move none
/// from one part to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fraction {
    number: usize,
    of: usize,
}

impl Fraction {
    pub const ALL: Fraction = Fraction { number: 0, of: 1 };

    /// All of so many, in their order.
    pub fn each(of: usize) -> impl DoubleEndedIterator<Item = Fraction> {
        (0..of).map(move |number| Fraction { number, of })
    }

    /// Is this the last one? What holds for all keys is saved with it, behind their rows.
    pub fn is_last(self) -> bool {
        self.number + 1 == self.of
    }

    /// Of the words of a set of bits, which stand for 64 numbers each, those that are in it. Shards begin at parts that lie evenly, so
    /// that many of them with a few words each are not all in the first.
    pub fn words<'w>(self, shard: usize, words: &'w [u64]) -> impl Iterator<Item = (usize, u64)> + use<'w> {
        // multiples of the golden ratio
        let turned = (shard as u32).wrapping_mul(0x9e37_79b9);
        let first = (self.number + ((u64::from(turned) * self.of as u64) >> 32) as usize) % self.of;
        (first..words.len()).step_by(self.of).map(|word| (word, words[word]))
    }
}

#[cfg(test)]
mod tests {
    use super::Fraction;

    /// The words of some shards of one length that each part has.
    fn words(of: usize, shards: usize, length: usize) -> Vec<Vec<(usize, usize)>> {
        let words = vec![0; length];
        let in_part = |part: Fraction| {
            (0..shards).flat_map(|shard| part.words(shard, &words).map(move |(word, _)| (shard, word))).collect()
        };
        Fraction::each(of).map(in_part).collect()
    }

    #[test]
    fn each_word_is_in_one_part() {
        for (of, shards, length) in [(1, 1, 0), (1, 4, 9), (7, 1, 100), (7, 64, 3), (100, 64, 5), (64, 8, 64)] {
            let mut all = words(of, shards, length).concat();
            all.sort_unstable();
            let expected: Vec<_> = (0..shards).flat_map(|shard| (0..length).map(move |word| (shard, word))).collect();
            assert_eq!(all, expected, "{of} parts of {shards} shards of {length} words");
        }
    }

    #[test]
    fn parts_are_of_one_size_about() {
        for (of, shards, length) in [(7, 1, 100), (100, 64, 50), (50, 64, 10), (64, 8, 64)] {
            let sizes: Vec<_> = words(of, shards, length).iter().map(Vec::len).collect();
            let (least, most) = (sizes.iter().min(), sizes.iter().max());
            assert!(most <= least.map(|least| 2 * least + 1).as_ref(), "{of} of {shards} shards: {sizes:?}");
        }
    }

    #[test]
    fn the_last_part_is_the_last() {
        assert_eq!(Fraction::each(3).map(Fraction::is_last).collect::<Vec<_>>(), [false, false, true]);
        assert!(Fraction::ALL.is_last());
    }
}
