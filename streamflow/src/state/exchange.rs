//! From chunks to lanes: records with their hash, key and what the aggregate needs of them.

use super::column::for_each_bit;
use super::spare::Spare;
use super::{Key, Probe, SHARDS, shard_of};
use crate::flow::aggregate::Aggregate;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    on: bool,
    /// Made when it is first on, and left as it is behind that.
    places: Vec<Option<Entry<P, C>>>,
    /// Those that are taken, a bit each: few in a small chunk.
    taken: [u64; PLACES / 64],
    seen: u32,
    hits: u32,
}

/// Places of the cache.
const PLACES: usize = 256;
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

    /// Combines a record with an earlier one of its key that it meets, or keeps it for later ones. False: it has met none.
    ///
    /// `apart`: entries of a key that do not meet have different numbers, so that they do not contend for one place. `carry` is made where
    /// it is used: one that is passed on through memory waits for its own stores (q7 took twice as long).
    #[inline(always)]
    pub fn combine(
        &mut self,
        (key, apart): (P, usize),
        carry: impl FnOnce() -> C,
        meets: impl FnOnce(&C) -> bool,
        combine: impl FnOnce(&mut C, C),
    ) -> bool {
        let hash = key.hash(self.seed);
        let hot = &mut self.hot;
        if !hot.on {
            self.send(Entry { hash, key, carry: carry() });
            return false;
        }
        hot.seen += 1;
        let at = ((hash >> 40) as usize).wrapping_add(apart) % PLACES;
        let met = match &mut hot.places[at] {
            Some(entry) if entry.hash == hash && entry.key.equal(&key) && meets(&entry.carry) => {
                hot.hits += 1;
                combine(&mut entry.carry, carry());
                true
            }
            place => {
                match place.replace(Entry { hash, key, carry: carry() }) {
                    Some(old) => self.send(old),
                    None => hot.taken[at / 64] |= 1 << (at % 64),
                }
                false
            }
        };
        if self.hot.seen == TRIAL && self.hot.hits < TRIAL / 2 {
            self.flush();
            self.hot.on = false;
        }
        met
    }

    /// Sends what is in the cache.
    fn flush(&mut self) {
        for (word, bits) in std::mem::take(&mut self.hot.taken).into_iter().enumerate() {
            for_each_bit(word * 64, bits, |at| {
                if let Some(entry) = self.hot.places[at as usize].take() {
                    self.send(entry);
                }
            });
        }
    }
}

impl<P, C> Bucket<P, C> {
    /// Are records combined in this chunk, as far as is known?
    #[inline(always)]
    pub fn tries(&self) -> bool {
        self.hot.on
    }

    pub fn lane(&mut self, lane: usize) -> &mut Vec<Entry<P, C>> {
        &mut self.lanes[lane]
    }

    /// What has been pushed, lane after lane.
    pub fn entries(&self) -> impl Iterator<Item = &[Entry<P, C>]> {
        self.lanes.iter().map(Vec::as_slice)
    }

    /// The memory of what has been pushed.
    pub fn bytes(&self) -> usize {
        self.entries().map(size_of_val).sum()
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
        self.push(key.probe(), || aggregate.lift(item, record));
    }

    #[inline(always)]
    fn push(&mut self, key: P, carry: impl FnOnce() -> G::Carry) {
        if G::COMBINES {
            self.bucket.combine((key, 0), carry, |_| true, |into, from| self.aggregate.combine(into, from));
        } else {
            self.bucket.push(key, carry());
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

/// What the exchange of a slot keeps from batch to batch: memory, and whether combining pays.
#[derive(Default)]
pub struct Kept {
    entries: Mutex<Spare>,
    places: Mutex<Spare>,
    /// Chunks that still do without the cache. Kept over batches: several threads run all chunks of a wave before the first tells what it
    /// has learned.
    pause: AtomicU32,
}

pub type SharedSpare = Arc<Kept>;

impl Kept {
    /// Keeps the memory of emptied entries.
    pub fn give<P, C>(&self, entries: Vec<Entry<P, C>>) {
        lock(&self.entries).give(entries);
    }

    fn give_places<P, C>(&self, places: Vec<Option<Entry<P, C>>>) {
        if places.capacity() > 0 {
            lock(&self.places).give(places);
        }
    }

    /// May the next chunk combine?
    fn tries(&self) -> bool {
        let pause = self.pause.load(Ordering::Relaxed);
        self.pause.store(pause.saturating_sub(1), Ordering::Relaxed);
        pause == 0
    }
}

fn lock(spare: &Mutex<Spare>) -> MutexGuard<'_, Spare> {
    spare.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Buckets that are empty again; their memory goes back at the end of the batch.
struct Pool<P, C> {
    empty: RefCell<Vec<Bucket<P, C>>>,
    spare: SharedSpare,
}

impl<P, C> Drop for Pool<P, C> {
    fn drop(&mut self) {
        for bucket in self.empty.get_mut().drain(..) {
            bucket.lanes.into_iter().for_each(|entries| self.spare.give(entries));
            self.spare.give_places(bucket.hot.places);
        }
    }
}

/// One lane on one thread: no exchange. Otherwise two lanes a thread, a power of two: 1 to 4 were alike.
pub(crate) fn lanes_on(threads: usize) -> usize {
    if threads == 1 { 1 } else { (threads * 2).next_power_of_two().min(SHARDS) }
}

/// Makes the buckets of one batch and takes them back when they are empty again.
pub struct Buckets<P, C> {
    lanes: usize,
    seed: u64,
    pool: Rc<Pool<P, C>>,
    combines: bool,
}

impl<P, C> Clone for Buckets<P, C> {
    fn clone(&self) -> Self {
        Buckets { pool: self.pool.clone(), ..*self }
    }
}

impl<P, C> Buckets<P, C> {
    /// As many lanes as [`lanes_on`] says.
    pub fn new(threads: usize, seed: u64, combines: bool, spare: &SharedSpare) -> Self {
        let lanes = lanes_on(threads);
        let pool = Rc::new(Pool { empty: RefCell::default(), spare: spare.clone() });
        Buckets { lanes, seed, pool, combines }
    }

    pub fn spare(&self) -> &SharedSpare {
        &self.pool.spare
    }

    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Are records of a key combined before the exchange, where that pays?
    pub fn combines(&self) -> bool {
        self.combines
    }

    pub fn bucket(&self) -> Bucket<P, C> {
        let empty = self.pool.empty.borrow_mut().pop();
        let spare = self.spare();
        let mut bucket = empty.unwrap_or_else(|| {
            let mut spare = lock(&spare.entries);
            let lanes = (0..self.lanes).map(|_| spare.take()).collect();
            let shift = (SHARDS / self.lanes).trailing_zeros();
            let hot = Hot { on: false, places: vec![], taken: [0; PLACES / 64], seen: 0, hits: 0 };
            Bucket { lanes, shift, seed: self.seed, hot }
        });
        if self.combines {
            bucket.hot.on = spare.tries();
            if bucket.hot.on && bucket.hot.places.is_empty() {
                bucket.hot.places = lock(&spare.places).take();
                bucket.hot.places.resize_with(PLACES, || None);
            }
        }
        bucket
    }

    /// A bucket is full: sends what it combined, and learns whether that paid.
    pub fn filled(&self, bucket: &mut Bucket<P, C>)
    where
        P: Probe,
    {
        let Hot { seen, hits, .. } = &mut bucket.hot;
        if *seen >= TRIAL && *hits < *seen / 2 {
            self.spare().pause.store(PAUSE, Ordering::Relaxed);
        }
        (*seen, *hits) = (0, 0);
        bucket.flush();
    }

    /// The entries of a bucket have been taken out: keeps what else is in it.
    pub fn emptied(&self, bucket: Bucket<P, C>) {
        self.spare().give_places(bucket.hot.places);
    }

    pub fn give_back(&self, bucket: Bucket<P, C>) {
        debug_assert!(bucket.lanes.iter().all(Vec::is_empty));
        self.pool.empty.borrow_mut().push(bucket);
    }
}
