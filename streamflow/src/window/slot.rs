//! Windowed aggregates: panes of columns a shard, closed by the watermark.

use super::frames::{Frames, Grid};
use super::{Clock, Fit, Stamp, Timestamp, Window};
use crate::Windowed;
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{ChunkInfo, Failure, Tracker, Turn, chunks, lanes};
use crate::state::column::{Column, for_each_bit};
use crate::state::exchange::{Bucket, Buckets, Entry, SharedSpare};
use crate::state::interner::{BLOCK, Interner, NONE};
use crate::state::{Key, Probe, SHARDS, SlotApi, SlotSize, State, StoredKey, shard_of};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

struct Shard<K, A> {
    keys: Interner<K>,
    /// By pane: records that are in time for every window of their pane.
    panes: Frames<A>,
    /// By window: records that are late for some of their windows; and all records of aggregates that do not merge.
    windows: Frames<A>,
}

/// The state of one windowed aggregate.
pub struct WindowSlot<K, A> {
    shards: Vec<Shard<K, A>>,
    /// Windows that end here or before have been closed.
    closed: i64,
    /// The same, once this batch is final.
    closing: i64,
    late: u64,
    late_now: u64,
    known: Option<Known<K, A>>,
    spare: SharedSpare,
}

struct Known<K, A> {
    rollback: fn(&mut Shard<K, A>, &A),
    commit: fn(&mut Shard<K, A>, &A, Grid, i64),
    initial: A,
    shape: fn() -> String,
    grid: Grid,
    processing: bool,
}

impl<K, A> Default for WindowSlot<K, A> {
    fn default() -> Self {
        let shard = || Shard { keys: Interner::new(), panes: Frames::new(), windows: Frames::new() };
        let shards = (0..SHARDS).map(|_| shard()).collect();
        let spare = SharedSpare::default();
        WindowSlot { shards, closed: i64::MIN, closing: i64::MIN, late: 0, late_now: 0, known: None, spare }
    }
}

impl<K, A> SlotApi for WindowSlot<K, A> {
    fn commit(&mut self) {
        let Some(known) = &self.known else { return };
        for shard in &mut self.shards {
            (known.commit)(shard, &known.initial, known.grid, self.closing);
        }
        self.closed = self.closing;
        self.late += std::mem::take(&mut self.late_now);
    }

    fn rollback(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(|shard| (known.rollback)(shard, &known.initial));
        self.closing = self.closed;
        self.late_now = 0;
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        let keys = self.shards.iter().map(|shard| shard.keys.len()).sum();
        let bytes = |shard: &Shard<K, A>| shard.keys.bytes() + shard.panes.bytes() + shard.windows.bytes();
        SlotSize { keys, bytes: self.shards.iter().map(bytes).sum() }
    }

    fn shape(&self) -> String {
        let Some(known) = &self.known else { return String::new() };
        let clock = if known.processing { "the batch clock" } else { "event time" };
        format!("{} in windows of {}, {clock}", (known.shape)(), known.grid)
    }

    fn late(&self) -> u64 {
        self.late
    }

    fn wake_at(&self) -> Option<i64> {
        let known = self.known.as_ref().filter(|known| known.processing)?;
        let ends = |shard: &Shard<K, A>| {
            let panes = shard.panes.indices().flat_map(|pane| known.grid.windows_of(pane));
            let open = panes.chain(shard.windows.indices()).map(|window| known.grid.end(window));
            open.filter(|end| *end > self.closed).min()
        };
        self.shards.iter().filter_map(ends).min()
    }
}

fn commit<K: StoredKey, A: State>(shard: &mut Shard<K, A>, initial: &A, grid: Grid, closing: i64) {
    let over_pane = |pane| grid.end(*grid.windows_of(pane).end()) <= closing;
    let panes = shard.panes.commit(over_pane, || initial.clone());
    let windows = shard.windows.commit(|window| grid.end(window) <= closing, || initial.clone());
    // A key lives while a frame holds a value of it. A key that only a late record brought has none.
    if panes || windows || !shard.keys.born().is_empty() {
        let Shard { keys, panes, windows } = shard;
        let columns: Vec<&[u64]> = panes.columns().chain(windows.columns()).map(Column::live).collect();
        keys.sweep(|word| columns.iter().fold(0, |held, live| held | live.get(word).copied().unwrap_or(0)));
    }
    shard.keys.commit();
}

/// A windowed aggregate during one batch.
pub struct WindowRun<'s, K, P, T, C: Clock, G: Aggregate<T>> {
    slot: &'s mut WindowSlot<K, G::Acc>,
    fold: Fold<'s, G>,
    buckets: Buckets<P, (G::Carry, C::Stamp)>,
    parts: Vec<Part<P, G::Carry, C::Stamp>>,
    late: AtomicU64,
    closable: Vec<i64>,
}

/// What a chunk brings to a window.
type Part<P, C, S> = (ChunkInfo, Bucket<P, (C, S)>);

/// What folding needs to know, apart from the shards.
struct Fold<'s, G> {
    aggregate: &'s G,
    grid: Grid,
    tumbles: bool,
    now: i64,
    closed: i64,
    stage: u32,
}

impl<'s, K, P, T, C, G> WindowRun<'s, K, P, T, C, G>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    C: Clock,
    G: Aggregate<T>,
{
    pub fn new(
        slot: &'s mut WindowSlot<K, G::Acc>,
        window: &Window<C>,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self, Failure> {
        let grid = window.grid()?;
        if slot.known.is_none() {
            slot.shards.iter_mut().for_each(|shard| shard.keys.seed(turn.seed()));
            slot.known = Some(Known {
                rollback: |shard, initial| {
                    shard.panes.rollback(|| initial.clone());
                    shard.windows.rollback(|| initial.clone());
                    shard.keys.rollback();
                },
                commit: commit::<K, G::Acc>,
                initial: aggregate.initial(),
                shape: || format!("{} -> {}", K::shape(), G::Acc::shape()),
                grid,
                processing: C::PROCESSING,
            });
        }
        let fold = Fold { aggregate, grid, tumbles: grid.tumbles(), now: turn.now(), closed: slot.closed, stage };
        let buckets = Buckets::new(turn.threads(), turn.seed(), false, &slot.spare);
        Ok(WindowRun { slot, fold, buckets, parts: vec![], late: AtomicU64::new(0), closable: vec![] })
    }

    pub fn buckets(&self) -> WindowBuckets<P, G::Carry, C::Stamp> {
        WindowBuckets(self.buckets.clone())
    }

    /// Takes the records of a chunk, in chunk order. One lane: folds them at once.
    pub fn absorb(&mut self, chunk: ChunkInfo, filled: WindowBucket<P, G::Carry, C::Stamp>) -> Result<(), Failure> {
        let mut bucket = filled.0;
        if self.buckets.lanes() > 1 {
            self.parts.push((chunk, bucket));
            return Ok(());
        }
        let (shards, fold, late) = (&mut self.slot.shards, &self.fold, &self.late);
        let done = Failure::catch(chunk, || fold.lane::<K, P, T, C>(shards, 0, chunk, bucket.lane(0), late));
        self.buckets.give_back(bucket);
        done
    }

    /// Folds what has been taken, one task a lane; then decides which windows close: those whose end the watermark has reached.
    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        let watermark = match (C::PROCESSING, turn.input_ended()) {
            (_, true) => i64::MAX,
            (true, false) => self.fold.now, // the batch clock is the watermark of windows on it
            (false, false) => watermark,
        };
        let parts = std::mem::take(&mut self.parts);
        let (fold, late) = (&self.fold, &self.late);
        lanes(turn, &self.buckets, &mut self.slot.shards, parts, |shards, first, chunk, entries| {
            fold.lane::<K, P, T, C>(shards, first, chunk, entries, late);
        })?;
        self.slot.late_now = late.load(Ordering::Relaxed);
        let (grid, closed) = (self.fold.grid, self.slot.closed);
        self.slot.closing = closed.max(watermark);
        let mut windows = BTreeSet::new();
        for shard in &self.slot.shards {
            let panes = shard.panes.indices().flat_map(|pane| grid.windows_of(pane));
            let open = panes.chain(shard.windows.indices());
            windows.extend(open.filter(|window| (closed + 1..=self.slot.closing).contains(&grid.end(*window))));
        }
        self.closable = windows.into_iter().collect();
        Ok(())
    }

    /// One task a closed window and range of shards: rows in order of window ends, then shards.
    pub fn rows<'r, L>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Closed<'r, K, T, C::Stamp, G>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let split = self.buckets.lanes();
        let of = SHARDS / split;
        let task = |unit: usize, leaf| {
            let (window, lane) = (self.closable[unit / split], unit % split);
            let shards = &self.slot.shards[lane * of..(lane + 1) * of];
            let Fold { grid, aggregate, closed, .. } = self.fold;
            task(Closed { shards, grid, window, closed, aggregate, stamp: PhantomData }, leaf)
        };
        chunks(turn, self.closable.len() * split, None, make, task, absorb)
    }
}

impl<G> Fold<'_, G> {
    /// Folds the records of one lane, a block of 256 at a time (see `state/README.md`).
    fn lane<K, P, T, C>(
        &self,
        shards: &mut [Shard<K, G::Acc>],
        first: usize,
        chunk: ChunkInfo,
        entries: &mut Vec<Entry<P, (G::Carry, C::Stamp)>>,
        late: &AtomicU64,
    ) where
        K: StoredKey,
        P: Probe<Owned = K>,
        C: Clock,
        G: Aggregate<T>,
    {
        let reached = chunk.watermark.max(self.closed);
        let mut numbers = [0u32; BLOCK];
        let mut too_late = 0;
        let mut tracker = Tracker::at(self.stage);
        let mut entries = entries.drain(..);
        while !entries.as_slice().is_empty() {
            let block = &entries.as_slice()[..entries.len().min(BLOCK)];
            let numbers = &mut numbers[..block.len()];
            for entry in block {
                shards[shard_of(entry.hash) - first].keys.touch(entry.hash);
            }
            for (number, entry) in numbers.iter_mut().zip(block) {
                let shard = &shards[shard_of(entry.hash) - first];
                *number = shard.keys.guess(entry.hash);
                shard.panes.touch(self.grid.pane(entry.carry.1.time(self.now)), *number);
            }
            for (number, entry) in numbers.iter_mut().zip(block) {
                let keys = &mut shards[shard_of(entry.hash) - first].keys;
                if *number == NONE || !keys.is(*number, &entry.key) {
                    *number = keys.find_or_insert(entry.hash, &entry.key);
                }
            }
            for number in &*numbers {
                // the block is as long as the numbers, so the iterator has an entry for each
                let Some(Entry { hash, carry: (carry, stamp), .. }) = entries.next() else { break };
                tracker.record(G::place(&carry));
                let shard = &mut shards[shard_of(hash) - first];
                let reached = reached.max(stamp.watermark());
                let done = self.record(shard, *number, carry, stamp.time(self.now), reached);
                too_late += u64::from(!done);
            }
        }
        tracker.finish();
        late.fetch_add(too_late, Ordering::Relaxed);
    }

    /// Folds one record into its pane, or into those of its windows that it is not late for. False: late for all.
    #[inline(always)]
    fn record<K, T>(&self, shard: &mut Shard<K, G::Acc>, number: u32, carry: G::Carry, time: i64, reached: i64) -> bool
    where
        G: Aggregate<T>,
    {
        let numbers = shard.keys.numbers();
        if (G::MERGES || self.tumbles)
            && let Some(column) = shard.panes.open(self.grid.pane(time), reached)
        {
            self.step(column, numbers, number, carry);
            return true;
        }
        self.seek(shard, number, carry, time, reached)
    }

    /// The way of the first record of a pane, of records far behind, and of aggregates that do not merge.
    #[inline(never)]
    fn seek<K, T>(&self, shard: &mut Shard<K, G::Acc>, number: u32, carry: G::Carry, time: i64, reached: i64) -> bool
    where
        G: Aggregate<T>,
    {
        let (grid, numbers) = (self.grid, shard.keys.numbers());
        let windows = grid.windows(time);
        let (from, to) = (*windows.start(), *windows.end());
        let open_until = grid.end(from);
        if (G::MERGES || self.tumbles) && open_until > reached && from <= to {
            self.step(shard.panes.column(grid.pane(time), open_until), numbers, number, carry);
            return true;
        }
        let mut open = windows.filter(|window| grid.end(*window) > reached);
        let Some(mut window) = open.next() else {
            return from > to; // in a gap between windows: not late, but nowhere at home
        };
        for next in open {
            let copy = self.aggregate.copy(&carry);
            self.step(shard.windows.column(window, grid.end(window)), numbers, number, copy);
            window = next;
        }
        self.step(shard.windows.column(window, grid.end(window)), numbers, number, carry);
        true
    }

    #[inline(always)]
    fn step<T>(&self, column: &mut Column<G::Acc>, numbers: usize, number: u32, carry: G::Carry)
    where
        G: Aggregate<T>,
    {
        column.fit(numbers, || self.aggregate.initial());
        let value = if G::UNDO { column.save(number) } else { column.mark(number) };
        self.aggregate.step(value, carry);
    }
}

/// Makes the buckets of one batch.
pub struct WindowBuckets<P, C, S>(Buckets<P, (C, S)>);

impl<P, C, S> WindowBuckets<P, C, S> {
    pub fn bucket(&self) -> WindowBucket<P, C, S> {
        WindowBucket(self.0.bucket())
    }
}

/// The records of a chunk on their way to their windows.
pub struct WindowBucket<P, C, S>(Bucket<P, (C, S)>);

impl<P: Probe, C, S> WindowBucket<P, C, S> {
    #[inline(always)]
    pub fn feed<T, G: Aggregate<T, Carry = C>>(
        &mut self,
        aggregate: &G,
        item: T,
        key: impl Key<Probe = P>,
        stamp: impl Fit<S>,
        record: u64,
    ) {
        self.0.push(key.probe(), (aggregate.lift(item, record), stamp.fit()));
    }
}

/// One closed window in a range of shards.
pub struct Closed<'r, K, T, S, G: Aggregate<T>> {
    shards: &'r [Shard<K, G::Acc>],
    grid: Grid,
    window: i64,
    closed: i64,
    aggregate: &'r G,
    stamp: PhantomData<fn() -> S>,
}

impl<'r, K: StoredKey, T, S: Stamp, G: Aggregate<T>> Closed<'r, K, T, S, G> {
    /// Calls `each` with every row. Its time is the last moment of the window.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Windowed<K::Ref<'r>, G::Out>, S)) {
        let start = Timestamp::from_micros(self.grid.start(self.window));
        let end = Timestamp::from_micros(self.grid.end(self.window));
        let stamp = S::of(end.as_micros().saturating_sub(1), self.closed);
        let mut columns: Vec<&Column<G::Acc>> = vec![];
        for shard in self.shards {
            columns.clear();
            columns.extend(shard.panes.range(self.grid.panes_of(self.window)));
            columns.extend(shard.windows.get(self.window));
            let words = columns.iter().map(|column| column.live().len()).max().unwrap_or(0);
            let live = |column: &Column<G::Acc>, word: usize| column.live().get(word).copied().unwrap_or(0);
            for word in 0..words {
                let held = columns.iter().fold(0, |held, column| held | live(column, word));
                for_each_bit(word * 64, held, |number| {
                    let value = self.value(&columns, number);
                    each(Windowed { key: shard.keys.key(number).view(), value, start, end }, stamp);
                });
            }
        }
    }

    #[inline(always)]
    fn value(&self, columns: &[&Column<G::Acc>], number: u32) -> G::Out {
        if let [column] = columns {
            return self.aggregate.output(column.value(number));
        }
        let mut held = columns.iter().filter(|column| column.is_live(number));
        let first = held.next().map(|column| column.value(number).clone());
        let mut merged = first.unwrap_or_else(|| self.aggregate.initial());
        held.for_each(|column| self.aggregate.merge(&mut merged, column.value(number)));
        self.aggregate.output(&merged)
    }
}
