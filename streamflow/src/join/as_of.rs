//! The as-of join during one batch: left records wait for the watermark, and meet the version that holds at their time.

use super::bucket::{Arrivals, SideBucket, SideBuckets};
use super::rule::{Closed, Hand, Rule};
use super::run::{Gate, each_shard};
use super::side::{Held, Side};
use super::slot::{JoinSlot, Shard};
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};
use crate::state::{Key, Probe, SHARDS, State, StoredKey};
use crate::window::{EventStamp, Fit};
use std::sync::atomic::{AtomicU64, Ordering};

/// Says which records of the right side delete.
pub trait Deletes<R> {
    fn deletes(&self, item: &R) -> bool;
}

/// None does.
pub struct Never;

impl<R> Deletes<R> for Never {
    #[inline(always)]
    fn deletes(&self, _: &R) -> bool {
        false
    }
}

/// Those that a function says.
pub struct When<D>(pub(crate) D);

impl<R, D: Fn(&R) -> bool> Deletes<R> for When<D> {
    #[inline(always)]
    fn deletes(&self, item: &R) -> bool {
        (self.0)(item)
    }
}

/// A record of the right side as it is kept: `None` says that there is nothing from then on.
#[inline(always)]
pub(crate) fn version<R>(deletes: &impl Deletes<R>, item: R) -> Option<R> {
    (!deletes.deletes(&item)).then_some(item)
}

/// The function of an as-of join and its options.
pub trait AsOfKind<L, R> {
    type Out;
    fn row(&self, left: &L, right: Option<&R>) -> Self::Out;
}

/// The records of a chunk that are versions.
pub struct VersionBucket<Q, R, S>(SideBucket<Q, Option<R>, S>);
/// Makes them.
pub struct VersionBuckets<Q, R, S>(SideBuckets<Q, Option<R>, S>);

impl<Q, R, S> VersionBuckets<Q, R, S> {
    pub(crate) fn new(buckets: SideBuckets<Q, Option<R>, S>) -> Self {
        VersionBuckets(buckets)
    }

    pub fn bucket(&self) -> VersionBucket<Q, R, S> {
        VersionBucket(self.0.bucket())
    }
}

/// A stage that turns records of its right side into versions.
pub trait Versions<R> {
    fn version(&self, right: R) -> Option<R>;
}

impl<Q: Probe, R, S> VersionBucket<Q, R, S> {
    #[inline(always)]
    pub fn feed<C, K>(&mut self, stage: &C, item: R, key: K, stamp: impl Fit<S>, place: u64)
    where
        C: Versions<R>,
        K: Key<Probe = Q>,
    {
        self.0.feed(stage, stage.version(item), key, stamp, place);
    }

    pub(crate) fn into_inner(self) -> SideBucket<Q, Option<R>, S> {
        self.0
    }
}

/// An as-of join during one batch.
pub struct AsOfRun<'s, K, P, Q, L, R, J> {
    slot: &'s mut JoinSlot<K, L, Option<R>>,
    stage: &'s J,
    lateness: i64,
    left: Arrivals<P, L, EventStamp>,
    right: Arrivals<Q, Option<R>, EventStamp>,
    late: AtomicU64,
    number: u32,
}

impl<'s, K, P: Probe, Q: Probe, L, R, J> AsOfRun<'s, K, P, Q, L, R, J> {
    pub(crate) fn new(
        slot: &'s mut JoinSlot<K, L, Option<R>>,
        stage: &'s J,
        lateness: i64,
        turn: &Turn<'_>,
        number: u32,
    ) -> Self {
        let (left, right) = (Arrivals::new(turn, &slot.spare.0), Arrivals::new(turn, &slot.spare.1));
        AsOfRun { slot, stage, lateness, left, right, late: AtomicU64::new(0), number }
    }
}

impl<K, P, Q, L, R, J> AsOfRun<'_, K, P, Q, L, R, J>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    Q: Probe<Owned = K>,
    L: State,
    R: State,
{
    pub fn buckets(&self) -> SideBuckets<P, L, EventStamp> {
        self.left.buckets()
    }

    pub fn buckets_1(&self) -> VersionBuckets<Q, R, EventStamp> {
        VersionBuckets(self.right.buckets())
    }

    pub fn absorb(
        &mut self,
        _: &Turn<'_>,
        chunk: ChunkInfo,
        bucket: SideBucket<P, L, EventStamp>,
    ) -> Result<(), Failure> {
        self.left.absorb(chunk, bucket);
        Ok(())
    }

    pub fn absorb_1(
        &mut self,
        _: &Turn<'_>,
        chunk: ChunkInfo,
        bucket: VersionBucket<Q, R, EventStamp>,
    ) -> Result<(), Failure> {
        self.right.absorb(chunk, bucket.0);
        Ok(())
    }

    /// Puts versions and left records of the batch beside those kept before, then finds the left records whose time has passed.
    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        self.slot.know(Rule::AsOf, Option::is_none, turn.seed());
        let gate =
            Gate { rule: Rule::AsOf, lateness: self.lateness, closed: self.slot.closed.watermark, late: &self.late };
        let shards = &mut self.slot.shards;
        self.left.fold(turn, shards, self.number, |shards, first, chunk, entry| {
            gate.admit(shards, first, chunk, entry, Hand::Left, |pair, idle| (&mut pair.left, &mut idle.0));
        })?;
        self.right.fold(turn, shards, self.number, |shards, first, chunk, entry| {
            gate.admit(shards, first, chunk, entry, Hand::Right, |pair, idle| (&mut pair.right, &mut idle.1));
        })?;
        self.slot.closing = self.slot.closed.advanced(watermark, self.lateness, turn.input_ended());
        self.slot.late_now = self.late.load(Ordering::Relaxed);
        let closing = self.slot.closing;
        each_shard(turn, self.left.lanes(), &mut self.slot.shards, |shard| {
            for number in &shard.work {
                let pair = &mut shard.pairs[*number as usize];
                pair.left.sort();
                pair.right.sort();
            }
            shard.add_due(closing);
        });
        Ok(())
    }

    /// One task a range of shards; of a key in order of time.
    pub fn rows<'r, O>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> O,
        task: impl Fn(AsOfRows<'r, K, L, R, J>, O) -> (O, u64),
        absorb: impl FnMut(ChunkInfo, O) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let units = self.left.lanes();
        let of = SHARDS / units;
        let (slot, stage, lateness) = (&*self.slot, self.stage, self.lateness);
        let task = |unit: usize, leaf| {
            let shards = &slot.shards[unit * of..(unit + 1) * of];
            task(AsOfRows { shards, stage, lateness, closing: slot.closing }, leaf)
        };
        chunks(turn, units, None, make, task, absorb)
    }
}

/// Left records whose time has passed, in a range of shards.
pub struct AsOfRows<'r, K, L, R, J> {
    shards: &'r [Shard<K, L, Option<R>>],
    stage: &'r J,
    lateness: i64,
    closing: Closed,
}

impl<K, L, R, J: AsOfKind<L, R>> AsOfRows<'_, K, L, R, J> {
    /// Calls `each` with every row and its time.
    #[inline]
    pub fn each(self, mut each: impl FnMut(J::Out, EventStamp)) {
        for shard in self.shards {
            for number in &shard.work {
                let pair = &shard.pairs[*number as usize];
                let passed = |held: &&Held<L>| self.closing.is_past(held.time);
                for left in
                    pair.left.kept().iter().take_while(passed).chain(pair.left.new_records().iter().take_while(passed))
                {
                    let right = holds_at(&pair.right, left.time).and_then(|version| version.item.as_ref());
                    let stamp = EventStamp { time: left.time, watermark: left.time.saturating_add(self.lateness) };
                    each(self.stage.row(&left.item, right), stamp);
                }
            }
        }
    }
}

/// The newest version that holds at a time. One that came late is not seen by what was before it came.
fn holds_at<T>(versions: &Side<T>, time: i64) -> Option<&Held<T>> {
    let newest = |held: &'_ [Held<T>]| {
        let until = held.partition_point(|held| held.time <= time);
        held[..until].iter().rposition(|held| held.reached <= time)
    };
    let kept = newest(versions.kept()).map(|place| &versions.kept()[place]);
    let new = newest(versions.new_records()).map(|place| &versions.new_records()[place]);
    // of two of one time the later one holds
    kept.into_iter().chain(new).max_by_key(|held| held.time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_holds_until_the_next_one_and_not_before_it_was_known() {
        let held = |time, reached, item| Held { time, reached, matched: false, item };
        let versions = Side::of(
            vec![held(10, i64::MIN, "a"), held(20, 25, "late"), held(30, i64::MIN, "c")],
            vec![held(30, i64::MIN, "d")],
        );
        let at = |time| holds_at(&versions, time).map(|version| version.item);
        assert_eq!([9, 10, 22, 25, 29].map(at), [None, Some("a"), Some("a"), Some("late"), Some("late")]);
        assert_eq!(at(30), Some("d"), "of two of one time the one that came later");
    }
}
