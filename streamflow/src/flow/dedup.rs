//! `dedup`: the operator and its run.

use super::proof::Asked;
use super::{Flow, Plain, Timed};
use crate::job::turn::{ChunkInfo, Failure, Stamped, Tracker, Turn, chunks};
use crate::state::exchange::{Bucket, Buckets};
use crate::state::held::{Due, HeldSlot, Kept, NEVER};
use crate::state::{Key, Probe, StoredKey};
use crate::window::{EventStamp, micros};
use std::cell::Cell;
use std::marker::PhantomData;
use std::time::Duration;

impl<T, Shape> Flow<T, Shape, Timed> {
    /// Keeps the first record of each key and drops the others, as long as event time has not gone further than `within` beyond it.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut first = Vec::new();
    /// stream! {
    ///     source::vec(vec![("a", 1), ("a", 4), ("b", 20), ("a", 21)])
    ///         -> timestamp(|event| Timestamp::from_secs(event.1))
    ///         -> dedup(|event| event.0, within = 10s)
    ///         -> &mut first
    /// }
    /// .run()?;
    /// assert_eq!(first, [("a", 1), ("b", 20), ("a", 21)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** timestamps, a projection to a [`Key`], and `within`. **Gives** the records that came first, without a key, with their
    /// times.
    ///
    /// **State and cost:** each key once, until the watermark has come to the time of its first record plus `within`; then the key is new
    /// again. Records are looked up on one thread, in the order of the source.
    ///
    /// **Order:** source order within a partition. What is a duplicate does not follow the cut into batches. **Failure:** a panic of the
    /// projection ends the job with its place. A record that is late, behind the watermark of its own partition, is dropped and counted as
    /// late: whether it is a duplicate cannot be known any more.
    ///
    /// **Related:** [`distinct`](Flow::distinct) keeps every key for the life of the job. Spark: `dropDuplicatesWithinWatermark`; Flink:
    /// `ROW_NUMBER() .. WHERE rownum = 1` with a state time-to-live.
    pub fn dedup<K, F: Fn(&T) -> K + Sync>(
        self,
        projection: F,
        within: &Duration,
    ) -> (Asked<Dedup<T, K, F>, K>, Flow<T, Plain, Timed>)
    where
        T: Send,
    {
        (Asked::new(Dedup { projection, within: micros(*within), types: PhantomData }), Flow::NEW)
    }
}

/// What `dedup` compares records by, and how long.
pub struct Dedup<T, K, F> {
    projection: F,
    within: i64,
    types: PhantomData<fn(&T) -> K>,
}

/// Until when in event time a key counts as seen.
#[derive(Clone, crate::State)]
pub struct Seen(i64);

impl Kept for Seen {
    fn due(&self) -> Due {
        Due { event: self.0, clock: NEVER }
    }
}

/// What a chunk brings.
pub struct DedupBucket<P, T>(Bucket<P, (T, EventStamp, u64)>);

impl<P: Probe, T> DedupBucket<P, T> {
    #[inline(always)]
    pub fn feed<K: Key<Probe = P>, F: Fn(&T) -> K, U>(
        &mut self,
        stage: &Dedup<T, K, F>,
        item: T,
        _: U,
        stamp: EventStamp,
        record: u64,
    ) {
        let key = (stage.projection)(&item).probe();
        self.0.push(key, (item, stamp, record));
    }
}

/// Makes the buckets of one batch.
pub struct DedupBuckets<P, T>(Buckets<P, (T, EventStamp, u64)>);

impl<P, T> DedupBuckets<P, T> {
    pub fn bucket(&self) -> DedupBucket<P, T> {
        DedupBucket(self.0.bucket())
    }
}

/// `dedup` during one batch.
pub struct DedupRun<'s, K, P, T> {
    slot: &'s mut HeldSlot<K, Seen>,
    within: i64,
    buckets: Buckets<P, (T, EventStamp, u64)>,
    first: Vec<(T, EventStamp)>,
    stage: u32,
}

impl<'s, K: StoredKey, P: Probe<Owned = K>, T> DedupRun<'s, K, P, T> {
    pub fn new<Q, F>(slot: &'s mut HeldSlot<K, Seen>, dedup: &Dedup<T, Q, F>, turn: &Turn<'_>, stage: u32) -> Self {
        slot.start(turn, 1, || format!("{} -> timestamp", K::shape()));
        // one lane: its entries stand in source order
        let buckets = Buckets::new(1, turn.seed(), false, &slot.spare);
        DedupRun { slot, within: dedup.within, buckets, first: vec![], stage }
    }

    pub fn buckets(&self) -> DedupBuckets<P, T> {
        DedupBuckets(self.buckets.clone())
    }

    pub fn absorb(&mut self, turn: &Turn<'_>, chunk: ChunkInfo, filled: DedupBucket<P, T>) -> Result<(), Failure> {
        let DedupBucket(mut bucket) = filled;
        turn.executor.waves().brought(bucket.bytes());
        let (first, within) = (&mut self.first, self.within);
        let HeldSlot { shards, watermark, late_now, .. } = &mut *self.slot;
        let (shard, reached) = (&mut shards[0], chunk.watermark.max(*watermark));
        let entries = bucket.lane(0);
        let stage = self.stage;
        Failure::catch(chunk, || {
            let mut tracker = Tracker::at(stage);
            for entry in entries.iter() {
                shard.keys.touch(entry.hash);
            }
            for entry in entries.drain(..) {
                let (item, stamp, record) = entry.carry;
                tracker.record(record); // a key is copied by its own code
                let watermark = reached.max(stamp.watermark);
                if stamp.time < watermark {
                    *late_now += 1;
                    continue;
                }
                let number = shard.keys.find_or_insert(entry.hash, &entry.key);
                if shard.value(number).is_none_or(|seen| seen.0 <= watermark) {
                    *shard.touch(number).1 = Some(Seen(stamp.time.saturating_add(within)));
                    first.push((item, EventStamp { watermark, ..stamp }));
                }
            }
            tracker.finish();
        })?;
        self.buckets.give_back(bucket);
        Ok(())
    }

    /// Forgets the keys that the watermark has left behind. The end of the input forgets none: it is no moment in time.
    pub fn fold(&mut self, _: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        if watermark < i64::MAX {
            self.slot.watermark_now = self.slot.watermark.max(watermark);
            let watermark = self.slot.watermark_now;
            for shard in &mut self.slot.shards {
                for number in shard.due(watermark, i64::MIN) {
                    *shard.touch(number).1 = None;
                }
            }
        }
        Ok(())
    }

    /// The records whose key was new, in source order.
    pub fn rows<L>(
        &mut self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Stamped<Vec<(T, EventStamp)>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let first = Cell::new(std::mem::take(&mut self.first));
        chunks(turn, 1, None, make, |_, leaf| task(Stamped(first.take()), leaf), absorb)
    }
}
