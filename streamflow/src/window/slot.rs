//! Windowed aggregates: panes of columns a shard, closed by the watermark.

use super::any::{Opens, WindowSlot};
use super::clock::ClockKind;
use super::frames::{Frames, Held, Which};
use super::grid::Grid;
use super::options::{Emit, Options};
use super::{Clock, Fit, Stamp, Timestamp, Window};
use crate::Windowed;
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{ChunkInfo, Failure, Tracker, Turn, chunks, lanes};
use crate::state::column::{Column, for_each_bit};
use crate::state::exchange::{Bucket, Buckets, Entry, SharedSpare};
use crate::state::interner::{BLOCK, Interner, NONE};
use crate::state::{Key, Probe, SHARDS, SlotApi, SlotSize, State, StoredKey, shard_of};
use std::collections::{BTreeMap, VecDeque};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

struct Shard<K, A> {
    keys: Interner<K>,
    /// By pane: records that are in time for every window of their pane.
    panes: Frames<A>,
    /// By window: records that are late for some of their windows; and all records where panes are not merged.
    windows: Frames<A>,
}

/// The state of one windowed aggregate.
pub struct PaneSlot<K, A> {
    shards: Vec<Shard<K, A>>,
    /// Windows that end here or before have been closed.
    closed: i64,
    /// The same, once this batch is final.
    closing: i64,
    late: u64,
    late_now: u64,
    /// The batch clock of the batches that windows of batches still reach, the newest last; and the number of the newest.
    times: VecDeque<i64>,
    batches: i64,
    /// What this batch decides, once it is final.
    next: Next,
    /// The batch clock when windows were last shown early.
    shown: Option<i64>,
    known: Option<Known<K, A>>,
    spare: SharedSpare,
}

#[derive(Default)]
struct Next {
    counted: Option<i64>,
    shows: Option<i64>,
    /// Windows that begin anew.
    purged: Vec<i64>,
}

struct Known<K, A> {
    rollback: fn(&mut Shard<K, A>, &A),
    commit: fn(&mut Shard<K, A>, &Known<K, A>, i64, &Next),
    initial: A,
    shape: fn() -> String,
    grid: Grid,
    options: Options,
    clock: ClockKind,
    /// Is a record in time folded into its pane, or into each of its windows?
    panes: bool,
    /// The key of a stream without one.
    only: Option<K>,
}

impl<K, A> Default for PaneSlot<K, A> {
    fn default() -> Self {
        let shard = || Shard { keys: Interner::new(), panes: Frames::new(), windows: Frames::new() };
        let shards = (0..SHARDS).map(|_| shard()).collect();
        PaneSlot {
            shards,
            closed: i64::MIN,
            closing: i64::MIN,
            late: 0,
            late_now: 0,
            times: VecDeque::new(),
            batches: 0,
            next: Next::default(),
            shown: None,
            known: None,
            spare: SharedSpare::default(),
        }
    }
}

impl<K, A> PaneSlot<K, A> {
    /// The batch clock of a batch, by its number; that of the first one for those before it.
    fn time(&self, number: i64, turn: &Turn<'_>) -> i64 {
        let back = usize::try_from(self.batches - number).ok().map(|back| self.times.len().saturating_sub(back + 1));
        back.and_then(|at| self.times.get(at).copied()).unwrap_or_else(|| turn.now())
    }
}

impl<K, A> SlotApi for PaneSlot<K, A> {
    fn commit(&mut self) {
        let Some(known) = &self.known else { return };
        let next = std::mem::take(&mut self.next);
        for shard in &mut self.shards {
            (known.commit)(shard, known, self.closing, &next);
        }
        self.closed = self.closing;
        self.late += std::mem::take(&mut self.late_now);
        self.shown = next.shows.or(self.shown);
        if let Some(time) = next.counted {
            self.batches += 1;
            self.times.push_back(time);
            let longest = usize::try_from(known.grid.size()).unwrap_or(usize::MAX);
            self.times.drain(..self.times.len().saturating_sub(longest));
        }
    }

    fn rollback(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(|shard| (known.rollback)(shard, &known.initial));
        self.closing = self.closed;
        self.late_now = 0;
        self.next = Next::default();
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
        let shape = (known.shape)();
        match known.clock {
            ClockKind::Event => format!("{shape} in windows of {}, event time", known.grid),
            ClockKind::Processing => format!("{shape} in windows of {}, the batch clock", known.grid),
            ClockKind::Batches => format!("{shape} in windows of {}", known.grid.in_batches()),
        }
    }

    fn late(&self) -> u64 {
        self.late
    }

    fn wake_at(&self) -> Option<i64> {
        let known = self.known.as_ref()?;
        let ends = |shard: &Shard<K, A>| {
            let panes = shard.panes.indices().flat_map(|pane| known.grid.windows_of(pane));
            let open = panes.chain(shard.windows.indices()).map(|window| known.grid.end(window));
            open.filter(|end| *end > self.closed).min()
        };
        let closing = match known.clock {
            ClockKind::Processing => self.shards.iter().filter_map(ends).min(),
            ClockKind::Event | ClockKind::Batches => None,
        };
        let mut shards = self.shards.iter().flat_map(|shard| [&shard.panes, &shard.windows]);
        let early = match (known.options.emit, self.shown) {
            (Emit::Early(every), Some(shown)) if shards.any(|frames| frames.with(Which::Unseen).next().is_some()) => {
                Some(shown.saturating_add(super::micros(every)))
            }
            _ => None,
        };
        closing.into_iter().chain(early).min()
    }
}

fn commit<K: StoredKey, A: State>(shard: &mut Shard<K, A>, known: &Known<K, A>, closing: i64, next: &Next) {
    let Known { grid, options, initial, .. } = known;
    if matches!(options.emit, Emit::Early(_)) {
        shard.panes.remember(next.shows.is_some());
        shard.windows.remember(next.shows.is_some());
    }
    let over_pane = |pane| options.expiry(grid.end(*grid.windows_of(pane).end())) <= closing;
    let over = |window| options.expiry(grid.end(window)) <= closing;
    let panes = shard.panes.commit(over_pane, || initial.clone());
    let windows = shard.windows.commit(over, || initial.clone());
    let mut purged = false;
    for window in &next.purged {
        // panes are windows where windows do not overlap
        let frames = if known.panes { &mut shard.panes } else { &mut shard.windows };
        purged |= frames.purge(*window, || initial.clone());
        if known.panes {
            purged |= shard.windows.purge(*window, || initial.clone());
        }
    }
    // A key lives while a frame holds a value of it. A key that only a late record brought has none.
    let gone = panes || windows || purged || !shard.keys.born().is_empty();
    if gone && !options.keep_empty {
        let Shard { keys, panes, windows } = shard;
        let columns: Vec<&[u64]> = panes.columns().chain(windows.columns()).map(Column::live).collect();
        keys.sweep(|word| columns.iter().fold(0, |held, live| held | live.get(word).copied().unwrap_or(0)));
    }
    shard.keys.commit();
}

/// A windowed aggregate during one batch.
pub struct WindowRun<'s, K, P, T, C: Clock, G: Aggregate<T>> {
    slot: &'s mut PaneSlot<K, G::Acc>,
    fold: Fold<'s, G>,
    buckets: Buckets<P, (G::Carry, C::Stamp)>,
    parts: Vec<Part<P, G::Carry, C::Stamp>>,
    late: AtomicU64,
    showing: Vec<Showing>,
}

/// A window that is shown in this batch.
#[derive(Clone, Copy)]
struct Showing {
    window: i64,
    start: i64,
    end: i64,
    part: Which,
}

/// What a chunk brings to a window.
type Part<P, C, S> = (ChunkInfo, Bucket<P, (C, S)>);

/// What folding needs to know, apart from the shards.
struct Fold<'s, G> {
    aggregate: &'s G,
    grid: Grid,
    options: Options,
    panes: bool,
    /// The moment of a record without a timestamp: the batch clock, or the number of the batch.
    now: i64,
    closed: i64,
    stage: u32,
}

impl<'s, 'w, T, K, P, C, G> Opens<'s, T, K, P, C, G> for &'w Window<C>
where
    K: StoredKey,
    P: Probe<Owned = K> + 's,
    C: Clock,
    G: Aggregate<T> + 's,
    G::Acc: 's,
{
    type Run = WindowRun<'s, K, P, T, C, G>;

    fn open(
        &'s self,
        slot: &'s mut WindowSlot<K, G::Acc>,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self::Run, Failure> {
        WindowRun::new(slot.panes(), self, aggregate, turn, stage)
    }
}

impl<'s, K, P, T, C, G> WindowRun<'s, K, P, T, C, G>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    C: Clock,
    G: Aggregate<T>,
{
    fn new(
        slot: &'s mut PaneSlot<K, G::Acc>,
        window: &Window<C>,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self, Failure> {
        let (grid, options) = (window.grid()?, window.options);
        // a pane belongs to several windows, which begin anew one by one
        let panes = grid.tumbles() || (G::MERGES && !options.purge);
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
                options,
                clock: C::KIND,
                panes,
                only: K::only(),
            });
        }
        let now = if C::KIND == ClockKind::Batches { slot.batches + 1 } else { turn.now() };
        let fold = Fold { aggregate, grid, options, panes, now, closed: slot.closed, stage };
        let buckets = Buckets::new(turn.threads(), turn.seed(), false, &slot.spare);
        Ok(WindowRun { slot, fold, buckets, parts: vec![], late: AtomicU64::new(0), showing: vec![] })
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

    /// Folds what has been taken, one task a lane; then decides which windows are shown.
    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        let watermark = match (C::KIND, turn.input_ended()) {
            (ClockKind::Batches, _) if turn.is_counted() => self.fold.now + 1,
            // an input that has ended makes no more batches
            (ClockKind::Batches, _) => self.slot.closed,
            (_, true) => i64::MAX,
            (ClockKind::Processing, false) => self.fold.now, // the batch clock is the watermark of windows on it
            (ClockKind::Event, false) => watermark,
        };
        let parts = std::mem::take(&mut self.parts);
        let (fold, late) = (&self.fold, &self.late);
        lanes(turn, &self.buckets, &mut self.slot.shards, parts, |shards, first, chunk, entries| {
            fold.lane::<K, P, T, C>(shards, first, chunk, entries, late);
        })?;
        self.slot.late_now = late.load(Ordering::Relaxed);
        self.slot.closing = self.slot.closed.max(watermark);
        self.slot.next = self.next(turn);
        self.showing = self.decide(turn);
        if self.fold.options.purge {
            self.slot.next.purged = self.showing.iter().map(|showing| showing.window).collect();
        }
        Ok(())
    }

    fn next(&self, turn: &Turn<'_>) -> Next {
        let counted = (C::KIND == ClockKind::Batches && turn.is_counted()).then(|| turn.now());
        let shows = match self.fold.options.emit {
            Emit::Early(every) => {
                let since = |shown: i64| turn.now().saturating_sub(shown) >= super::micros(every);
                self.slot.shown.is_none_or(since).then(|| turn.now())
            }
            Emit::Final | Emit::Changes => None,
        };
        Next { counted, shows, purged: vec![] }
    }

    /// Windows that close, those that were changed behind their close, and those that are shown before it; in order of their ends.
    fn decide(&self, turn: &Turn<'_>) -> Vec<Showing> {
        let (slot, grid, emit) = (&*self.slot, self.fold.grid, self.fold.options.emit);
        let (closed, closing) = (slot.closed, slot.closing);
        let mut showing: BTreeMap<i64, Which> = BTreeMap::new();
        let mut show = |part: Which, wanted: &dyn Fn(i64) -> bool| {
            for shard in &slot.shards {
                let panes = shard.panes.with(part).flat_map(|pane| grid.windows_of(pane));
                let windows = panes.chain(shard.windows.with(part)).filter(|window| wanted(grid.end(*window)));
                windows.for_each(|window| _ = showing.entry(window).or_insert(part));
            }
        };
        match emit {
            // all has been shown but what this batch has changed
            Emit::Changes => show(Which::Changed, &|_| true),
            Emit::Final | Emit::Early(_) => {
                show(Which::All, &|end| closed < end && end <= closing);
                if self.fold.options.lateness > 0 {
                    show(Which::Changed, &|end| end <= closed);
                }
                if slot.next.shows.is_some() {
                    show(Which::Unseen, &|end| end > closing);
                }
            }
        }
        if C::KIND == ClockKind::Batches && self.shows_empty() {
            // nothing ends before the first batch has
            grid.ending(closed.max(1), closing).for_each(|window| _ = showing.insert(window, Which::All));
        }
        let showing = showing.into_iter().map(|(window, part)| {
            let (start, end) = (grid.start(window), grid.end(window));
            let (start, end) = match C::KIND {
                ClockKind::Batches => (slot.time(start, turn), slot.time(end - 1, turn)),
                ClockKind::Event | ClockKind::Processing => (start, end),
            };
            Showing { window, start, end, part }
        });
        showing.collect()
    }

    /// Is a window without records shown?
    fn shows_empty(&self) -> bool {
        let whole_stream = self.slot.known.as_ref().is_some_and(|known| known.only.is_some());
        self.fold.options.keep_empty || (whole_stream && self.fold.aggregate.none().is_some())
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
        // the key of a stream without one, in the lane that owns it
        let only = self.slot.known.as_ref().and_then(|known| known.only.as_ref());
        let only = only.filter(|_| C::KIND == ClockKind::Batches);
        let owner = only.map(|only| shard_of(only.hash(turn.seed())) / of);
        let task = |unit: usize, leaf| {
            let (showing, lane) = (self.showing[unit / split], unit % split);
            let shards = &self.slot.shards[lane * of..(lane + 1) * of];
            let only = only.filter(|_| owner == Some(lane));
            let Fold { grid, aggregate, options, closed, .. } = self.fold;
            let keep_empty = options.keep_empty;
            task(Closed { shards, only, grid, keep_empty, showing, closed, aggregate, stamp: PhantomData }, leaf)
        };
        chunks(turn, self.showing.len() * split, None, make, task, absorb)
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
        if self.panes
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
        let expiry = |window| self.options.expiry(grid.end(window));
        let open_until = expiry(from);
        if self.panes && open_until > reached && from <= to {
            self.step(shard.panes.column(grid.pane(time), open_until), numbers, number, carry);
            return true;
        }
        let mut open = windows.filter(|window| expiry(*window) > reached);
        let Some(mut window) = open.next() else {
            return from > to; // in a gap between windows: not late, but nowhere at home
        };
        for next in open {
            let copy = self.aggregate.copy(&carry);
            self.step(shard.windows.column(window, expiry(window)), numbers, number, copy);
            window = next;
        }
        self.step(shard.windows.column(window, expiry(window)), numbers, number, carry);
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
pub struct WindowBuckets<P, C, S>(pub(super) Buckets<P, (C, S)>);

impl<P, C, S> WindowBuckets<P, C, S> {
    pub fn bucket(&self) -> WindowBucket<P, C, S> {
        WindowBucket(self.0.bucket())
    }
}

/// The records of a chunk on their way to their windows.
pub struct WindowBucket<P, C, S>(pub(super) Bucket<P, (C, S)>);

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

/// One window that is shown, in a range of shards.
pub struct Closed<'r, K, T, S, G: Aggregate<T>> {
    shards: &'r [Shard<K, G::Acc>],
    /// The only key of the stream, if it belongs to these shards and a window without records is shown.
    only: Option<&'r K>,
    keep_empty: bool,
    grid: Grid,
    showing: Showing,
    closed: i64,
    aggregate: &'r G,
    stamp: PhantomData<fn() -> S>,
}

impl<'r, K: StoredKey, T, S: Stamp, G: Aggregate<T>> Closed<'r, K, T, S, G> {
    /// Calls `each` with every row. Its time is the last moment of the window.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Windowed<K::Ref<'r>, G::Out>, S)) {
        let Showing { window, start, end, part } = self.showing;
        let stamp = S::of(end.saturating_sub(1), self.closed);
        let (start, end) = (Timestamp::from_micros(start), Timestamp::from_micros(end));
        let mut frames: Vec<Held<'_, G::Acc>> = vec![];
        let mut only = self.only;
        for shard in self.shards {
            frames.clear();
            frames.extend(shard.panes.range(self.grid.panes_of(window)));
            frames.extend(shard.windows.get(window));
            let mut words = frames.iter().map(Held::words).max().unwrap_or(0);
            if self.keep_empty {
                words = words.max(shard.keys.alive().len());
            }
            for word in 0..words {
                let mut held = frames.iter().fold(0, |held, frame| held | frame.bits(part, word));
                if self.keep_empty {
                    held |= shard.keys.alive().get(word).copied().unwrap_or(0);
                }
                for_each_bit(word * 64, held, |number| {
                    let Some(value) = self.value(&frames, number) else { return };
                    only = None;
                    each(Windowed { key: shard.keys.key(number).view(), value, start, end }, stamp);
                });
            }
        }
        if let Some((key, value)) = only.zip(self.aggregate.none()) {
            each(Windowed { key: key.view(), value, start, end }, stamp);
        }
    }

    /// The value of a key; of one that is only kept the identity, if there is one.
    #[inline(always)]
    fn value(&self, frames: &[Held<'r, G::Acc>], number: u32) -> Option<G::Out> {
        if let ([frame], false) = (frames, self.keep_empty) {
            return Some(self.aggregate.output(frame.column().value(number)));
        }
        let mut held = frames.iter().map(Held::column).filter(|column| column.is_live(number));
        let Some(first) = held.next() else { return self.aggregate.identity() };
        let mut merged = first.value(number).clone();
        held.for_each(|column| self.aggregate.merge(&mut merged, column.value(number)));
        Some(self.aggregate.output(&merged))
    }
}
