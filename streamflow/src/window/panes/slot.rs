//! The state of one aggregate over windows of a grid.

use super::total::Total;
use crate::job::turn::Turn;
use crate::state::column::Column;
use crate::state::exchange::{SharedSpare, lanes_on};
use crate::state::interner::Interner;
use crate::state::save::{Codec, saved_by};
use crate::state::{SlotApi, SlotSize, State, StoredKey};
use crate::window::clock::ClockKind;
use crate::window::frames::{Frames, Which};
use crate::window::grid::Grid;
use crate::window::micros;
use crate::window::options::{Emit, Options};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) struct Shard<K, A> {
    pub keys: Interner<K>,
    /// By pane: records that are in time for every window of their pane.
    pub panes: Frames<A>,
    /// By window: records that are late for some of their windows; and all records where panes are not merged.
    pub windows: Frames<A>,
    /// Where panes are taken out of windows. Rows look at the shard and carry it on: one window at a time.
    total: Mutex<Total<A>>,
}

impl<K, A> Shard<K, A> {
    pub fn of(seed: u64) -> Self {
        let (panes, windows) = (Frames::new(), Frames::new());
        Shard { keys: Interner::seeded(seed), panes, windows, total: Mutex::new(Total::new()) }
    }

    pub fn total(&self) -> MutexGuard<'_, Total<A>> {
        // a panic ends the batch, which is then taken back
        self.total.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Behind the records of a batch.
    pub fn folded(&mut self) {
        self.panes.folded();
        self.windows.folded();
    }

    pub fn rollback(&mut self, initial: &A)
    where
        K: StoredKey,
        A: State,
    {
        self.panes.rollback(|| initial.clone());
        self.windows.rollback(|| initial.clone());
        self.total().reset(|| initial.clone());
        self.keys.rollback();
    }
}

/// The state of one windowed aggregate.
pub struct PaneSlot<K, A> {
    /// One a lane.
    pub(super) shards: Vec<Shard<K, A>>,
    /// Windows that end here or before have been closed.
    pub(super) closed: i64,
    /// The same, once this batch is final.
    pub(super) closing: i64,
    pub(super) late: u64,
    pub(super) late_now: u64,
    /// The batch clock of the batches that windows of batches still reach, the newest last; and the number of the newest.
    pub(super) times: VecDeque<i64>,
    pub(super) batches: i64,
    /// What this batch decides, once it is final.
    pub(super) next: Next,
    /// The batch clock when windows were last shown early.
    pub(super) shown: Option<i64>,
    pub(super) known: Option<Known<K, A>>,
    pub(super) spare: SharedSpare,
}

#[derive(Default)]
pub(super) struct Next {
    pub counted: Option<i64>,
    pub shows: Option<i64>,
    /// Windows that begin anew.
    pub purged: Vec<i64>,
}

pub(super) struct Known<K, A> {
    pub rollback: fn(&mut Shard<K, A>, &A),
    pub commit: fn(&mut Shard<K, A>, &Known<K, A>, i64, &Next),
    pub initial: A,
    pub shape: fn() -> String,
    pub codec: Codec<PaneSlot<K, A>>,
    pub seed: u64,
    pub grid: Grid,
    pub options: Options,
    pub clock: ClockKind,
    /// Is a record in time folded into its pane, or into each of its windows?
    pub panes: bool,
    /// The key of a stream without one.
    pub only: Option<K>,
}

impl<K, A> Default for PaneSlot<K, A> {
    fn default() -> Self {
        PaneSlot {
            shards: vec![],
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

impl<K: StoredKey, A: State> PaneSlot<K, A> {
    /// Learns the types, the window and the number of lanes.
    pub(super) fn open(
        &mut self,
        turn: &Turn<'_>,
        initial: A,
        (grid, panes): (Grid, bool),
        options: Options,
        clock: ClockKind,
    ) {
        self.shards = (0..lanes_on(turn.threads())).map(|_| Shard::of(turn.seed())).collect();
        // early rows come an interval behind the start of the job
        self.shown = Some(turn.now());
        self.known = Some(Known {
            rollback: Shard::rollback,
            commit: commit::<K, A>,
            codec: Codec::OF,
            seed: turn.seed(),
            initial,
            shape: || format!("{} -> {}", K::shape(), A::shape()),
            grid,
            options,
            clock,
            panes,
            only: K::only(),
        });
    }
}

impl<K, A> PaneSlot<K, A> {
    /// The batch clock of a batch, by its number; that of the first one for those before it.
    pub(super) fn time(&self, number: i64, turn: &Turn<'_>) -> i64 {
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
        let bytes = |shard: &Shard<K, A>| {
            shard.keys.bytes() + shard.panes.bytes() + shard.windows.bytes() + shard.total().bytes()
        };
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

    fn form(&self) -> String {
        let Some(known) = &self.known else { return String::new() };
        // a record is folded into its pane, or into each of its windows: rows mean something else
        let how = if known.panes { "" } else { ", one by one" };
        match known.clock {
            ClockKind::Event => format!("in windows of {}{how}", known.grid),
            ClockKind::Processing => format!("in windows of {} on the batch clock{how}", known.grid),
            ClockKind::Batches => format!("in windows of {}{how}", known.grid.in_batches()),
        }
    }

    fn divides(&self) -> bool {
        true
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));

    fn wake_at(&self) -> Option<i64> {
        let known = self.known.as_ref()?;
        let ends = |shard: &Shard<K, A>| {
            let next = |pane| known.grid.windows_between(pane, self.closed, i64::MAX).next();
            let panes = shard.panes.indices().filter_map(next);
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
                Some(shown.saturating_add(micros(every)))
            }
            _ => None,
        };
        closing.into_iter().chain(early).min()
    }
}

pub(super) fn commit<K: StoredKey, A: State>(shard: &mut Shard<K, A>, known: &Known<K, A>, closing: i64, next: &Next) {
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
        let Shard { keys, panes, windows, .. } = shard;
        let columns: Vec<&[u64]> = panes.columns().chain(windows.columns()).map(Column::live).collect();
        keys.sweep(|word| columns.iter().fold(0, |held, live| held | live.get(word).copied().unwrap_or(0)));
    }
    shard.keys.commit();
}
