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
        let (mut numbers, mut panes) = ([0u32; BLOCK], [0i64; BLOCK]);
        let (mut too_late, mut aside) = (0, vec![]);
        let mut tracker = Tracker::at(self.stage);
        let mut entries = entries.drain(..);
        while !entries.as_slice().is_empty() {
            let block = &entries.as_slice()[..entries.len().min(BLOCK)];
            let numbers = &mut numbers[..block.len()];
            for entry in block {
                shard.keys.touch(entry.hash);
            }
            for ((number, pane), entry) in numbers.iter_mut().zip(&mut panes).zip(block) {
                *number = shard.keys.guess(entry.hash);
                *pane = self.grid.pane(entry.carry.1.time(self.now));
                shard.panes.touch(*pane, *number);
            }
            for (number, entry) in numbers.iter_mut().zip(block) {
                if *number == NONE || !shard.keys.is(*number, &entry.key) {
                    *number = shard.keys.find_or_insert(entry.hash, &entry.key);
                }
            }
            for (number, pane) in numbers.iter().zip(&panes) {
                // the block is as long as the numbers, so the iterator has an entry for each
                let Some(Entry { carry: (carry, stamp, copied), .. }) = entries.next() else { break };
                tracker.record(G::place(&carry));
                let reached = reached.max(stamp.watermark());
                let done = self.record(shard, *number, (&chunk, carry), (stamp.time(self.now), *pane), reached);
                too_late += u64::from(!done);
                if L::KEEPS && !done {
                    aside.push((place, copied, stamp.after(reached)));
                }
            }
        }
        tracker.finish();
        late.add(too_late, aside);
    }

    /// Folds one record into its pane, or into those of its windows that it is not late for. False: late for all.
    #[inline(always)]
    fn record<K, T>(
        &self,
        shard: &mut Shard<K, G::Acc>,
        number: u32,
        carry: (&ChunkInfo, G::Carry),
        (time, pane): (i64, i64),
        reached: i64,
    ) -> bool
    where
        G: Aggregate<T>,
    {
        let numbers = shard.keys.numbers();
        if self.panes
            && let Some(column) = shard.panes.open(pane, reached)
        {
            self.step(column, numbers, number, carry);
            return true;
        }
        self.seek(shard, number, carry, time, reached)
    }

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
            let copy = (carry.0, self.aggregate.copy(&carry.1));
            self.step(shard.windows.column(window, expiry(window)), numbers, number, copy);
            window = next;
        }
        self.step(shard.windows.column(window, expiry(window)), numbers, number, carry);
        true
    }

    #[inline(always)]
    fn step<T>(&self, column: &mut Column<G::Acc>, numbers: usize, number: u32, (chunk, carry): (&ChunkInfo, G::Carry))
    where
        G: Aggregate<T>,
    {
        column.fit(numbers, || self.aggregate.initial());
        let record = G::place(&carry);
        if G::UNDO && self.isolation.isolates(record) {
            let step =
                |value: &mut G::Acc| self.isolation.attempt(*chunk, record, || self.aggregate.step(value, carry));
            column.attempt(number, step);
            return;
        }
        let value = if G::UNDO { column.save(number) } else { column.mark(number) };
        self.aggregate.step(value, carry);
    }
}
