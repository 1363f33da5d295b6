//! Which records of a chunk may be combined before they are sent to their windows.
//!
//! Those of a key and a pane have the same windows. Whether they are late is decided for each of them by what it has seen before it: the
//! watermark of its partition behind the chunks before, and that of its own chunk. Two of them are alike if neither is late by its own
//! chunk: then only the first of the two decides, which is the same for both. So a record is combined only where its own chunk would take it
//! into every window, and where the combined one turns out to be late, so would have been each of them.

use crate::window::Stamp;
use crate::window::grid::Grid;
use crate::window::options::Options;

/// The panes that a chunk has met lately.
#[derive(Clone)]
pub struct Meeting {
    grid: Grid,
    options: Options,
    now: i64,
    panes: [Pane; PANES],
    /// Where the pane of the last record is: mostly that of the next one, which saves a division.
    last: usize,
    /// Panes that have made room for others, with how many records were combined in them.
    before: Vec<(i64, u64)>,
}

/// A power of two; few panes are open at a time.
const PANES: usize = 8;

#[derive(Clone, Copy)]
pub struct Pane {
    index: i64,
    first: i64,
    last: i64,
    /// The moment of a record without a timestamp.
    pub now: i64,
    /// The watermark from which on a record is late for the first of its windows; nothing is combined where there is none.
    open_until: i64,
    /// Records that went into others.
    pub combined: u64,
}

impl Pane {
    const NONE: Self = Pane { index: 0, first: i64::MAX, last: i64::MIN, now: 0, open_until: i64::MIN, combined: 0 };

    #[inline(always)]
    pub fn holds(&self, time: i64) -> bool {
        self.first <= time && time <= self.last
    }
}

impl Meeting {
    pub fn new(grid: Grid, options: Options, now: i64) -> Self {
        Meeting { grid, options, now, panes: [Pane::NONE; PANES], last: 0, before: vec![] }
    }

    /// The pane of a record that may be combined, and a number that it does not share with its neighbours.
    #[inline(always)]
    pub fn pane<S: Stamp>(&mut self, stamp: S) -> Option<(&mut Pane, usize)> {
        let time = stamp.time(self.now);
        if !self.panes[self.last].holds(time) {
            let index = self.grid.pane(time);
            self.last = index as usize % PANES;
            if !self.panes[self.last].holds(time) {
                self.meet(index);
            }
        }
        let pane = &mut self.panes[self.last];
        let index = pane.index as usize;
        (stamp.watermark() < pane.open_until).then_some((pane, index))
    }

    #[cold]
    #[inline(never)]
    fn meet(&mut self, index: i64) {
        let (windows, moments) = (self.grid.windows_of(index), self.grid.moments_of(index));
        let open_until = if windows.is_empty() { i64::MIN } else { self.expiry(*windows.start()) };
        let (first, last) = moments.into_inner();
        let pane = Pane { index, first, last, now: self.now, open_until, combined: 0 };
        let gone = std::mem::replace(&mut self.panes[index as usize % PANES], pane);
        if gone.combined > 0 {
            self.before.push((gone.index, gone.combined));
        }
    }

    fn expiry(&self, window: i64) -> i64 {
        self.options.expiry(self.grid.end(window))
    }

    /// How many records went into others that are late for all their windows, where the partition had come so far before the chunk.
    pub fn late(&self, reached: i64) -> u64 {
        let panes = self.panes.iter().map(|pane| (pane.index, pane.combined)).filter(|(_, combined)| *combined > 0);
        let late = |index: i64| self.expiry(*self.grid.windows_of(index).end()) <= reached;
        panes.chain(self.before.iter().copied()).filter(|(index, _)| late(*index)).map(|(_, combined)| combined).sum()
    }
}
