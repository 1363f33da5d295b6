//! Windows of so many records as a checkpoint keeps them: all open windows of a key, since each record changes all of them.

use super::{CountSlot, Counted, Shard};
use crate::state::codec::ReadError;
use crate::state::save::{Saves, Saving, Stored, TableLayout};
use crate::state::{State, StoredKey, shard_of};

/// The open windows of each key.
const WINDOWS: &str = "windows";
/// Keys that are as new ones again.
const GONE: &str = "gone";
/// How far time has come.
const REACHED: &str = "reached";

impl<K: StoredKey, A: State> Saves for CountSlot<K, A> {
    const TABLES: &'static [TableLayout] =
        &[TableLayout::of::<K, Counted<A>>(WINDOWS), TableLayout::of::<K, ()>(GONE), TableLayout::own::<i64>(REACHED)];

    fn save(&self, saving: &mut Saving<'_>) {
        let (all, fraction, shards) = (saving.all, saving.fraction, &self.shards);
        let numbers: Vec<Vec<u32>> =
            shards.iter().enumerate().map(|(n, shard)| shard.counted.numbers_in(all, n, fraction)).collect();
        let rows = || {
            let shards = shards.iter().zip(&numbers);
            shards.flat_map(|(shard, numbers)| {
                numbers.iter().map(|number| (shard.keys.key(*number), shard.counted.value(*number)))
            })
        };
        saving.table(WINDOWS, |out| out.rows(0, rows().filter(|(_, counted)| !counted.is_new())));
        saving.table(GONE, |out| {
            out.rows(0, rows().filter(|(_, counted)| counted.is_new()).map(|(key, _)| (key, &())));
        });
        if saving.fraction.is_last() && (saving.all || self.reaching != self.reached) {
            saving.table(REACHED, |out| out.row(0, &(), &self.reaching));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        let Some(known) = &self.known else { return Ok(()) };
        let (shards, seed) = (&mut self.shards, known.seed);
        match stored.name {
            WINDOWS => stored.each(|_, key: K, counted| {
                let Shard { keys, counted: column, .. } = &mut shards[shard_of(key.hash(seed))];
                let number = keys.put(key);
                column.fit(keys.numbers(), Shard::<K, A>::none);
                column.restore(number, counted);
            }),
            GONE => stored.each(|_, key: K, ()| {
                let shard = &mut shards[shard_of(key.hash(seed))];
                if let Some(number) = shard.keys.number_of(&key) {
                    shard.counted.remove(number, Shard::<K, A>::none);
                    shard.left_out = true;
                }
            }),
            REACHED => stored.each(|_, (), reached| self.reaching = reached),
            _ => Ok(()),
        }
    }
}
