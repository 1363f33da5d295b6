//! From chunks to lanes: records with their hash, key and what the aggregate needs of them.

use super::{Probe, SHARDS, shard_of};
use std::cell::RefCell;
use std::rc::Rc;

/// A record on its way to its shard. Hashed once.
pub struct Entry<P, C> {
    pub hash: u64,
    pub key: P,
    pub carry: C,
}

/// The records of one chunk, by lane, in the order of the chunk.
pub struct Bucket<P, C> {
    lanes: Vec<Vec<Entry<P, C>>>,
    /// A shard's lane is `shard >> shift`.
    shift: u32,
    seed: u64,
}

impl<P: Probe, C> Bucket<P, C> {
    #[inline(always)]
    pub fn push(&mut self, key: P, carry: C) {
        let hash = key.hash(self.seed);
        self.lanes[shard_of(hash) >> self.shift].push(Entry { hash, key, carry });
    }
}

impl<P, C> Bucket<P, C> {
    pub fn lane(&mut self, lane: usize) -> &mut Vec<Entry<P, C>> {
        &mut self.lanes[lane]
    }
}

/// Makes the buckets of one batch and takes them back when they are empty again.
pub struct Buckets<P, C> {
    lanes: usize,
    seed: u64,
    empty: Rc<RefCell<Vec<Bucket<P, C>>>>,
}

impl<P, C> Clone for Buckets<P, C> {
    fn clone(&self) -> Self {
        Buckets { empty: self.empty.clone(), ..*self }
    }
}

impl<P, C> Buckets<P, C> {
    /// One lane on one thread: no exchange. Otherwise two lanes a thread, a power of two: 1 to 4 were alike.
    pub fn new(threads: usize, seed: u64) -> Self {
        let lanes = if threads == 1 { 1 } else { (threads * 2).next_power_of_two().min(SHARDS) };
        Buckets { lanes, seed, empty: Rc::default() }
    }

    pub fn lanes(&self) -> usize {
        self.lanes
    }

    pub fn bucket(&self) -> Bucket<P, C> {
        self.empty.borrow_mut().pop().unwrap_or_else(|| {
            let lanes = (0..self.lanes).map(|_| Vec::new()).collect();
            let shift = (SHARDS / self.lanes).trailing_zeros();
            Bucket { lanes, shift, seed: self.seed }
        })
    }

    pub fn give_back(&self, bucket: Bucket<P, C>) {
        debug_assert!(bucket.lanes.iter().all(Vec::is_empty));
        self.empty.borrow_mut().push(bucket);
    }
}
