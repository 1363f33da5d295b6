//! One aggregate over windows of a grid, during one batch.

use super::bucket::{WindowBucket, WindowBuckets};
use super::fold::Fold;
use super::meeting::Meeting;
use super::rows::{Closed, Showing};
use super::slot::{Next, PaneSlot, Shard};
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{ChunkInfo, Failure, Isolation, Parts, Stamped, Turn, in_lanes};
use crate::state::exchange::Buckets;
use crate::state::{Probe, StoredKey, lane_of};
use crate::window::any::{Opens, WindowSlot};
use crate::window::clock::ClockKind;
use crate::window::frames::Which;
use crate::window::late::{KeepLate, LateRecords};
use crate::window::options::Emit;
use crate::window::{Clock, Window, micros};
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// A windowed aggregate during one batch.
pub struct WindowRun<'s, K, P, T, C: Clock, G: Aggregate<T>, L: KeepLate<T>> {
    slot: &'s mut PaneSlot<K, G::Acc>,
    fold: Fold<'s, G>,
    buckets: Buckets<P, (G::Carry, C::Stamp, L::Copied)>,
    keep: L,
    parts: Parts<P, (G::Carry, C::Stamp, L::Copied)>,
    /// Has the batch brought a record?
    records: bool,
    late: LateRecords<L::Copied, C::Stamp>,
    showing: Vec<Showing>,
    /// Does a window that closes take out the panes that have left, in place of adding up all of its own?
    inverts: bool,
}

/// So many slides a window is long where it pays to take out what leaves: with two each pane is taken in and out as often as it would be
/// merged. Measured with sums of integers.
const INVERTS_FROM: i64 = 4;

// the clock is that of the open window alone: where no window fits the stream, nothing more is said
impl<'s, T, K, P, C, X, G, L> Opens<'s, T, K, P, C, G, L> for &Window<X>
where
    K: StoredKey,
    P: Probe<Owned = K> + 's,
    C: Clock,
    X: Clock,
    G: Aggregate<T> + 's,
    G::Acc: 's,
    L: KeepLate<T>,
{
    type Run = WindowRun<'s, K, P, T, C, G, L>;

    fn open(
        &'s self,
        slot: &'s mut WindowSlot<K, G::Acc>,
        keep: L,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self::Run, Failure> {
        WindowRun::new(slot.panes(), self, keep, aggregate, turn, stage)
    }
}

impl<'s, K, P, T, C, G, L> WindowRun<'s, K, P, T, C, G, L>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    C: Clock,
    G: Aggregate<T>,
    L: KeepLate<T>,
{
    fn new(
        slot: &'s mut PaneSlot<K, G::Acc>,
        window: &Window<impl Clock>,
        keep: L,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self, Failure> {
        let (grid, options) = (window.grid()?, window.options);
        // a pane belongs to several windows, which begin anew one by one
        let panes = grid.tumbles() || (G::MERGES && !options.purge);
        // what is frozen may be taken out: with a lateness panes change behind the first window that closed
        let inverts = panes && G::INVERTS && grid.slides() >= INVERTS_FROM && options.lateness == 0;
        if slot.known.is_none() {
            slot.open(turn, aggregate.initial(), (grid, panes), options, C::KIND);
        }
        let now = if C::KIND == ClockKind::Batches { slot.batches + 1 } else { turn.now() };
        let isolation = Isolation::new(turn, stage);
        let fold = Fold { aggregate, grid, options, panes, now, closed: slot.closed, isolation, stage };
        // what is combined may be overtaken by a record of its key in another pane: seen where both are late for one of several windows
        let ordered = G::ANY_ORDER || grid.tumbles();
        // a record that may be put aside travels alone
        let combines = G::COMBINES && panes && ordered && !L::KEEPS;
        let buckets = Buckets::new(turn.threads(), turn.seed(), combines, &slot.spare);
        let (late, showing) = (LateRecords::new(), vec![]);
        Ok(WindowRun { slot, fold, buckets, keep, parts: Parts::default(), records: false, late, showing, inverts })
    }

    pub fn buckets(&self) -> WindowBuckets<P, G::Carry, C::Stamp, L, L::Copied> {
        let Fold { grid, options, now, .. } = self.fold;
        let meeting = self.buckets.combines().then(|| Meeting::new(grid, options, now));
        WindowBuckets { buckets: self.buckets.clone(), keep: self.keep, meeting }
    }

    /// Takes the records of a chunk, in chunk order. One lane: folds them at once.
    pub fn absorb(
        &mut self,
        turn: &Turn<'_>,
        chunk: ChunkInfo,
        filled: WindowBucket<P, G::Carry, C::Stamp, L, L::Copied>,
    ) -> Result<(), Failure> {
        let WindowBucket { mut bucket, meeting, .. } = filled;
        if let Some(meeting) = meeting {
            self.buckets.filled(&mut bucket);
            self.late.add(meeting.late(C::KIND.reached(&chunk, self.slot.closed)), vec![]);
        }
        self.records |= !bucket.is_empty();
        if self.buckets.lanes() > 1 {
            return if self.parts.push(turn, chunk, bucket) { self.wave(turn) } else { Ok(()) };
        }
        let (shard, fold, late, place) =
            (&mut self.slot.shards[0], &self.fold, &self.late, (self.parts.place(), chunk));
        let done = Failure::catch(chunk, || fold.lane::<K, P, T, C, L>(shard, place, bucket.lane(0), late));
        self.buckets.give_back(bucket);
        done
    }

    /// Folds what has been taken so far: one task a lane.
    fn wave(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let (fold, late) = (&self.fold, &self.late);
        self.parts.fold(turn, (fold.stage, &self.buckets), &mut self.slot.shards, &|shards, _, chunk, entries| {
            fold.lane::<K, P, T, C, L>(&mut shards[0], chunk, entries, late);
        })
    }

    /// Folds what is left; then decides which windows are shown.
    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        let watermark = match (C::KIND, turn.input_ended()) {
            (ClockKind::Batches, _) if turn.is_batch(self.records) => self.fold.now + 1,
            // an input that has ended makes no more batches
            (ClockKind::Batches, _) => self.slot.closed,
            (_, true) => i64::MAX,
            (ClockKind::Processing, false) => self.fold.now, // the batch clock is the watermark of windows on it
            (ClockKind::Event, false) => watermark,
        };
        self.wave(turn)?;
        self.slot.shards.iter_mut().for_each(Shard::folded);
        self.fold.isolation.tell(turn);
        self.slot.late_now = self.late.count();
        self.slot.closing = self.slot.closed.max(watermark);
        self.slot.next = self.next(turn);
        self.showing = self.decide(turn);
        if self.fold.options.purge {
            self.slot.next.purged = self.showing.iter().map(|showing| showing.window).collect();
        }
        Ok(())
    }

    fn next(&self, turn: &Turn<'_>) -> Next {
        let counted = (C::KIND == ClockKind::Batches && turn.is_batch(self.records)).then(|| turn.now());
        let shows = match self.fold.options.emit {
            Emit::Early(every) => {
                let since = |shown: i64| turn.now().saturating_sub(shown) >= micros(every);
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
        // windows that end behind one moment, and at or before another
        let mut show = |part: Which, after: i64, until: i64| {
            for shard in &slot.shards {
                let panes = shard.panes.with(part).flat_map(|pane| grid.windows_between(pane, after, until));
                let ends = |window: &i64| after < grid.end(*window) && grid.end(*window) <= until;
                let windows = panes.chain(shard.windows.with(part).filter(ends));
                windows.for_each(|window| _ = showing.entry(window).or_insert(part));
            }
        };
        match emit {
            // all has been shown but what this batch has changed
            Emit::Changes => show(Which::Changed, i64::MIN, i64::MAX),
            Emit::Final | Emit::Early(_) => {
                if grid.ends_between(closed, closing) {
                    show(Which::All, closed, closing);
                }
                if self.fold.options.lateness > 0 {
                    show(Which::Changed, i64::MIN, closed);
                }
                if slot.next.shows.is_some() {
                    show(Which::Unseen, closing, i64::MAX);
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

    /// One task a closed window and lane: rows in order of window ends, then lanes.
    pub fn rows<'r, X>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> X,
        task: impl Fn(Closed<'r, K, T, C::Stamp, G>, X) -> (X, u64),
        absorb: impl FnMut(ChunkInfo, X) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let split = self.slot.shards.len();
        // the key of a stream without one, in the lane that owns it
        let only = self.slot.known.as_ref().and_then(|known| known.only.as_ref());
        let only = only.filter(|_| C::KIND == ClockKind::Batches);
        let owner = only.map(|only| lane_of(only.hash(turn.seed()), split));
        let task = |unit: usize, leaf| {
            let (showing, lane) = (self.showing[unit / split], unit % split);
            let shard = &self.slot.shards[lane];
            let only = only.filter(|_| owner == Some(lane));
            let Fold { grid, aggregate, options, closed, .. } = self.fold;
            let (keep_empty, inverts) = (options.keep_empty, self.inverts && showing.part == Which::All);
            task(
                Closed { shard, only, grid, keep_empty, inverts, showing, closed, aggregate, stamp: PhantomData },
                leaf,
            )
        };
        let units = self.showing.len() * split;
        // a total goes from window to window, so a lane takes one after the other
        let side_by_side = if self.inverts { split } else { units };
        in_lanes(turn, units, side_by_side, make, task, absorb)
    }

    /// The records that were late for all their windows, in source order.
    pub fn late<X>(
        &self,
        turn: &Turn<'_>,
        _: &impl Fn(u32, u32) -> String,
        make: impl FnMut() -> X,
        task: impl Fn(Stamped<Vec<(T, C::Stamp)>>, X) -> (X, u64),
        absorb: impl FnMut(ChunkInfo, X) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.late.rows::<T, L, X>(turn, make, task, absorb)
    }
}
