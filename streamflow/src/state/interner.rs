//! The keys of one shard, or of all shards of a lane: from key to dense number. Numbers are stable for the life of a key and
//! reused after it.

use super::column::for_each_bit;
use super::index::{Line, Lines, tag};
use super::{Fraction, Probe, StoredKey};
use crate::prefetch::prefetch;

/// Records that are taken through the stages together: enough to overlap their cache misses, small enough
/// to stay in the first-level cache.
pub(crate) const BLOCK: usize = 256;

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

/// How full a line may be on average: 9 of 12 places.
const FILL: usize = 9;

pub(crate) struct Interner<O> {
    index: Index,
    /// Keys that are alive.
    used: usize,
    /// By number. Keys of free numbers stay until the number is given out again.
    keys: Vec<O>,
    /// One bit a number: is it given out?
    alive: Vec<u64>,
    free: Vec<u32>,
    /// Freed since the last commit. Not reused before it: a rollback must find them untouched.
    freed: Vec<u32>,
    /// Numbers given out since the last commit.
    born: Vec<u32>,
    seed: u64,
}

/// From hash to number.
///
/// One table for all shards of a lane: a table a shard would grow in smaller steps, but all of them in the same batch, since keys are spread
/// evenly, and finding the table costs each record more than finding its line.
struct Index {
    lines: Lines,
    /// Lines whose spill flag is set. Flags stay when keys go, so that keys that come and go would leave nothing but flags.
    spilled: usize,
    /// How many there were when the lines were fresh: those that living keys need.
    spilled_fresh: usize,
}

impl Index {
    fn new() -> Self {
        Index { lines: Lines::new(1), spilled: 0, spilled_fresh: 0 }
    }

    fn place(&mut self, hash: u64, number: u32) {
        let mut at = hash;
        loop {
            let line = self.lines.at_mut(at);
            if line.put(tag(hash), number) {
                return;
            }
            self.spilled += usize::from(!line.spilled());
            line.spill();
            at = at.wrapping_add(1);
        }
    }

    #[inline(always)]
    fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = hash;
        for _ in 0..self.lines.len() {
            let line = self.lines.at(at);
            let mut hits = line.hits(tag(hash));
            while hits != 0 {
                let number = line.number(hits.trailing_zeros());
                if is(number) {
                    return Some(number);
                }
                hits &= hits - 1;
            }
            if !line.spilled() {
                return None;
            }
            at = at.wrapping_add(1);
        }
        None
    }

    /// Clears the tag of a number; the spill flag stays until the next growth.
    fn clear(&mut self, hash: u64, number: u32) {
        let mut at = hash;
        while !self.lines.at_mut(at).clear(number) {
            at = at.wrapping_add(1);
        }
    }

    /// So many fresh lines, with what it holds. Keys are asked for a block ahead: each of them is a miss of its own. Lines are not: those
    /// of one old line go to one place, or to two in a table of twice the size.
    fn rebuild<O: StoredKey>(&mut self, lines: usize, keys: &[O], seed: u64) {
        let old = std::mem::replace(&mut self.lines, Lines::new(lines));
        self.spilled = 0;
        let mut numbers = old.iter().flat_map(Line::all);
        let mut block = [0u32; BLOCK];
        loop {
            let mut taken = 0;
            for (place, number) in block.iter_mut().zip(numbers.by_ref()) {
                prefetch(keys.as_ptr().wrapping_add(number as usize));
                *place = number;
                taken += 1;
            }
            for number in &block[..taken] {
                self.place(keys[*number as usize].hash(seed), *number);
            }
            if taken < BLOCK {
                break;
            }
        }
        self.spilled_fresh = self.spilled;
    }

    /// Lines for so many keys.
    fn lines_for(keys: usize) -> usize {
        keys.div_ceil(FILL).next_power_of_two()
    }
}

impl<O> Interner<O> {
    pub fn new() -> Self {
        Self::seeded(0)
    }

    /// With its hash seed.
    pub fn seeded(seed: u64) -> Self {
        Interner {
            index: Index::new(),
            used: 0,
            keys: vec![],
            alive: vec![],
            free: vec![],
            freed: vec![],
            born: vec![],
            seed,
        }
    }

    /// The hash seed; set before the first key.
    pub fn seed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// One more than the largest number ever given out.
    #[inline(always)]
    pub fn numbers(&self) -> usize {
        self.keys.len()
    }

    /// Keys that are alive.
    pub fn len(&self) -> usize {
        self.used
    }

    #[inline(always)]
    pub fn key(&self, number: u32) -> &O {
        &self.keys[number as usize]
    }

    /// The numbers that are given out, a bit each.
    pub fn alive(&self) -> &[u64] {
        &self.alive
    }

    /// All numbers that are given out, in their order.
    pub fn living(&self) -> Vec<u32> {
        self.living_in(0, Fraction::ALL)
    }

    /// Those of a fraction of them.
    pub fn living_in(&self, shard: usize, fraction: Fraction) -> Vec<u32> {
        let mut numbers = vec![];
        for (word, bits) in fraction.words(shard, &self.alive) {
            for_each_bit(word * 64, bits, |number| numbers.push(number));
        }
        numbers
    }

    pub fn born(&self) -> &[u32] {
        &self.born
    }

    pub fn bytes(&self) -> usize {
        self.index.lines.len() * size_of::<Line>() + self.keys.capacity() * size_of::<O>() + self.alive.capacity() * 8
    }

    /// Makes the batch final: its keys stay, the numbers it freed may be given out again.
    pub fn commit(&mut self) {
        self.born.clear();
        self.free.append(&mut self.freed);
    }

    /// First pass: bring the line of a hash into the cache.
    #[inline(always)]
    pub fn touch(&self, hash: u64) {
        self.index.lines.touch(hash);
    }

    /// Second pass: the number that is probably right; brings its key into the cache.
    #[inline(always)]
    pub fn guess(&self, hash: u64) -> u32 {
        let line = self.index.lines.at(hash);
        let hits = line.hits(tag(hash));
        if hits == 0 {
            return NONE;
        }
        let number = line.number(hits.trailing_zeros());
        prefetch(self.keys.as_ptr().wrapping_add(number as usize));
        number
    }

    #[inline(always)]
    pub fn is<P: Probe<Owned = O>>(&self, number: u32, probe: &P) -> bool {
        self.keys.get(number as usize).is_some_and(|key| probe.same(key))
    }
}

impl<O: StoredKey> Interner<O> {
    /// Third pass: the number of a key whose guess was wrong, or a new one.
    #[cold]
    #[inline(never)]
    pub fn find_or_insert<P: Probe<Owned = O>>(&mut self, hash: u64, probe: &P) -> u32 {
        self.find(hash, probe).unwrap_or_else(|| self.insert(hash, probe))
    }

    pub fn find<P: Probe<Owned = O>>(&self, hash: u64, probe: &P) -> Option<u32> {
        self.find_where(hash, |stored| probe.same(stored))
    }

    #[inline(always)]
    fn find_where(&self, hash: u64, same: impl Fn(&O) -> bool) -> Option<u32> {
        self.index.find(hash, |number| self.keys.get(number as usize).is_some_and(&same))
    }

    /// The number of a key that is owned already, under the seed of this index.
    pub fn put(&mut self, key: O) -> u32 {
        self.put_hashed(key.hash(self.seed), key)
    }

    /// The same where the hash is known.
    pub fn put_hashed(&mut self, hash: u64, key: O) -> u32 {
        self.find_where(hash, |stored| *stored == key).unwrap_or_else(|| self.insert_owned(hash, key))
    }

    /// The number of a key that is owned already, if it is there.
    pub fn number_of(&self, key: &O) -> Option<u32> {
        self.find_where(key.hash(self.seed), |stored| stored == key)
    }

    /// Makes room at once where more keys than are there will come: each growth on the way costs a miss for every key.
    pub fn reserve(&mut self, coming: usize) {
        if coming <= self.used {
            return;
        }
        let lines = Index::lines_for(self.used + coming);
        if self.index.lines.len() < lines {
            self.index.rebuild(lines, &self.keys, self.seed);
        }
        self.keys.reserve(coming);
    }

    fn insert<P: Probe<Owned = O>>(&mut self, hash: u64, probe: &P) -> u32 {
        let owned = probe.own(); // user code; nothing has changed yet if it panics
        self.insert_owned(hash, owned)
    }

    fn insert_owned(&mut self, hash: u64, owned: O) -> u32 {
        let lines = self.index.lines.len();
        if self.used >= lines * FILL {
            self.index.rebuild(lines * 2, &self.keys, self.seed);
        }
        let number = self.free.pop().unwrap_or(self.keys.len() as u32);
        match self.keys.get_mut(number as usize) {
            Some(key) => *key = owned,
            None => self.keys.push(owned),
        }
        self.index.place(hash, number);
        self.used += 1;
        self.alive.resize(self.keys.len().div_ceil(64), 0);
        self.alive[number as usize / 64] |= 1 << (number % 64);
        self.born.push(number);
        number
    }

    /// Ends the life of a key.
    fn forget(&mut self, number: u32) {
        let hash = self.keys[number as usize].hash(self.seed);
        self.index.clear(hash, number);
        self.used -= 1;
        self.alive[number as usize / 64] &= !(1 << (number % 64));
    }

    /// Frees the keys whose number no column holds a value for: 64 keys a test. `held` gives the live bits
    /// of word `w` over all columns.
    pub fn sweep(&mut self, held: impl Fn(usize) -> u64) {
        for word in 0..self.alive.len() {
            let mut dead = self.alive[word] & !held(word);
            while dead != 0 {
                let number = (word * 64) as u32 + dead.trailing_zeros();
                dead &= dead - 1;
                self.forget(number);
                self.freed.push(number);
            }
        }
        // a look-up of a key that is not there goes on as long as lines have spilled
        let Index { lines, spilled, spilled_fresh } = &self.index;
        if *spilled > spilled_fresh * 2 + lines.len() / 8 {
            self.index.rebuild(lines.len(), &self.keys, self.seed);
        }
    }

    /// Forgets the keys that were born in this batch.
    pub fn rollback(&mut self) {
        for number in std::mem::take(&mut self.born) {
            self.forget(number);
            self.free.push(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};

    fn intern(keys: &mut Interner<u64>, key: u64) -> u32 {
        keys.find_or_insert(Probe::hash(&key, 3), &key)
    }

    fn find(keys: &Interner<u64>, key: u64) -> Option<u32> {
        keys.find(Probe::hash(&key, 3), &key)
    }

    fn fresh() -> Interner<u64> {
        let mut keys = Interner::new();
        keys.seed(3);
        keys
    }

    #[test]
    fn numbers_are_dense_and_stable_through_growth() {
        let mut keys = fresh();
        let numbers: Vec<u32> = (0..10_000).map(|key| intern(&mut keys, key)).collect();
        assert_eq!(numbers, (0..10_000).collect::<Vec<_>>());
        assert!((0..10_000).all(|key| intern(&mut keys, key) == key as u32));
        assert_eq!(find(&keys, 10_000), None);
    }

    #[test]
    fn a_number_is_not_reused_before_the_commit_that_freed_it() {
        let mut keys = fresh();
        intern(&mut keys, 1);
        keys.commit();
        keys.sweep(|_| 0);
        assert_eq!(intern(&mut keys, 2), 1);
        keys.commit();
        assert_eq!(intern(&mut keys, 3), 0);
    }

    /// Random keys, since consecutive ones hash too evenly to spill. The index is nearly full all the time.
    #[test]
    fn keys_that_come_and_go_leave_no_flags_in_the_index() {
        let mut keys = fresh();
        let mut random = 1u64;
        for round in 0..1_000 {
            for _ in 0..140 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                intern(&mut keys, random);
            }
            keys.commit();
            // all but a few go
            keys.sweep(|word| if word == 0 { 0b1111 } else { 0 });
            keys.commit();
            let index = &keys.index;
            let spilled = index.lines.iter().filter(|line| line.spilled()).count();
            assert_eq!(spilled, index.spilled, "round {round}");
            assert!(spilled * 2 <= index.lines.len(), "round {round}: {spilled} of {}", index.lines.len());
        }
        assert_eq!((keys.len(), find(&keys, 7)), (4, None));
        assert_eq!(keys.index.lines.len(), 16);
    }

    proptest! {
        /// Inserts, commits, rollbacks and sweeps against a plain map.
        #[test]
        fn equals_a_model(steps in prop::collection::vec((0u8..12, 0u64..200), 1..400)) {
            let mut keys = fresh();
            let (mut alive, mut committed) = (HashMap::new(), HashMap::new());
            for (step, key) in steps {
                match step {
                    0 => { keys.commit(); committed = alive.clone(); }
                    1 => { keys.rollback(); alive = committed.clone(); }
                    2 => {
                        keys.commit();
                        let dead: HashSet<u32> = alive.values().copied().filter(|n| n % 3 == 0).collect();
                        keys.sweep(|word| (0..64).filter(|bit| !(word as u32 * 64 + bit).is_multiple_of(3)).fold(0, |w, b| w | 1 << b));
                        keys.commit();
                        alive.retain(|_, n| !dead.contains(n));
                        committed = alive.clone();
                    }
                    _ => {
                        let number = intern(&mut keys, key);
                        let expected = *alive.entry(key).or_insert(number);
                        prop_assert_eq!(number, expected);
                    }
                }
                prop_assert_eq!(keys.len(), alive.len());
                let distinct: HashSet<u32> = alive.values().copied().collect();
                prop_assert_eq!(distinct.len(), alive.len());
                for (key, number) in &alive {
                    prop_assert_eq!(find(&keys, *key), Some(*number));
                }
            }
        }
    }
}
