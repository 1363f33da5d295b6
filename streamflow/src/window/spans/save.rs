//! Windows that are kept one by one, as a checkpoint keeps them: the whole list of a key that the batch has changed.

use super::shard::Spans;
use super::slot::SpanSlot;
use crate::state::codec::ReadError;
use crate::state::save::{Saves, Saving, Stored, TableLayout};
use crate::state::{State, StoredKey, lane_of};

/// The windows of each key.
const WINDOWS: &str = "windows";
/// Keys whose last window is over.
const GONE: &str = "gone";
/// What holds for all keys.
const CLOCK: &str = "clock";

/// How far windows have closed, late records, the batch clock when open windows were last shown.
type Clock = (i64, u64, Option<i64>);

impl<K: StoredKey, A: State> Saves for SpanSlot<K, A> {
    const TABLES: &'static [TableLayout] =
        &[TableLayout::of::<K, Spans<A>>(WINDOWS), TableLayout::of::<K, ()>(GONE), TableLayout::own::<Clock>(CLOCK)];

    fn save(&self, saving: &mut Saving<'_>) {
        let (all, fraction) = (saving.all, saving.fraction);
        let numbers: Vec<Vec<u32>> =
            self.shards.iter().enumerate().map(|(n, shard)| shard.spans.numbers_in(all, n, fraction)).collect();
        let rows = || {
            let shards = self.shards.iter().zip(&numbers);
            shards.flat_map(|(shard, numbers)| {
                numbers.iter().map(|number| (shard.keys.key(*number), shard.spans.value(*number)))
            })
        };
        saving.table(WINDOWS, |out| out.rows(0, rows().filter(|(_, spans)| !spans.list.is_empty())));
        saving.table(GONE, |out| {
            out.rows(0, rows().filter(|(_, spans)| spans.list.is_empty()).map(|(key, _)| (key, &())));
        });
        let moved = self.closing != self.closed || self.late_now > 0 || self.early_now.is_some();
        if saving.fraction.is_last() && (saving.all || moved) {
            let clock: Clock = (self.closing, self.late + self.late_now, self.early_now.or(self.early));
            saving.table(CLOCK, |out| out.row(0, &(), &clock));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        let Some(known) = &self.known else { return Ok(()) };
        self.restored = true;
        let (lanes, shards, seed) = (self.shards.len(), &mut self.shards, known.seed);
        let mut put = |key: K, spans| shards[lane_of(key.hash(seed), lanes)].restore(key, spans);
        match stored.name {
            WINDOWS => stored.each(|_, key, spans| put(key, Some(spans))),
            GONE => stored.each(|_, key, ()| put(key, None)),
            CLOCK => stored.each(|_, (), clock: Clock| {
                (self.closing, self.late, self.early) = clock;
            }),
            _ => Ok(()),
        }
    }
}
