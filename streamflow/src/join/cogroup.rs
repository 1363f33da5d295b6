//! `cogroup`: all records of a key of both sides, within one batch.

use super::bucket::{Arrivals, Lane, SideBucket, SideBuckets};
use crate::job::turn::{Cells, ChunkInfo, Failure, Shared, Tracker, Turn, chunks};
use crate::state::exchange::SharedSpare;
use crate::state::interner::Interner;
use crate::state::{Probe, StoredKey};
use std::sync::Mutex;

/// The records of one key on both sides of [`cogroup`](crate::Flow::cogroup).
///
/// The key may borrow from the batch: text keys are `&str`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cogrouped<K, L, R> {
    /// The key of both streams.
    pub key: K,
    /// Records of the left stream, in order of arrival; empty where it has none.
    pub left: Vec<L>,
    /// Records of the right stream.
    pub right: Vec<R>,
}

/// The keys of a lane, and by number their records on both sides.
struct Groups<K, L, R> {
    keys: Interner<K>,
    records: Mutex<Vec<(Vec<L>, Vec<R>)>>,
}

/// `cogroup` during one batch.
pub struct CogroupRun<K, P, Q, L, R> {
    left: Arrivals<P, L, ()>,
    right: Arrivals<Q, R, ()>,
    lanes: Vec<Groups<K, L, R>>,
    stage: u32,
}

impl<K, P, Q, L, R> CogroupRun<K, P, Q, L, R>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    Q: Probe<Owned = K>,
{
    pub(crate) fn new(turn: &Turn<'_>, stage: u32) -> Self {
        let spare = SharedSpare::default();
        let (left, right) = (Arrivals::new(turn, &spare), Arrivals::new(turn, &spare));
        CogroupRun { left, right, lanes: vec![], stage }
    }

    pub fn buckets(&self) -> SideBuckets<P, L, ()> {
        self.left.buckets()
    }

    pub fn buckets_1(&self) -> SideBuckets<Q, R, ()> {
        self.right.buckets()
    }

    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: SideBucket<P, L, ()>) -> Result<(), Failure> {
        self.left.absorb(chunk, bucket);
        Ok(())
    }

    pub fn absorb_1(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: SideBucket<Q, R, ()>) -> Result<(), Failure> {
        self.right.absorb(chunk, bucket);
        Ok(())
    }

    /// Groups the records: one task a lane.
    pub fn fold(&mut self, turn: &Turn<'_>, _: i64) -> Result<(), Failure> {
        let sides = self.left.take_lanes(turn).into_iter().zip(self.right.take_lanes(turn));
        let work: Vec<Cells<_, Result<_, Failure>>> =
            sides.map(|sides| Cells(Mutex::new((Some(sides), None)))).collect();
        let (seed, stage) = (turn.seed(), self.stage);
        let group = Shared(|(left, right)| group::<K, P, Q, L, R>(left, right, seed, stage));
        turn.executor.run(0..work.len(), &|lane| {
            let mine = work[lane].lock().0.take();
            if let Some(sides) = mine {
                let done = (group.get())(sides);
                work[lane].lock().1 = Some(done);
            }
        });
        self.lanes = work.into_iter().filter_map(Cells::into_result).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// One task a lane: keys in order of their first record, those of the left side first.
    pub fn rows<'r, O>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> O,
        task: impl Fn(CogroupRows<'r, K, L, R>, O) -> (O, u64),
        absorb: impl FnMut(ChunkInfo, O) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        chunks(turn, self.lanes.len(), None, make, |lane, leaf| task(CogroupRows(&self.lanes[lane]), leaf), absorb)
    }
}

fn group<K, P, Q, L, R>(
    left: Lane<P, L, ()>,
    right: Lane<Q, R, ()>,
    seed: u64,
    stage: u32,
) -> Result<Groups<K, L, R>, Failure>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    Q: Probe<Owned = K>,
{
    let (mut keys, mut records) = (Interner::new(), Vec::<(Vec<L>, Vec<R>)>::new());
    keys.seed(seed);
    for (chunk, entries) in left {
        Failure::catch(chunk, || {
            let mut tracker = Tracker::at(stage);
            for entry in entries {
                tracker.record(entry.carry.2);
                let number = keys.find_or_insert(entry.hash, &entry.key);
                records.resize_with(keys.numbers(), Default::default);
                records[number as usize].0.push(entry.carry.0);
            }
            tracker.finish();
        })?;
    }
    for (chunk, entries) in right {
        Failure::catch(chunk, || {
            let mut tracker = Tracker::at(stage);
            for entry in entries {
                tracker.record(entry.carry.2);
                let number = keys.find_or_insert(entry.hash, &entry.key);
                records.resize_with(keys.numbers(), Default::default);
                records[number as usize].1.push(entry.carry.0);
            }
            tracker.finish();
        })?;
    }
    Ok(Groups { keys, records: Mutex::new(records) })
}

/// The keys of one lane.
pub struct CogroupRows<'r, K, L, R>(&'r Groups<K, L, R>);

impl<'r, K: StoredKey, L, R> CogroupRows<'r, K, L, R> {
    /// Calls `each` with every key.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Cogrouped<K::Ref<'r>, L, R>, ())) {
        let Groups { keys, records } = self.0;
        let records = std::mem::take(&mut *records.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
        for (number, (left, right)) in records.into_iter().enumerate() {
            each(Cogrouped { key: keys.key(number as u32).view(), left, right }, ());
        }
    }
}
