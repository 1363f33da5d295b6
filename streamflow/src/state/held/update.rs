//! One batch of `update_state`: the values of the batch are gathered by key, then every key is visited.

use super::all::{self, AllRows};
use super::run::{HeldBucket, HeldBuckets};
use super::{Held, HeldSlot, Shard, Start};
use crate::job::turn::{AtKey, Cells, ChunkInfo, Failure, Shared, Tracker, Turn};
use crate::state::exchange::{Bucket, Buckets};
use crate::state::interner::BLOCK;
use crate::state::numbered::intern;
use crate::state::{Probe, State};
use std::sync::Mutex;

/// What `update_state` does with a key.
pub trait Visit<T>: Start {
    fn visit(&self, key: &Self::Key, values: Vec<T>, kept: &mut Option<Self::Kept>);
}

/// The run of a batch.
pub struct UpdateRun<'s, P, T, C: Visit<T>> {
    slot: &'s mut HeldSlot<C::Key, C::Kept>,
    visit: &'s C,
    buckets: Buckets<P, (T, (), u64)>,
    parts: Vec<Bucket<P, (T, (), u64)>>,
    /// Has the batch brought a record?
    records: bool,
    stage: u32,
}

impl<'s, P, T, S, C> UpdateRun<'s, P, T, C>
where
    P: Probe<Owned = C::Key>,
    S: State,
    C: Visit<T, Kept = Held<S>>,
{
    pub fn new(slot: &'s mut HeldSlot<C::Key, C::Kept>, visit: &'s C, turn: &Turn<'_>, stage: u32) -> Self {
        let buckets = Buckets::new(turn.threads(), turn.seed(), false, &slot.spare);
        if let Some(opened) = slot.start(turn, buckets.lanes(), C::shape) {
            visit.start(&mut slot.shards, turn.seed(), opened);
        }
        UpdateRun { slot, visit, buckets, parts: vec![], records: false, stage }
    }

    pub fn buckets(&self) -> HeldBuckets<P, T, ()> {
        HeldBuckets(self.buckets.clone())
    }

    pub fn absorb(&mut self, _: &Turn<'_>, _: ChunkInfo, filled: HeldBucket<P, T, ()>) -> Result<(), Failure> {
        self.records |= !filled.bucket.is_empty();
        self.parts.push(filled.bucket);
        Ok(())
    }

    /// Visits every key, one task a lane.
    pub fn fold(&mut self, turn: &Turn<'_>, _: i64) -> Result<(), Failure> {
        if !turn.is_batch(self.records) {
            return Ok(());
        }
        let lanes = self.buckets.lanes();
        let mut work: Vec<Vec<_>> = (0..lanes).map(|_| Vec::with_capacity(self.parts.len())).collect();
        turn.look_for_hot_keys(self.parts.iter());
        for mut bucket in self.parts.drain(..) {
            for (lane, work) in work.iter_mut().enumerate() {
                work.push(std::mem::take(bucket.lane(lane)));
            }
        }
        let owned = self.slot.shards.iter_mut().zip(work).map(|owned| Cells(Mutex::new((Some(owned), None))));
        let owned: Vec<Cells<_, Result<(), Failure>>> = owned.collect();
        let (visit, stage, spare) = (self.visit, self.stage, self.buckets.spare());
        let task = Shared(|lane: usize| {
            let Some((shard, parts)) = owned[lane].lock().0.take() else { return };
            let rest = ChunkInfo { source: 0, partition: u32::MAX, first: 0, watermark: i64::MIN };
            let done = Failure::catch(rest, || {
                let tracker = Tracker::at(stage);
                let mut values: Vec<(u32, T)> = vec![];
                let mut numbers = [0u32; BLOCK];
                for mut entries in parts {
                    for block in entries.chunks(BLOCK) {
                        intern(std::slice::from_mut(shard), |_| 0, block, &mut numbers[..block.len()]);
                    }
                    for entry in entries.drain(..) {
                        // the second look finds the number where the first one put it
                        let number = shard.keys.find_or_insert(entry.hash, &entry.key);
                        values.push((number, entry.carry.0));
                    }
                    spare.give(entries);
                }
                all_keys(shard, values, visit);
                tracker.finish();
            });
            owned[lane].lock().1 = Some(done);
        });
        turn.executor.run(0..lanes, &|lane| task.get()(lane));
        owned.into_iter().filter_map(Cells::into_result).collect()
    }

    pub fn rows<'r, L>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(AllRows<'r, C::Key, S>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        all::rows(&self.slot.shards, self.records, turn, make, task, absorb)
    }
}

/// Visits the keys that hold a state and those that got values, in the order of their numbers.
fn all_keys<T, C: Visit<T>>(shard: &mut Shard<C::Key, C::Kept>, mut values: Vec<(u32, T)>, visit: &C) {
    let mut keys = shard.held();
    keys.extend(values.iter().map(|(number, _)| *number));
    keys.sort_unstable();
    keys.dedup();
    // stable: values of a key stay in the order of the source
    values.sort_by_key(|(number, _)| *number);
    let mut values = values.into_iter().peekable();
    for number in keys {
        let mut of_key = vec![];
        while let Some((_, value)) = values.next_if(|(of, _)| *of == number) {
            of_key.push(value);
        }
        let (key, kept) = shard.touch(number);
        let place = AtKey::new(key);
        visit.visit(key, of_key, kept);
        place.finish();
    }
}
