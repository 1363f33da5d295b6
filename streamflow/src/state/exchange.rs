//! From chunks to lanes: records with their hash, key and what the aggregate needs of them.

use super::spare::Spare;
use super::{Key, Probe, SHARDS, shard_of};
use crate::flow::aggregate::Aggregate;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

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
    hot: Hot<P, C>,
}

/// Keys seen lately, with their combined carries: a direct-mapped cache in front of the lanes.
///
/// Where a chunk has many records a key, most of them end here, in the first-level cache. Where it has not, the cache gives
/// up after its first records: with two records a key or less it costs more than it saves (up to 2.5x, measured).
struct Hot<P, C> {
    places: Vec<Option<Entry<P, C>>>,
    seen: u32,
    hits: u32,
}

/// Places of the cache.
const PLACES: usize = 1024;
/// After so many records a chunk decides.
const TRIAL: u32 = 1024;
/// Chunks that do without after one that gave up.
const PAUSE: u32 = 63;

impl<P: Probe, C> Bucket<P, C> {
    #[inline(always)]
    fn send(&mut self, entry: Entry<P, C>) {
        self.lanes[shard_of(entry.hash) >> self.shift].push(entry);
    }

    #[inline(always)]
    pub fn push(&mut self, key: P, carry: C) {
        let hash = key.hash(self.seed);
        self.send(Entry { hash, key, carry });
    }

    /// Sends what is in the cache and does without it from here on.
    #[cold]
    fn flush(&mut self) {
        for entry in std::mem::take(&mut self.hot.places).into_iter().flatten() {
            self.send(entry);
        }
    }
}

impl<P, C> Bucket<P, C> {
    pub fn lane(&mut self, lane: usize) -> &mut Vec<Entry<P, C>> {
        &mut self.lanes[lane]
    }

    /// What has been pushed, lane after lane.
    pub fn entries(&self) -> impl Iterator<Item = &[Entry<P, C>]> {
        self.lanes.iter().map(Vec::as_slice)
    }

    /// Has nothing been pushed?
    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(Vec::is_empty)
    }
}

/// A bucket of an aggregate: combines records with earlier ones of their key where that pays.
pub struct Combining<'s, T, P, G: Aggregate<T>> {
    pub(crate) bucket: Bucket<P, G::Carry>,
    pub(crate) aggregate: &'s G,
}

impl<T, P: Probe, G: Aggregate<T>> Combining<'_, T, P, G> {
    #[inline(always)]
    pub fn feed<S>(&mut self, aggregate: &G, item: T, key: impl Key<Probe = P>, _: S, record: u64) {
        self.push(key.probe(), aggregate.lift(item, record));
    }

    #[inline(always)]
    fn push(&mut self, key: P, carry: G::Carry) {
        let bucket = &mut self.bucket;
        let hash = key.hash(bucket.seed);
        if !G::COMBINES || bucket.hot.places.is_empty() {
            return bucket.send(Entry { hash, key, carry });
        }
        bucket.hot.seen += 1;
        match &mut bucket.hot.places[(hash >> 40) as usize % PLACES] {
            Some(entry) if entry.hash == hash && entry.key.equal(&key) => {
                bucket.hot.hits += 1;
                self.aggregate.combine(&mut entry.carry, carry);
            }
            place => {
                if let Some(old) = place.replace(Entry { hash, key, carry }) {
                    bucket.send(old);
                }
            }
        }
        if bucket.hot.seen == TRIAL && bucket.hot.hits < TRIAL / 2 {
            bucket.flush();
        }
    }
}

/// Makes the combining buckets of one batch.
pub struct CombiningBuckets<'s, T, P, G: Aggregate<T>> {
    pub(crate) buckets: Buckets<P, G::Carry>,
    pub(crate) aggregate: &'s G,
}

impl<'s, T, P, G: Aggregate<T>> CombiningBuckets<'s, T, P, G> {
    pub fn bucket(&self) -> Combining<'s, T, P, G> {
        Combining { bucket: self.buckets.bucket(), aggregate: self.aggregate }
    }
}

/// Memory that a slot keeps from batch to batch.
pub type SharedSpare = Arc<Mutex<Spare>>;

/// One lane on one thread: no exchange. Otherwise two lanes a thread, a power of two: 1 to 4 were alike.
pub(crate) fn lanes_on(threads: usize) -> usize {
    if threads == 1 { 1 } else { (threads * 2).next_power_of_two().min(SHARDS) }
}

/// Makes the buckets of one batch and takes them back when they are empty again.
pub struct Buckets<P, C> {
    lanes: usize,
    seed: u64,
    empty: Rc<RefCell<Vec<Bucket<P, C>>>>,
    spare: SharedSpare,
    /// Chunks that still do without the cache.
    pause: Rc<Cell<u32>>,
    combines: bool,
}

impl<P, C> Clone for Buckets<P, C> {
    fn clone(&self) -> Self {
        Buckets { empty: self.empty.clone(), spare: self.spare.clone(), pause: self.pause.clone(), ..*self }
    }
}

impl<P, C> Buckets<P, C> {
    /// As many lanes as [`lanes_on`] says.
    pub fn new(threads: usize, seed: u64, combines: bool, spare: &SharedSpare) -> Self {
        let lanes = lanes_on(threads);
        let spare = spare.clone();
        Buckets { lanes, seed, empty: Rc::default(), spare, pause: Rc::default(), combines }
    }

    pub fn spare(&self) -> &SharedSpare {
        &self.spare
    }

    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Are records of a key combined before the exchange, where that pays?
    pub fn combines(&self) -> bool {
        self.combines
    }

    pub fn bucket(&self) -> Bucket<P, C> {
        let empty = self.empty.borrow_mut().pop();
        let mut bucket = empty.unwrap_or_else(|| {
            let mut spare = self.spare.lock().unwrap_or_else(|e| e.into_inner());
            let lanes = (0..self.lanes).map(|_| spare.take()).collect();
            let shift = (SHARDS / self.lanes).trailing_zeros();
            let hot = Hot { places: vec![], seen: 0, hits: 0 };
            Bucket { lanes, shift, seed: self.seed, hot }
        });
        if self.combines {
            let pause = self.pause.get();
            if pause == 0 {
                bucket.hot.places.resize_with(PLACES, || None);
            } else {
                self.pause.set(pause - 1);
            }
        }
        bucket
    }

    /// A bucket is full: sends what it combined, and learns whether that paid.
    pub fn filled(&self, bucket: &mut Bucket<P, C>)
    where
        P: Probe,
    {
        let Hot { places, seen, hits } = &mut bucket.hot;
        if *seen >= TRIAL && *hits < *seen / 2 {
            self.pause.set(PAUSE);
        }
        (*seen, *hits) = (0, 0);
        let entries = places.iter_mut().filter_map(Option::take);
        for entry in entries {
            bucket.lanes[shard_of(entry.hash) >> bucket.shift].push(entry);
        }
    }

    pub fn give_back(&self, bucket: Bucket<P, C>) {
        debug_assert!(bucket.lanes.iter().all(Vec::is_empty));
        self.empty.borrow_mut().push(bucket);
    }
}
