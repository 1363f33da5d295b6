//! `distinct`: the operator and its step.

use super::aggregate::{By, Itself};
use super::proof::Asked;
use super::{Flow, Plain};
use crate::job::turn::{ChunkInfo, Failure, Stamped, Tracker, Turn, chunks};
use crate::state::codec::ReadError;
use crate::state::exchange::{Bucket, Buckets, SharedSpare};
use crate::state::interner::Interner;
use crate::state::save::{Codec, Saves, Saving, Stored, TableLayout, saved_by};
use crate::state::{Key, Probe, SHARDS, SlotApi, SlotSize, StoredKey, shard_of};
use crate::window::Stamp;
use std::marker::PhantomData;

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Keeps the first record of each value, or of each key that a projection gives.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut first = Vec::new();
    /// stream! {
    ///     source::vec(vec!["b", "a", "b", "c", "a"])
    ///         -> distinct()
    ///         -> &mut first
    /// }
    /// .run()?;
    /// assert_eq!(first, ["b", "a", "c"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** items that are a [`Key`] and `Clone`, or a projection to a key: `distinct(|order| order.id)`. **Gives** a stream without key; timestamps stay.
    ///
    /// **State and cost:** every distinct key, for the life of the job.
    ///
    /// **Order:** source order within a partition. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`key_by`](Flow::key_by). Spark: `distinct`, `dropDuplicates`.
    pub fn distinct<K, F: Fn(&T) -> K + Sync>(
        self,
        projection: F,
    ) -> (Asked<Distinct<T, K, By<F>>, K>, Flow<T, Plain, Time>)
    where
        T: Send,
    {
        (
            Asked::new(Distinct { project: By(projection), key_of: |by, item| by.project_ref(item), key: PhantomData }),
            Flow::NEW,
        )
    }
}

/// `distinct()`: of the items themselves.
pub fn distinct_itself<T, Shape, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Distinct<T, T, Itself>, T>, Flow<T, Plain, Time>)
where
    T: Clone + Send,
{
    (Asked::new(Distinct { project: Itself, key_of: |_, item| item.clone(), key: PhantomData }), Flow::NEW)
}

/// What `distinct` compares records by.
pub struct Distinct<T, K, J> {
    project: J,
    key_of: fn(&J, &T) -> K,
    key: PhantomData<fn() -> K>,
}

impl<F> By<F> {
    fn project_ref<T, K>(&self, item: &T) -> K
    where
        F: Fn(&T) -> K,
    {
        (self.0)(item)
    }
}

impl<T, K: Key, J> Distinct<T, K, J> {
    #[inline(always)]
    fn probe(&self, item: &T) -> K::Probe {
        (self.key_of)(&self.project, item).probe()
    }
}

/// The keys that `distinct` has seen.
pub struct DistinctSlot<K> {
    shards: Vec<Interner<K>>,
    known: Option<Known<K>>,
    spare: SharedSpare,
}

struct Known<K> {
    rollback: fn(&mut Interner<K>),
    shape: fn() -> String,
    codec: Codec<DistinctSlot<K>>,
    seed: u64,
}

/// The keys. They come and never go.
const KEYS: &str = "keys";

impl<K: StoredKey> Saves for DistinctSlot<K> {
    const TABLES: &'static [TableLayout] = &[TableLayout::of::<K, ()>(KEYS)];

    fn save(&self, saving: &mut Saving<'_>) {
        let numbers = |(n, keys): (usize, &Interner<K>)| match saving.all {
            true => keys.living_in(n, saving.fraction),
            false => keys.born().to_vec(),
        };
        let numbers: Vec<Vec<u32>> = self.shards.iter().enumerate().map(numbers).collect();
        saving.table(KEYS, |out| {
            let shards = self.shards.iter().zip(&numbers);
            out.rows(0, shards.flat_map(|(keys, numbers)| numbers.iter().map(|number| (keys.key(*number), &()))));
        });
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        let Some(Known { seed, .. }) = self.known else { return Ok(()) };
        let shards = &mut self.shards;
        stored.each(|_, key: K, ()| {
            shards[shard_of(key.hash(seed))].put(key);
        })
    }
}

impl<K> Default for DistinctSlot<K> {
    fn default() -> Self {
        DistinctSlot {
            shards: (0..SHARDS).map(|_| Interner::new()).collect(),
            known: None,
            spare: SharedSpare::default(),
        }
    }
}

impl<K> SlotApi for DistinctSlot<K> {
    fn commit(&mut self) {
        self.shards.iter_mut().for_each(Interner::commit);
    }

    fn rollback(&mut self) {
        if let Some(known) = &self.known {
            self.shards.iter_mut().for_each(known.rollback);
        }
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        let keys = self.shards.iter().map(Interner::len).sum();
        SlotSize { keys, bytes: self.shards.iter().map(Interner::bytes).sum() }
    }

    fn shape(&self) -> String {
        self.known.as_ref().map_or_else(String::new, |known| format!("{} -> ()", (known.shape)()))
    }

    fn divides(&self) -> bool {
        true
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));
}

/// `distinct` during one batch. Chunks arrive in order, and new keys are rare in the long run: one thread looks them up.
pub struct DistinctRun<'s, K, P, T, S> {
    slot: &'s mut DistinctSlot<K>,
    buckets: Buckets<P, (T, S)>,
    first: Vec<(T, S)>,
    stage: u32,
}

impl<'s, K: StoredKey, P: Probe<Owned = K>, T, S: Stamp> DistinctRun<'s, K, P, T, S> {
    pub fn new(slot: &'s mut DistinctSlot<K>, turn: &Turn<'_>, stage: u32) -> Self {
        if slot.known.is_none() {
            slot.shards.iter_mut().for_each(|keys| keys.seed(turn.seed()));
            slot.known =
                Some(Known { rollback: Interner::rollback, shape: K::shape, codec: Codec::OF, seed: turn.seed() });
        }
        // one lane: its entries stand in source order
        let buckets = Buckets::new(1, turn.seed(), false, &slot.spare);
        DistinctRun { slot, buckets, first: vec![], stage }
    }

    pub fn buckets(&self) -> DistinctBuckets<P, T, S> {
        DistinctBuckets(self.buckets.clone())
    }

    pub fn absorb(
        &mut self,
        turn: &Turn<'_>,
        chunk: ChunkInfo,
        filled: DistinctBucket<P, T, S>,
    ) -> Result<(), Failure> {
        let mut bucket = filled.0;
        turn.executor.waves().brought(bucket.bytes());
        let (shards, first, stage) = (&mut self.slot.shards, &mut self.first, self.stage);
        let entries = bucket.lane(0);
        Failure::catch(chunk, || {
            let tracker = Tracker::at(stage);
            for entry in entries.iter() {
                shards[shard_of(entry.hash)].touch(entry.hash);
            }
            for entry in entries.drain(..) {
                let keys = &mut shards[shard_of(entry.hash)];
                let before = keys.len();
                keys.find_or_insert(entry.hash, &entry.key);
                if keys.len() > before {
                    let (item, stamp) = entry.carry;
                    first.push((item, stamp.after(chunk.watermark)));
                }
            }
            tracker.finish();
        })?;
        self.buckets.give_back(bucket);
        Ok(())
    }

    /// Chunks have been looked up as they came.
    pub fn fold(&mut self, _: &Turn<'_>, _: i64) -> Result<(), Failure> {
        Ok(())
    }

    /// The records whose key was new, in source order.
    pub fn rows<L>(
        &mut self,
        turn: &Turn<'_>,
        mut make: impl FnMut() -> L,
        task: impl Fn(Stamped<Vec<(T, S)>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let first = std::cell::Cell::new(std::mem::take(&mut self.first));
        chunks(turn, 1, None, &mut make, |_, leaf| task(Stamped(first.take()), leaf), absorb)
    }
}

/// Makes the buckets of one batch.
pub struct DistinctBuckets<P, T, S>(Buckets<P, (T, S)>);

impl<P, T, S> DistinctBuckets<P, T, S> {
    pub fn bucket(&self) -> DistinctBucket<P, T, S> {
        DistinctBucket(self.0.bucket())
    }
}

/// The records of a chunk with what they are compared by.
pub struct DistinctBucket<P, T, S>(Bucket<P, (T, S)>);

impl<P: Probe, T, S> DistinctBucket<P, T, S> {
    #[inline(always)]
    pub fn feed<K: Key<Probe = P>, J, N>(&mut self, stage: &Distinct<T, K, J>, item: T, _: N, stamp: S, _: u64) {
        let probe = stage.probe(&item);
        self.0.push(probe, (item, stamp));
    }
}
