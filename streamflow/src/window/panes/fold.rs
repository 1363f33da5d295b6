//! Records into panes, a block of 256 at a time.

use super::slot::Shard;
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{ChunkInfo, Isolation, Tracker};
use crate::state::column::Column;
use crate::state::exchange::Entry;
use crate::state::interner::{BLOCK, NONE};
use crate::state::{Probe, StoredKey};
use crate::window::grid::Grid;
use crate::window::late::{KeepLate, LateRecords};
use crate::window::options::Options;
use crate::window::{Clock, Stamp};

/// What folding needs to know, apart from the shards.
pub(super) struct Fold<'s, G> {
    pub aggregate: &'s G,
    pub grid: Grid,
    pub options: Options,
    pub panes: bool,
    /// The moment of a record without a timestamp: the batch clock, or the number of the batch.
    pub now: i64,
    pub closed: i64,
    pub isolation: Isolation,
    pub stage: u32,
}

impl<G> Fold<'_, G> {
    /// Folds the records of one lane, a block of 256 at a time (see `state/README.md`).
    pub fn lane<K, P, T, C, L>(
        &self,
        shard: &mut Shard<K, G::Acc>,
        (place, chunk): (usize, ChunkInfo),
        entries: &mut Vec<Entry<P, (G::Carry, C::Stamp, L::Copied)>>,
        late: &LateRecords<L::Copied, C::Stamp>,
    ) where
        K: StoredKey,
        P: Probe<Owned = K>,
        C: Clock,
        G: Aggregate<T>,
        L: KeepLate<T>,
    {
        let reached = C::KIND.reached(&chunk, self.closed);
        let (mut numbers, mut frames) = ([0u32; BLOCK], [NONE; BLOCK]);
        let (mut too_late, mut aside) = (0, vec![]);
        let mut tracker = Tracker::at(self.stage);
        let mut entries = entries.drain(..);
        while !entries.as_slice().is_empty() {
            let block = &entries.as_slice()[..entries.len().min(BLOCK)];
            let numbers = &mut numbers[..block.len()];
            for entry in block {
                shard.keys.touch(entry.hash);
            }
            for ((number, frame), entry) in numbers.iter_mut().zip(&mut frames).zip(block) {
                *number = shard.keys.guess(entry.hash);
                *frame = self.frame(shard, &entry.carry.1, *number);
            }
            for (number, entry) in numbers.iter_mut().zip(block) {
                if *number == NONE || !shard.keys.is(*number, &entry.key) {
                    *number = shard.keys.find_or_insert(entry.hash, &entry.key);
                }
            }
            shard.panes.fit(shard.keys.numbers(), || self.aggregate.initial());
            for (number, frame) in numbers.iter().zip(&frames) {
                // the block is as long as the numbers, so the iterator has an entry for each
                let Some(Entry { carry: (carry, stamp, copied), .. }) = entries.next() else { break };
                tracker.record(G::place(&carry));
                let reached = reached.max(stamp.watermark());
                if let Some(column) = shard.panes.open(*frame, reached) {
                    self.step(column, *number, (&chunk, carry));
                } else {
                    let before = shard.panes.len();
                    let done = self.seek(shard, *number, (&chunk, carry), stamp.time(self.now), reached);
                    too_late += u64::from(!done);
                    if L::KEEPS && !done {
                        aside.push((place, copied, stamp.after(reached)));
                    }
                    if shard.panes.len() != before {
                        // frames do not stand where they stood: what is left is a block of its own
                        break;
                    }
                }
            }
        }
        tracker.finish();
        late.add(too_late, aside);
    }

    /// Where the pane of a record stands, if its records are folded into panes. Brings the value of a number there into the cache.
    #[inline(always)]
    fn frame<K, T>(&self, shard: &Shard<K, G::Acc>, stamp: &impl Stamp, number: u32) -> u32
    where
        G: Aggregate<T>,
    {
        if self.panes { shard.panes.find(self.grid.pane(stamp.time(self.now)), number) } else { NONE }
    }

    /// Folds a record into its pane, or into those of its windows that it is not late for. False: late for all.
    ///
    /// The way of the first record of a pane, of records far behind, and of aggregates that do not merge.
    #[inline(never)]
    fn seek<K, T>(
        &self,
        shard: &mut Shard<K, G::Acc>,
        number: u32,
        carry: (&ChunkInfo, G::Carry),
        time: i64,
        reached: i64,
    ) -> bool
    where
        G: Aggregate<T>,
    {
        let (grid, numbers) = (self.grid, shard.keys.numbers());
        let windows = grid.windows(time);
        let (from, to) = (*windows.start(), *windows.end());
        let initial = || self.aggregate.initial();
        let expiry = |window| self.options.expiry(grid.end(window));
        let open_until = expiry(from);
        if self.panes && open_until > reached && from <= to {
            let column = shard.panes.column(grid.pane(time), open_until);
            column.fit(numbers, initial);
            self.step(column, number, carry);
            return true;
        }
        let mut open = windows.filter(|window| expiry(*window) > reached);
        let Some(mut window) = open.next() else {
            return from > to; // in a gap between windows: not late, but nowhere at home
        };
        let mut fold = |window, carry| {
            let column = shard.windows.column(window, expiry(window));
            column.fit(numbers, initial);
            self.step(column, number, carry);
        };
        for next in open {
            fold(window, (carry.0, self.aggregate.copy(&carry.1)));
            window = next;
        }
        fold(window, carry);
        true
    }

    #[inline(always)]
    fn step<T>(&self, column: &mut Column<G::Acc>, number: u32, (chunk, carry): (&ChunkInfo, G::Carry))
    where
        G: Aggregate<T>,
    {
        if G::UNDO && self.isolation.isolates(G::place(&carry)) {
            return self.attempt(column, number, (chunk, carry));
        }
        let value = if G::UNDO { column.save_or_copy(number) } else { column.mark(number) };
        self.aggregate.step(value, carry);
    }

    #[cold]
    #[inline(never)]
    fn attempt<T>(&self, column: &mut Column<G::Acc>, number: u32, (chunk, carry): (&ChunkInfo, G::Carry))
    where
        G: Aggregate<T>,
    {
        let record = G::place(&carry);
        let step = |value: &mut G::Acc| self.isolation.attempt(*chunk, record, || self.aggregate.step(value, carry));
        column.attempt(number, step);
    }
}
