//! Rankings as a checkpoint keeps them: the values that have changed, and the whole ranking when it has.

use super::{BestSlot, RankingSlot};
use crate::state::codec::ReadError;
use crate::state::keyed::VALUES;
use crate::state::save::{Saves, Saving, Stored, TableLayout};
use crate::state::{State, StoredKey};

/// The best, best first: keys of latest values, or the records themselves. Behind the values.
const BEST: &str = "best";

impl<K: StoredKey, V: State> Saves for RankingSlot<K, V> {
    const TABLES: &'static [TableLayout] = &[TableLayout::of::<K, V>(VALUES), TableLayout::of::<(), Vec<K>>(BEST)];

    fn save(&self, saving: &mut Saving<'_>) {
        let numbers = self.values.numbers(saving.all);
        saving.table(VALUES, |out| {
            out.rows(0, numbers.iter().map(|number| (self.keys.key(*number), self.values.value(*number))));
        });
        // a member whose value has changed may still stand where it stood
        let moved = self.undo.as_ref().is_some_and(|before| *before != self.best);
        if moved || saving.all && !self.best.is_empty() {
            let best: Vec<K> = self.best.iter().map(|number| self.keys.key(*number).clone()).collect();
            saving.table(BEST, |out| out.row(0, &(), &best));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        let Some(known) = &mut self.known else { return Ok(()) };
        let (keys, values) = (&mut self.keys, &mut self.values);
        match stored.name {
            VALUES => stored.each(|_, key: K, value: V| {
                let any = known.any.get_or_insert_with(|| value.clone());
                let number = keys.put(key);
                values.fit(keys.numbers(), || any.clone());
                values.restore(number, value);
            }),
            BEST => {
                let mut best = Some(vec![]);
                stored.each(|_, (), ranked: Vec<K>| {
                    best = ranked.iter().map(|key| keys.number_of(key)).collect();
                })?;
                self.best = best.ok_or_else(|| ReadError::new("a key of the ranking has no value"))?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl<T: State> Saves for BestSlot<T> {
    const TABLES: &'static [TableLayout] = &[TableLayout::of::<(), Vec<T>>(BEST)];

    fn save(&self, saving: &mut Saving<'_>) {
        if self.undo.is_some() || saving.all && !self.best.is_empty() {
            saving.table(BEST, |out| out.row(0, &(), &self.best));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        stored.each(|_, (), best| self.best = best)
    }
}
