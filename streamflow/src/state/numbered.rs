//! From keys to numbers, a block of records at a time.

use super::exchange::Entry;
use super::interner::{Interner, NONE};
use super::{Probe, StoredKey};

/// What keeps something by the numbers of its keys: a shard, or all of a lane together.
pub(crate) trait Numbered {
    type Key: StoredKey;

    fn keys(&self) -> &Interner<Self::Key>;
    fn keys_mut(&mut self) -> &mut Interner<Self::Key>;
    /// Brings what is kept for a number into the cache; the number may be none.
    fn touch(&self, number: u32);
}

/// The numbers of a block, where `of` says the shard of a hash: bring the lines into the cache, read numbers and bring keys and values, compare.
pub(crate) fn intern<H: Numbered, P: Probe<Owned = H::Key>, C>(
    shards: &mut [H],
    of: impl Fn(u64) -> usize,
    block: &[Entry<P, C>],
    numbers: &mut [u32],
) {
    guess(shards, &of, block, numbers);
    for (number, entry) in numbers.iter_mut().zip(block) {
        *number = confirm(shards[of(entry.hash)].keys_mut(), *number, entry.hash, &entry.key);
    }
}

/// The first steps alone: numbers that are probably right, for those who do not take each record.
pub(crate) fn guess<H: Numbered, P: Probe<Owned = H::Key>, C>(
    shards: &[H],
    of: impl Fn(u64) -> usize,
    block: &[Entry<P, C>],
    numbers: &mut [u32],
) {
    for entry in block {
        shards[of(entry.hash)].keys().touch(entry.hash);
    }
    for (number, entry) in numbers.iter_mut().zip(block) {
        let shard = &shards[of(entry.hash)];
        *number = shard.keys().guess(entry.hash);
        shard.touch(*number);
    }
}

/// The number of a key, given a guess.
#[inline(always)]
pub(crate) fn confirm<P: Probe>(keys: &mut Interner<P::Owned>, guess: u32, hash: u64, key: &P) -> u32 {
    if guess != NONE && keys.is(guess, key) { guess } else { keys.find_or_insert(hash, key) }
}
