//! One batch of an operator with the user's state: records go to the lane that owns their key and through the step; then what is
//! due; then the rows come out.

use super::step::Rows;
use super::{HeldSlot, KeyStep, Moment, NEVER, Shard};
use crate::job::turn::{AtKey, Cells, ChunkInfo, Failure, Isolation, Parts, Shared, Stamped, Tracker, Turn, chunks};
use crate::state::exchange::{Bucket, Buckets, Entry};
use crate::state::interner::BLOCK;
use crate::state::numbered::intern;
use crate::state::{Key, Probe};
use crate::window::{Fit, Stamp};
use std::cell::Cell;
use std::sync::Mutex;

/// What the exchange carries of a record: the record, its time, its number in the chunk.
pub type Carry<T, S> = (T, S, u64);

/// The run of a batch.
pub struct HeldRun<'s, P, T, S, C: KeyStep<T, S>> {
    pub(crate) slot: &'s mut HeldSlot<C::Key, C::Kept>,
    pub(super) step: &'s C,
    buckets: Buckets<P, Carry<T, S>>,
    parts: Parts<P, Carry<T, S>>,
    pub(super) rows: Vec<Rows<C::Row, S>>,
    at: Moment,
    isolation: Isolation,
    stage: u32,
}

impl<'s, P, T, S, C> HeldRun<'s, P, T, S, C>
where
    P: Probe<Owned = C::Key>,
    S: Stamp,
    C: KeyStep<T, S>,
{
    pub fn new(slot: &'s mut HeldSlot<C::Key, C::Kept>, step: &'s C, turn: &Turn<'_>, stage: u32) -> Self {
        let buckets = Buckets::new(turn.threads(), turn.seed(), false, &slot.spare);
        if let Some(opened) = slot.start(turn, buckets.lanes(), C::shape) {
            step.start(&mut slot.shards, turn.seed(), opened);
        }
        let rows = (0..buckets.lanes()).map(|_| vec![]).collect();
        let at = Moment { now: turn.now(), watermark: i64::MIN, before: slot.watermark, latest: slot.latest };
        HeldRun {
            slot,
            step,
            buckets,
            parts: Parts::default(),
            rows,
            at,
            isolation: Isolation::new(turn, stage),
            stage,
        }
    }

    pub fn buckets(&self) -> HeldBuckets<P, T, S> {
        HeldBuckets(self.buckets.clone())
    }

    /// Takes the records of a chunk, in chunk order. One lane: through the step at once, while they are in the cache.
    pub fn absorb(&mut self, turn: &Turn<'_>, chunk: ChunkInfo, filled: HeldBucket<P, T, S>) -> Result<(), Failure> {
        let HeldBucket { mut bucket, latest } = filled;
        self.slot.latest_now = self.slot.latest_now.max(latest);
        if self.buckets.lanes() > 1 {
            return if self.parts.push(turn, chunk, bucket) { self.wave(turn) } else { Ok(()) };
        }
        let lane = Lane { step: self.step, at: self.at, isolation: &self.isolation, stage: self.stage };
        let (shard, rows) = (&mut self.slot.shards[0], &mut self.rows[0]);
        let done = Failure::catch(chunk, || lane.records(shard, chunk, bucket.lane(0), rows));
        self.buckets.give_back(bucket);
        done
    }

    /// Takes what has come so far through the step, one task a lane.
    fn wave(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        // one task works with the rows of a lane
        let rows: Vec<Cells<_, ()>> = self.rows.drain(..).map(|rows| Cells(Mutex::new((Some(rows), None)))).collect();
        let lane = Lane { step: self.step, at: self.at, isolation: &self.isolation, stage: self.stage };
        self.parts.fold(
            turn,
            (self.stage, &self.buckets),
            &mut self.slot.shards,
            &|shards, first, (_, chunk), entries| {
                if let Some(rows) = &mut rows[first].lock().0 {
                    lane.records(&mut shards[0], chunk, entries, rows);
                }
            },
        )?;
        self.rows.extend(rows.into_iter().filter_map(|cell| cell.0.into_inner().ok()?.0));
        Ok(())
    }

    /// Takes what is left through the step, then what is due, one task a lane.
    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        let watermark = self.reach(watermark);
        self.at.latest = self.slot.latest_now;
        let lanes = self.buckets.lanes();
        let parts = self.parts.take();
        turn.look_for_hot_keys(parts.iter().map(|(_, bucket)| bucket));
        let mut work: Vec<(Vec<_>, _)> = self.rows.drain(..).map(|rows| (vec![], rows)).collect();
        for (chunk, mut bucket) in parts {
            for (lane, (chunks, _)) in work.iter_mut().enumerate() {
                chunks.push((chunk, std::mem::take(bucket.lane(lane))));
            }
        }
        let owned = self.slot.shards.iter_mut().zip(work).map(|owned| Cells(Mutex::new((Some(owned), None))));
        let owned: Vec<Cells<_, Result<_, (usize, Failure)>>> = owned.collect();
        let (step, at, isolation, stage) = (self.step, self.at, &self.isolation, self.stage);
        let spare = self.buckets.spare();
        let task = Shared(|lane: usize| {
            let Some((shard, (chunks, mut rows))) = owned[lane].lock().0.take() else { return };
            let steps = Lane { step, at, isolation, stage };
            let run = || {
                for (index, (chunk, mut entries)) in chunks.into_iter().enumerate() {
                    let done = Failure::catch(chunk, || steps.records(shard, chunk, &mut entries, &mut rows));
                    spare.give(entries);
                    done.map_err(|failure| (index, failure))?;
                }
                let rest = ChunkInfo { source: 0, partition: u32::MAX, first: 0, watermark };
                Failure::catch(rest, || steps.due(shard, watermark, &mut rows))
                    .map_err(|failure| (usize::MAX, failure))?;
                Ok(rows)
            };
            let done = run();
            owned[lane].lock().1 = Some(done);
        });
        turn.executor.run(0..lanes, &|lane| task.get()(lane));
        isolation.tell(turn);
        // of several failures the one of the first chunk is told: not that of the thread that was faster
        let mut failed: Option<(usize, Failure)> = None;
        for lane in owned.into_iter().filter_map(Cells::into_result) {
            match lane {
                Ok(rows) => self.rows.push(rows),
                Err(failure) if failed.as_ref().is_none_or(|first| failure.0 < first.0) => failed = Some(failure),
                Err(_) => {}
            }
        }
        failed.map_or(Ok(()), |(_, failure)| Err(failure))
    }

    /// When the batch ends.
    pub(super) fn moment(&self) -> Moment {
        Moment { watermark: self.slot.watermark_now, ..self.at }
    }

    /// Until when event time is due: at the end once everything, and nothing in the batches that other sources still make.
    fn reach(&mut self, watermark: i64) -> i64 {
        if watermark < NEVER {
            self.slot.watermark_now = self.slot.watermark.max(watermark);
            return self.slot.watermark_now;
        }
        self.slot.concluded_now = true;
        if self.slot.concluded { i64::MIN } else { NEVER }
    }

    /// One task a lane: its rows in the order in which they came.
    pub fn rows<L>(
        &mut self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Stamped<Rows<C::Row, S>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let rows: Vec<Cell<_>> = self.rows.drain(..).map(Cell::new).collect();
        // each cell is taken by the one task of its number
        chunks(turn, rows.len(), None, make, |lane, leaf| task(Stamped(rows[lane].take()), leaf), absorb)
    }
}

/// What the step of a lane needs besides what it holds.
struct Lane<'c, C> {
    step: &'c C,
    at: Moment,
    isolation: &'c Isolation,
    stage: u32,
}

impl<C> Lane<'_, C> {
    /// Takes the records of one chunk through the step, a block of 256 at a time (see `state/README.md`).
    fn records<P, T, S>(
        &self,
        shard: &mut Shard<C::Key, C::Kept>,
        chunk: ChunkInfo,
        entries: &mut Vec<Entry<P, Carry<T, S>>>,
        rows: &mut Rows<C::Row, S>,
    ) where
        P: Probe<Owned = C::Key>,
        S: Stamp,
        C: KeyStep<T, S>,
    {
        let reached = chunk.watermark.max(self.at.before);
        let mut numbers = [0u32; BLOCK];
        let mut tracker = Tracker::at(self.stage);
        let mut entries = entries.drain(..);
        while !entries.as_slice().is_empty() {
            let block = &entries.as_slice()[..entries.len().min(BLOCK)];
            let numbers = &mut numbers[..block.len()];
            intern(std::slice::from_mut(shard), |_| 0, block, numbers);
            for number in &*numbers {
                // the block is as long as the numbers, so the iterator has an entry for each
                let Some(Entry { carry: (item, stamp, record), .. }) = entries.next() else { break };
                tracker.record(record);
                let watermark = reached.max(stamp.watermark());
                let stamp = S::of(stamp.time(self.at.now), watermark);
                let at = Moment { watermark, ..self.at };
                if self.isolation.isolates(record) {
                    let before = rows.len();
                    let step = |key: &_, kept: &mut _| self.step.record(at, key, kept, (item, stamp), rows);
                    let done =
                        shard.attempt(*number, |key, kept| self.isolation.attempt(chunk, record, || step(key, kept)));
                    rows.truncate(if done.is_some() { rows.len() } else { before });
                } else {
                    let (key, kept) = shard.touch(*number);
                    self.step.record(at, key, kept, (item, stamp), rows);
                }
            }
        }
        tracker.finish();
    }

    fn due<T, S>(&self, shard: &mut Shard<C::Key, C::Kept>, watermark: i64, rows: &mut Rows<C::Row, S>)
    where
        C: KeyStep<T, S>,
    {
        let at = Moment { watermark, ..self.at };
        let tracker = Tracker::at(self.stage);
        for number in shard.due(watermark, at.now) {
            let (key, kept) = shard.touch(number);
            let place = AtKey::new(key);
            self.step.due(at, key, kept, rows);
            place.finish();
        }
        tracker.finish();
    }
}

/// Makes the buckets of one batch.
pub struct HeldBuckets<P, T, S>(pub(crate) Buckets<P, Carry<T, S>>);

impl<P, T, S> HeldBuckets<P, T, S> {
    pub fn bucket(&self) -> HeldBucket<P, T, S> {
        HeldBucket { bucket: self.0.bucket(), latest: i64::MIN }
    }
}

/// The records of one chunk, by lane.
pub struct HeldBucket<P, T, S> {
    pub(crate) bucket: Bucket<P, Carry<T, S>>,
    /// The latest event time in it.
    latest: i64,
}

impl<P: Probe, T, S: Stamp> HeldBucket<P, T, S> {
    /// Takes a record: its key, its time and its number in the chunk.
    #[inline(always)]
    pub fn feed<C, K: Key<Probe = P>>(&mut self, _: &C, item: T, key: K, stamp: impl Fit<S>, record: u64) {
        let stamp = stamp.fit();
        self.latest = self.latest.max(stamp.time(i64::MIN));
        self.bucket.push(key.probe(), (item, stamp, record));
    }
}
