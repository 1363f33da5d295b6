//! Panes and windows as a checkpoint keeps them.

use super::slot::{Next, PaneSlot, Shard};
use crate::state::codec::ReadError;
use crate::state::save::{Saves, Saving, Stored, TableLayout};
use crate::state::{State, StoredKey, lane_of};
use crate::window::frames::Frames;
use crate::window::options::Emit;

/// Keys that stay without a value, where the window says so.
const KEYS: &str = "keys";
/// Values by pane, the tag of a row.
const PANES: &str = "panes";
/// Values by window, the tag of a row.
const WINDOWS: &str = "windows";
/// What closes windows. Behind the values: what has closed drops them again.
const CLOCK: &str = "clock";

/// How far windows have closed, late records, batches, when windows were last shown early, the batch clock of those batches that
/// open windows reach, windows that begin anew.
type Clock = (i64, u64, i64, Option<i64>, Vec<i64>, Vec<i64>);

impl<K: StoredKey, A: State> Saves for PaneSlot<K, A> {
    const TABLES: &'static [TableLayout] = &[
        TableLayout::of::<K, ()>(KEYS),
        TableLayout::of::<K, A>(PANES),
        TableLayout::of::<K, A>(WINDOWS),
        TableLayout::own::<Clock>(CLOCK),
    ];

    fn save(&self, saving: &mut Saving<'_>) {
        if self.known.as_ref().is_some_and(|known| known.options.keep_empty) {
            let keys = |(n, shard): (usize, &Shard<K, A>)| match saving.all {
                true => shard.keys.living_in(n, saving.fraction),
                false => shard.keys.born().to_vec(),
            };
            let numbers: Vec<Vec<u32>> = self.shards.iter().enumerate().map(keys).collect();
            saving.table(KEYS, |out| {
                let shards = self.shards.iter().zip(&numbers);
                out.rows(0, shards.flat_map(|(shard, keys)| keys.iter().map(|number| (shard.keys.key(*number), &()))));
            });
        }
        self.save_frames(saving, PANES, |shard| &shard.panes);
        self.save_frames(saving, WINDOWS, |shard| &shard.windows);
        let Next { counted, shows, purged } = &self.next;
        let moved = self.closing != self.closed || self.late_now > 0;
        let moved = moved || counted.is_some() || shows.is_some() || !purged.is_empty();
        if saving.fraction.is_last() && (saving.all || moved) {
            let times = self.times.iter().chain(counted).copied().collect();
            let batches = self.batches + i64::from(counted.is_some());
            let clock: Clock =
                (self.closing, self.late + self.late_now, batches, shows.or(self.shown), times, purged.clone());
            saving.table(CLOCK, |out| out.row(0, &(), &clock));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        match stored.name {
            KEYS => {
                let Some(known) = &self.known else { return Ok(()) };
                let (shards, seed) = (&mut self.shards, known.seed);
                let lanes = shards.len();
                stored.each(|_, key: K, ()| {
                    shards[lane_of(key.hash(seed), lanes)].keys.put(key);
                })
            }
            PANES => self.restore_frames(stored, |shard| &mut shard.panes, |slot, pane| *slot.windows_of(pane).start()),
            WINDOWS => self.restore_frames(stored, |shard| &mut shard.windows, |_, window| window),
            CLOCK => stored.each(|_, (), clock| self.restore_clock(clock)),
            _ => Ok(()),
        }
    }
}

impl<K: StoredKey, A: State> PaneSlot<K, A> {
    fn save_frames(&self, saving: &mut Saving<'_>, table: &'static str, frames: impl Fn(&Shard<K, A>) -> &Frames<A>) {
        let mut indices: Vec<i64> = self.shards.iter().flat_map(|shard| frames(shard).indices()).collect();
        indices.sort_unstable();
        indices.dedup();
        let (all, fraction) = (saving.all, saving.fraction);
        saving.table(table, |out| {
            for index in indices {
                let shards = self.shards.iter().enumerate();
                let held = shards.filter_map(|(n, shard)| Some((n, shard, frames(shard).get(index)?.column())));
                let numbers: Vec<_> = held
                    .map(|(n, shard, column)| (shard, column, column.numbers_in(all, n, fraction)))
                    .filter(|held| !held.2.is_empty())
                    .collect();
                let rows = numbers.iter().flat_map(|(shard, column, numbers)| {
                    numbers.iter().map(|number| (shard.keys.key(*number), column.value(*number)))
                });
                out.rows(index, rows);
            }
        });
    }

    fn restore_frames(
        &mut self,
        stored: &Stored<'_>,
        frames: impl Fn(&mut Shard<K, A>) -> &mut Frames<A>,
        first: impl Fn(&crate::window::grid::Grid, i64) -> i64,
    ) -> Result<(), ReadError> {
        let Some(known) = &self.known else { return Ok(()) };
        let early = matches!(known.options.emit, Emit::Early(_));
        let shards = &mut self.shards;
        let lanes = shards.len();
        stored.each(|index, key: K, value: A| {
            let shard = &mut shards[lane_of(key.hash(known.seed), lanes)];
            let number = shard.keys.put(key);
            let numbers = shard.keys.numbers();
            let open_until = known.options.expiry(known.grid.end(first(&known.grid, index)));
            let frames = frames(shard);
            let column = frames.column(index, open_until);
            column.fit(numbers, || known.initial.clone());
            column.restore(number, value);
            if early {
                frames.unseen(index, number);
            }
        })
    }

    fn restore_clock(&mut self, clock: Clock) {
        let Some(known) = &self.known else { return };
        let (closed, late, batches, shown, times, purged) = clock;
        let next = Next { purged, ..Next::default() };
        for shard in &mut self.shards {
            (known.commit)(shard, known, closed, &next);
        }
        (self.closed, self.closing, self.late, self.batches, self.shown) = (closed, closed, late, batches, shown);
        self.times = times.into();
    }
}
