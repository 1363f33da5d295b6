//! What a chunk gives to one side of an operator with two inputs: its records by lane.

use crate::job::turn::{ChunkInfo, Failure, Tracker, Turn, lanes};
use crate::state::exchange::{Bucket, Buckets, Entry, SharedSpare};
use crate::state::interner::BLOCK;
use crate::state::numbered::{Numbered, guess};
use crate::state::{Key, Probe, shard_of};
use crate::window::Fit;

/// A record with its stamp and its number in the chunk.
pub(crate) type Carry<T, S> = (T, S, u64);

/// Makes the buckets of one side.
pub struct SideBuckets<P, T, S>(Buckets<P, Carry<T, S>>);

/// The records of a chunk, by lane.
pub struct SideBucket<P, T, S>(Bucket<P, Carry<T, S>>);

impl<P, T, S> SideBuckets<P, T, S> {
    pub fn bucket(&self) -> SideBucket<P, T, S> {
        SideBucket(self.0.bucket())
    }
}

impl<P: Probe, T, S> SideBucket<P, T, S> {
    #[inline(always)]
    pub fn feed<C, K: Key<Probe = P>>(&mut self, _: &C, item: T, key: K, stamp: impl Fit<S>, place: u64) {
        self.0.push(key.probe(), (item, stamp.fit(), place));
    }
}

/// What has come in on one side in this batch.
pub(crate) struct Arrivals<P, T, S> {
    buckets: Buckets<P, Carry<T, S>>,
    parts: Vec<(ChunkInfo, Bucket<P, Carry<T, S>>)>,
}

impl<P: Probe, T, S> Arrivals<P, T, S> {
    pub fn new(turn: &Turn<'_>, spare: &SharedSpare) -> Self {
        Arrivals { buckets: Buckets::new(turn.threads(), turn.seed(), false, spare), parts: vec![] }
    }

    pub fn lanes(&self) -> usize {
        self.buckets.lanes()
    }

    pub fn buckets(&self) -> SideBuckets<P, T, S> {
        SideBuckets(self.buckets.clone())
    }

    pub fn absorb(&mut self, chunk: ChunkInfo, bucket: SideBucket<P, T, S>) {
        self.parts.push((chunk, bucket.0));
    }

    /// Folds what has come in: one task a lane, the parts in order of the chunks. Each record comes with the probable number of its key.
    pub fn fold<H>(
        &mut self,
        turn: &Turn<'_>,
        shards: &mut [H],
        stage: u32,
        take: impl Fn(&mut [H], usize, ChunkInfo, (u32, Entry<P, Carry<T, S>>)),
    ) -> Result<(), Failure>
    where
        H: Numbered<Key = P::Owned>,
    {
        let parts = std::mem::take(&mut self.parts);
        lanes(turn, &self.buckets, shards, parts, &|shards, first, (_, chunk), entries| {
            let mut tracker = Tracker::at(stage);
            let mut numbers = [0u32; BLOCK];
            let mut entries = entries.drain(..);
            while !entries.as_slice().is_empty() {
                let block = &entries.as_slice()[..entries.len().min(BLOCK)];
                let numbers = &mut numbers[..block.len()];
                guess(shards, |hash| shard_of(hash) - first, block, numbers);
                for number in &*numbers {
                    // the block is as long as the numbers, so the iterator has an entry for each
                    let Some(entry) = entries.next() else { break };
                    tracker.record(entry.carry.2);
                    take(shards, first, chunk, (*number, entry));
                }
            }
            tracker.finish();
        })
    }

    /// What has come in, by lane.
    pub fn take_lanes(&mut self, turn: &Turn<'_>) -> Vec<Lane<P, T, S>> {
        turn.look_for_hot_keys(self.parts.iter().map(|(_, bucket)| bucket));
        let mut by_lane: Vec<Lane<P, T, S>> = (0..self.lanes()).map(|_| vec![]).collect();
        for (chunk, mut bucket) in self.parts.drain(..) {
            for (lane, entries) in by_lane.iter_mut().enumerate() {
                entries.push((chunk, std::mem::take(bucket.lane(lane))));
            }
        }
        by_lane
    }
}

/// The records of one lane, in order of the chunks.
pub(crate) type Lane<P, T, S> = Vec<(ChunkInfo, Vec<Entry<P, Carry<T, S>>>)>;
