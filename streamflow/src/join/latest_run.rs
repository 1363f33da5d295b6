//! The join with the latest value during one batch: the table is brought up to date first, then the records pass by.

use super::as_of::{AsOfKind, VersionBucket, VersionBuckets};
use super::bucket::{Arrivals, Lane, SideBucket, SideBuckets};
use super::tables::{TableShard, TablesSlot};
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};
use crate::state::numbered::confirm;
use crate::state::{Probe, SHARDS, State, StoredKey, shard_of};
use crate::window::Stamp;

/// A join with the latest value during one batch.
pub struct LatestRun<'s, K, P, Q, L, R, S, J> {
    slot: &'s mut TablesSlot<K, (), R>,
    stage: &'s J,
    left: Arrivals<P, L, S>,
    lanes: Vec<Lane<P, L, S>>,
    right: Arrivals<Q, Option<R>, ()>,
    number: u32,
}

impl<'s, K, P: Probe, Q: Probe, L, R, S, J> LatestRun<'s, K, P, Q, L, R, S, J> {
    pub(crate) fn new(slot: &'s mut TablesSlot<K, (), R>, stage: &'s J, turn: &Turn<'_>, number: u32) -> Self {
        let (left, right) = (Arrivals::new(turn, &slot.spare.0), Arrivals::new(turn, &slot.spare.1));
        LatestRun { slot, stage, left, lanes: vec![], right, number }
    }
}

impl<K, P, Q, L, R, S, J> LatestRun<'_, K, P, Q, L, R, S, J>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    Q: Probe<Owned = K>,
    R: State,
{
    pub fn buckets(&self) -> SideBuckets<P, L, S> {
        self.left.buckets()
    }

    pub fn buckets_1(&self) -> VersionBuckets<Q, R, ()> {
        VersionBuckets::new(self.right.buckets())
    }

    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: SideBucket<P, L, S>) -> Result<(), Failure> {
        self.left.absorb(chunk, bucket);
        Ok(())
    }

    pub fn absorb_1(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: VersionBucket<Q, R, ()>) -> Result<(), Failure> {
        self.right.absorb(chunk, bucket.into_inner());
        Ok(())
    }

    pub fn fold(&mut self, turn: &Turn<'_>, _: i64) -> Result<(), Failure> {
        self.slot.know(|| format!("{} -> {}", K::shape(), R::shape()), turn.seed());
        self.right.fold(turn, &mut self.slot.shards, self.number, |shards, first, _, (guess, entry)| {
            let shard = &mut shards[shard_of(entry.hash) - first];
            let number = confirm(&mut shard.keys, guess, entry.hash, &entry.key);
            shard.right.set(number, entry.carry.0);
        })?;
        self.lanes = self.left.take_lanes(turn);
        Ok(())
    }

    /// One task a lane: the left records in order of the chunks.
    pub fn rows<'r, O>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> O,
        task: impl Fn(LatestRows<'r, K, P, L, R, S, J>, O) -> (O, u64),
        absorb: impl FnMut(ChunkInfo, O) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let of = SHARDS / self.lanes.len().max(1);
        let (shards, stage) = (&self.slot.shards, self.stage);
        let task = |lane: usize, leaf| {
            let first = lane * of;
            task(LatestRows { shards: &shards[first..first + of], first, lane: &self.lanes[lane], stage }, leaf)
        };
        chunks(turn, self.lanes.len(), None, make, task, absorb)
    }
}

/// The left records of one lane beside the table.
pub struct LatestRows<'r, K, P, L, R, S, J> {
    shards: &'r [TableShard<K, (), R>],
    first: usize,
    lane: &'r Lane<P, L, S>,
    stage: &'r J,
}

impl<K, P, L, R, S, J> LatestRows<'_, K, P, L, R, S, J>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    S: Stamp,
    J: AsOfKind<L, R>,
{
    /// Calls `each` with every row and the stamp of its left record.
    #[inline]
    pub fn each(self, mut each: impl FnMut(J::Out, S)) {
        for (chunk, entries) in self.lane {
            for entry in entries {
                let shard = &self.shards[shard_of(entry.hash) - self.first];
                let number = shard.keys.find(entry.hash, &entry.key);
                let right = number.and_then(|number| shard.right.get(number));
                let (left, stamp, _) = &entry.carry;
                each(self.stage.row(left, right), stamp.after(chunk.watermark));
            }
        }
    }
}
