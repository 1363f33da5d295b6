//! The join of two tables during one batch: the rows of the keys that changed on either side.

use super::as_of::{VersionBucket, VersionBuckets, Versions};
use super::bucket::Arrivals;
use super::tables::{TableShard, TablesSlot};
use crate::Update;
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};
use crate::state::numbered::confirm;
use crate::state::{Key, Probe, SHARDS, State, StoredKey, shard_of};
use crate::window::Fit;

/// The function of a join of tables and its options.
pub trait TableKind<L, R> {
    type Out;
    /// The row of a key; `None` where it has none.
    fn row(&self, left: Option<&L>, right: Option<&R>) -> Option<Self::Out>;
}

/// How the right records of a join of tables are told from the left ones.
pub trait RightVersions<R> {
    fn right_version(&self, right: R) -> Option<R>;
}

/// The right records of a chunk.
pub struct RightBucket<Q, R, S>(VersionBucket<Q, R, S>);
/// Makes them.
pub struct RightBuckets<Q, R, S>(VersionBuckets<Q, R, S>);

impl<Q, R, S> RightBuckets<Q, R, S> {
    pub fn bucket(&self) -> RightBucket<Q, R, S> {
        RightBucket(self.0.bucket())
    }
}

struct AsRight<'c, C>(&'c C);

impl<R, C: RightVersions<R>> Versions<R> for AsRight<'_, C> {
    #[inline(always)]
    fn version(&self, right: R) -> Option<R> {
        self.0.right_version(right)
    }
}

impl<Q: Probe, R, S> RightBucket<Q, R, S> {
    #[inline(always)]
    pub fn feed<C, K>(&mut self, stage: &C, item: R, key: K, stamp: impl Fit<S>, place: u64)
    where
        C: RightVersions<R>,
        K: Key<Probe = Q>,
    {
        self.0.feed(&AsRight(stage), item, key, stamp, place);
    }
}

/// A join of two tables during one batch.
pub struct TableRun<'s, K, P, Q, L, R, J> {
    slot: &'s mut TablesSlot<K, L, R>,
    stage: &'s J,
    left: Arrivals<P, Option<L>, ()>,
    right: Arrivals<Q, Option<R>, ()>,
    number: u32,
}

impl<'s, K, P: Probe, Q: Probe, L, R, J> TableRun<'s, K, P, Q, L, R, J> {
    pub(crate) fn new(slot: &'s mut TablesSlot<K, L, R>, stage: &'s J, turn: &Turn<'_>, number: u32) -> Self {
        let (left, right) = (Arrivals::new(turn, &slot.spare.0), Arrivals::new(turn, &slot.spare.1));
        TableRun { slot, stage, left, right, number }
    }
}

impl<K, P, Q, L, R, J> TableRun<'_, K, P, Q, L, R, J>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    Q: Probe<Owned = K>,
    L: State,
    R: State,
{
    pub fn buckets(&self) -> VersionBuckets<P, L, ()> {
        VersionBuckets::new(self.left.buckets())
    }

    pub fn buckets_1(&self) -> RightBuckets<Q, R, ()> {
        RightBuckets(VersionBuckets::new(self.right.buckets()))
    }

    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: VersionBucket<P, L, ()>) -> Result<(), Failure> {
        self.left.absorb(chunk, bucket.into_inner());
        Ok(())
    }

    pub fn absorb_1(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: RightBucket<Q, R, ()>) -> Result<(), Failure> {
        self.right.absorb(chunk, bucket.0.into_inner());
        Ok(())
    }

    pub fn fold(&mut self, turn: &Turn<'_>, _: i64) -> Result<(), Failure> {
        self.slot.know(|| format!("{} -> ({}, {})", K::shape(), L::shape(), R::shape()), turn.seed());
        self.left.fold(turn, &mut self.slot.shards, self.number, |shards, first, _, (guess, entry)| {
            let shard = &mut shards[shard_of(entry.hash) - first];
            let number = confirm(&mut shard.keys, guess, entry.hash, &entry.key);
            shard.left.set(number, entry.carry.0);
        })?;
        self.right.fold(turn, &mut self.slot.shards, self.number, |shards, first, _, (guess, entry)| {
            let shard = &mut shards[shard_of(entry.hash) - first];
            let number = confirm(&mut shard.keys, guess, entry.hash, &entry.key);
            shard.right.set(number, entry.carry.0);
        })
    }

    /// One task a range of shards: the keys that changed, by their first change, the left side first.
    pub fn rows<'r, O>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> O,
        task: impl Fn(TableRows<'r, K, L, R, J>, O) -> (O, u64),
        absorb: impl FnMut(ChunkInfo, O) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let units = self.left.lanes();
        let of = SHARDS / units;
        let (shards, stage) = (&self.slot.shards, self.stage);
        let task = |unit: usize, leaf| task(TableRows { shards: &shards[unit * of..(unit + 1) * of], stage }, leaf);
        chunks(turn, units, None, make, task, absorb)
    }
}

/// The keys that changed, in a range of shards.
pub struct TableRows<'r, K, L, R, J> {
    shards: &'r [TableShard<K, L, R>],
    stage: &'r J,
}

impl<'r, K: StoredKey, L, R, J: TableKind<L, R>> TableRows<'r, K, L, R, J> {
    /// Calls `each` with the row of every key that changed; no value where it has gone.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Update<K::Ref<'r>, Option<J::Out>>, ())) {
        for shard in self.shards {
            let TableShard { keys, left, right } = shard;
            let only_right = right.changes().filter(|number| !left.has_changed(*number));
            for number in left.changes().chain(only_right) {
                let value = self.stage.row(left.get(number), right.get(number));
                // what had no row has none to take back
                if value.is_some() || self.stage.row(left.before(number), right.before(number)).is_some() {
                    each(Update { key: keys.key(number).view(), value }, ());
                }
            }
        }
    }
}
