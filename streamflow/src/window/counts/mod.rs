//! Windows of so many records a key, in the order in which they come.

mod save;

use super::any::{Opens, WindowSlot};
use super::panes::{WindowBucket, WindowBuckets};
use super::{Arrival, Clock, Stamp, Timestamp, Window};
use crate::flow::aggregate::Aggregate;
use crate::flow::aside::Dropped;
use crate::job::turn::{ChunkInfo, Failure, Isolation, Parts, Stamped, Tracker, Turn, chunks};
use crate::state::column::Column;
use crate::state::exchange::{Buckets, Entry, SharedSpare};
use crate::state::interner::Interner;
use crate::state::save::{Codec, saved_by};
use crate::state::{Probe, SHARDS, SlotApi, SlotSize, StoredKey, shard_of};
use crate::{Error, State, Windowed};
use std::collections::VecDeque;
use std::marker::PhantomData;

/// Windows of so many records.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub(crate) size: u64,
    pub(crate) every: u64,
    pub(crate) gaps: bool,
}

impl Counts {
    fn check(self) -> Result<Self, Error> {
        if self.size == 0 || self.every == 0 {
            return Err(super::no_length("give a window at least one record"));
        }
        if self.every > self.size && !self.gaps {
            return Err(super::skips());
        }
        Ok(self)
    }
}

/// The records of a key.
#[derive(Clone, Debug, PartialEq, State)]
struct Counted<A> {
    /// Of each slide, how many have come; the first of a slide opens a window.
    since: u64,
    open: VecDeque<Open<A>>,
}

impl<A> Counted<A> {
    /// As a key is that has had no record.
    fn is_new(&self) -> bool {
        self.since == 0 && self.open.is_empty()
    }
}

#[derive(Clone, Debug, PartialEq, State)]
struct Open<A> {
    records: u64,
    first: i64,
    last: i64,
    value: A,
}

struct Shard<K, A> {
    keys: Interner<K>,
    counted: Column<Counted<A>>,
    /// Windows that this batch has filled, and their keys.
    full: Vec<(u32, Open<A>)>,
    /// Records were left out of this batch, or keys have gone in a checkpoint: a key may have nothing.
    left_out: bool,
}

impl<K, A> Shard<K, A> {
    fn none() -> Counted<A> {
        Counted { since: 0, open: VecDeque::new() }
    }

    /// Makes the batch final, and forgets the keys that it has left as a new one is.
    fn commit(&mut self)
    where
        K: StoredKey,
        A: Clone,
    {
        self.full.clear();
        let mut as_new = vec![];
        self.counted.changed(|number| {
            as_new.extend(self.counted.value(number).is_new().then_some(number));
        });
        self.counted.commit();
        for number in &as_new {
            self.counted.remove(*number, Self::none);
        }
        // a key whose records were all left out has nothing
        if !as_new.is_empty() || std::mem::take(&mut self.left_out) {
            let live = self.counted.live();
            self.keys.sweep(|word| live.get(word).copied().unwrap_or(0));
        }
        self.keys.commit();
    }
}

/// The state of one aggregate.
pub struct CountSlot<K, A> {
    shards: Vec<Shard<K, A>>,
    /// How far time had come before this batch, and behind it.
    reached: i64,
    reaching: i64,
    known: Option<Known<K, A>>,
    spare: SharedSpare,
}

struct Known<K, A> {
    commit: fn(&mut Shard<K, A>),
    rollback: fn(&mut Shard<K, A>),
    codec: Codec<CountSlot<K, A>>,
    seed: u64,
    shape: String,
}

impl<K, A> Default for CountSlot<K, A> {
    fn default() -> Self {
        let shard = || Shard { keys: Interner::new(), counted: Column::new(), full: vec![], left_out: false };
        CountSlot {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            reached: i64::MIN,
            reaching: i64::MIN,
            known: None,
            spare: SharedSpare::default(),
        }
    }
}

impl<K, A> SlotApi for CountSlot<K, A> {
    fn commit(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.commit);
        self.reached = self.reaching;
    }

    fn rollback(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.rollback);
        self.reaching = self.reached;
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        let keys = self.shards.iter().map(|shard| shard.keys.len()).sum();
        let bytes = self.shards.iter().map(|shard| shard.keys.bytes() + shard.counted.bytes()).sum();
        SlotSize { keys, bytes }
    }

    fn shape(&self) -> String {
        self.known.as_ref().map(|known| known.shape.clone()).unwrap_or_default()
    }

    fn divides(&self) -> bool {
        true
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));
}

impl<'s, T, K, P, C, G, L> Opens<'s, T, K, P, C, G, L> for &Window<Arrival, Counts>
where
    K: StoredKey,
    P: Probe<Owned = K> + 's,
    C: Clock,
    G: Aggregate<T> + 's,
    G::Acc: 's,
{
    type Run = CountRun<'s, K, P, T, C, G>;

    fn open(
        &'s self,
        slot: &'s mut WindowSlot<K, G::Acc>,
        _: L,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self::Run, Failure> {
        let counts = self.kind.check()?;
        let slot = slot.counts();
        if slot.known.is_none() {
            slot.shards.iter_mut().for_each(|shard| shard.keys.seed(turn.seed()));
            let Counts { size, every, .. } = counts;
            let slide = if size == every { String::new() } else { format!(" every {every}") };
            slot.known = Some(Known {
                commit: Shard::commit,
                rollback: |shard| {
                    shard.counted.rollback(Shard::<K, G::Acc>::none);
                    shard.keys.rollback();
                    shard.full.clear();
                    shard.left_out = false;
                },
                codec: Codec::OF,
                seed: turn.seed(),
                shape: format!("{} -> {} in windows of {size} records{slide}", K::shape(), G::Acc::shape()),
            });
        }
        let fold = Fold { aggregate, counts, now: turn.now(), isolation: Isolation::new(turn, stage), stage };
        let buckets = Buckets::new(turn.threads(), turn.seed(), false, &slot.spare);
        Ok(CountRun { slot, fold, buckets, parts: Parts::default(), clock: PhantomData })
    }
}

/// One aggregate during one batch.
pub struct CountRun<'s, K, P, T, C: Clock, G: Aggregate<T>> {
    slot: &'s mut CountSlot<K, G::Acc>,
    fold: Fold<'s, G>,
    buckets: Buckets<P, (G::Carry, C::Stamp, ())>,
    parts: Parts<P, (G::Carry, C::Stamp, ())>,
    clock: PhantomData<fn() -> C>,
}

struct Fold<'s, G> {
    aggregate: &'s G,
    counts: Counts,
    now: i64,
    isolation: Isolation,
    stage: u32,
}

impl<K, P, T, C, G> CountRun<'_, K, P, T, C, G>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    C: Clock,
    G: Aggregate<T>,
{
    pub fn buckets(&self) -> WindowBuckets<P, G::Carry, C::Stamp> {
        WindowBuckets { buckets: self.buckets.clone(), keep: Dropped, meeting: None }
    }

    /// Takes the records of a chunk, in chunk order. One lane: folds them at once.
    pub fn absorb(
        &mut self,
        turn: &Turn<'_>,
        chunk: ChunkInfo,
        filled: WindowBucket<P, G::Carry, C::Stamp>,
    ) -> Result<(), Failure> {
        let mut bucket = filled.bucket;
        if self.buckets.lanes() > 1 {
            return if self.parts.push(turn, chunk, bucket) { self.wave(turn) } else { Ok(()) };
        }
        let (shards, fold) = (&mut self.slot.shards, &self.fold);
        let done = Failure::catch(chunk, || fold.lane::<K, P, T, C>(shards, 0, chunk, bucket.lane(0)));
        self.buckets.give_back(bucket);
        done
    }

    /// Folds what has been taken so far: one task a lane.
    fn wave(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let fold = &self.fold;
        self.parts.fold(
            turn,
            (fold.stage, &self.buckets),
            &mut self.slot.shards,
            &|shards, first, (_, chunk), entries| {
                fold.lane::<K, P, T, C>(shards, first, chunk, entries);
            },
        )
    }

    /// Folds what is left.
    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        self.slot.reaching = self.slot.reached.max(watermark);
        self.wave(turn)?;
        let left_out = self.fold.isolation.tell(turn);
        self.slot.shards.iter_mut().for_each(|shard| shard.left_out = left_out);
        Ok(())
    }

    /// Windows in the order in which they filled up, shard by shard.
    pub fn rows<'r, L>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Full<'r, K, T, C::Stamp, G>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let split = self.buckets.lanes();
        let of = SHARDS / split;
        let task = |lane: usize, leaf| {
            let shards = &self.slot.shards[lane * of..(lane + 1) * of];
            let (aggregate, reached) = (self.fold.aggregate, self.slot.reached);
            task(Full { shards, aggregate, reached, stamp: PhantomData }, leaf)
        };
        chunks(turn, split, None, make, task, absorb)
    }

    /// No record is late for windows that count.
    pub fn late<L>(
        &self,
        _: &Turn<'_>,
        _: &impl Fn(u32, u32) -> String,
        _: impl FnMut() -> L,
        _: impl Fn(Stamped<Vec<(T, C::Stamp)>>, L) -> (L, u64),
        _: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        Ok(())
    }
}

impl<G> Fold<'_, G> {
    fn lane<K, P, T, C>(
        &self,
        shards: &mut [Shard<K, G::Acc>],
        first: usize,
        chunk: ChunkInfo,
        entries: &mut Vec<Entry<P, (G::Carry, C::Stamp, ())>>,
    ) where
        K: StoredKey,
        P: Probe<Owned = K>,
        C: Clock,
        G: Aggregate<T>,
    {
        let mut tracker = Tracker::at(self.stage);
        for Entry { hash, key, carry: (carry, stamp, ()) } in entries.drain(..) {
            let record = G::place(&carry);
            tracker.record(record);
            let time = stamp.time(self.now);
            let Shard { keys, counted, full, .. } = &mut shards[shard_of(hash) - first];
            let number = keys.find_or_insert(hash, &key);
            counted.fit(keys.numbers(), Shard::<K, G::Acc>::none);
            let count = |of_key: &mut Counted<G::Acc>| self.count(of_key, time, carry);
            let filled = if G::UNDO && self.isolation.isolates(record) {
                counted.attempt(number, |of_key| self.isolation.attempt(chunk, record, || count(of_key))).flatten()
            } else {
                count(counted.save(number))
            };
            full.extend(filled.map(|window| (number, window)));
        }
        tracker.finish();
    }

    /// Counts a record into the windows of its key. The one that it fills is over.
    fn count<T>(&self, of_key: &mut Counted<G::Acc>, time: i64, carry: G::Carry) -> Option<Open<G::Acc>>
    where
        G: Aggregate<T>,
    {
        let (Counts { size, every, .. }, Counted { since, open }) = (self.counts, of_key);
        if *since == 0 {
            open.push_back(Open { records: 0, first: time, last: time, value: self.aggregate.initial() });
        }
        *since = (*since + 1) % every;
        for window in open.iter_mut() {
            window.records += 1;
            (window.first, window.last) = (window.first.min(time), window.last.max(time));
        }
        if let Some((window, others)) = open.make_contiguous().split_first_mut() {
            for other in others {
                self.aggregate.step(&mut other.value, self.aggregate.copy(&carry));
            }
            self.aggregate.step(&mut window.value, carry);
        }
        // windows fill up in the order in which they were opened
        if open.front().is_some_and(|window| window.records == size) { open.pop_front() } else { None }
    }
}

/// The windows that a range of shards has filled.
pub struct Full<'r, K, T, S, G: Aggregate<T>> {
    shards: &'r [Shard<K, G::Acc>],
    aggregate: &'r G,
    reached: i64,
    stamp: PhantomData<fn() -> S>,
}

impl<'r, K: StoredKey, T, S: Stamp, G: Aggregate<T>> Full<'r, K, T, S, G> {
    /// Calls `each` with every row. Its time is that of the latest record.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Windowed<K::Ref<'r>, G::Out>, S)) {
        for shard in self.shards {
            for (number, window) in &shard.full {
                let start = Timestamp::from_micros(window.first);
                let end = Timestamp::from_micros(window.last.saturating_add(1));
                let (key, value) = (shard.keys.key(*number).view(), self.aggregate.output(&window.value));
                each(Windowed { key, value, start, end }, S::of(window.last, self.reached));
            }
        }
    }
}
