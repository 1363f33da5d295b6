//! The buffers of a join as a checkpoint keeps them: the records that a batch has brought, whatever is kept beside them.
//!
//! Buffers may be long, so a record of a batch does not hold them again. It has a number, by which what a snapshot has seen already is
//! told; what is over follows from the watermark.

use super::rule::{Closed, Hand};
use super::side::{Held, Side, places};
use super::slot::{JoinSlot, Pair, Shard};
use crate::state::codec::ReadError;
use crate::state::save::{Saves, Saving, Stored, TableLayout};
use crate::state::{State, StoredKey, shard_of};

/// Records of a side. The tag is the number of their batch; in a snapshot it is [`ALL`].
const LEFT: &str = "left";
const RIGHT: &str = "right";
/// Records that were kept before the batch and have met one of it: on the right side, the time, which one of those of this time.
/// Behind the records.
const MATCHED: &str = "matched";
/// What holds for all keys. Behind the rest.
const CLOCK: &str = "clock";

type Match = (bool, i64, u32);
/// How far the join has come, has its input ended, late records, the number of the last batch that brought something.
type Clock = (i64, bool, u64, i64);

/// No number of a batch.
const ALL: i64 = 0;

impl<K: StoredKey, L: State, R: State> Saves for JoinSlot<K, L, R> {
    const TABLES: &'static [TableLayout] = &[
        TableLayout::of::<K, Held<L>>(LEFT),
        TableLayout::of::<K, Held<R>>(RIGHT),
        TableLayout::of::<K, Match>(MATCHED),
        TableLayout::own::<Clock>(CLOCK),
    ];

    fn save(&self, saving: &mut Saving<'_>) {
        let works = self.shards.iter().any(|shard| !shard.work.is_empty());
        let batch = self.batches + i64::from(works);
        self.save_side(saving, LEFT, batch, |pair| &pair.left, |held| self.is_over(Hand::Left, held));
        self.save_side(saving, RIGHT, batch, |pair| &pair.right, |held| self.is_over(Hand::Right, held));
        if !saving.all {
            let matches: Vec<(&K, Match)> = self.shards.iter().flat_map(matches).collect();
            saving.table(MATCHED, |out| out.rows(batch, matches.iter().map(|(key, met)| (*key, met))));
        }
        if saving.all || works || self.closing != self.closed || self.late_now > 0 {
            let Closed { watermark, ended } = self.closing;
            let clock: Clock = (watermark, ended, self.late + self.late_now, batch);
            saving.table(CLOCK, |out| out.row(0, &(), &clock));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        match stored.name {
            LEFT => self.restore_side(stored, |pair| &mut pair.left),
            RIGHT => self.restore_side(stored, |pair| &mut pair.right),
            MATCHED => self.restore_matches(stored),
            CLOCK => stored.each(|_, (), (watermark, ended, late, batches): Clock| {
                (self.closing, self.late) = (Closed { watermark, ended }, late);
                // a record that is older than the snapshot does not make it forget what it has seen
                self.batches = self.batches.max(batches);
            }),
            _ => Ok(()),
        }
    }
}

/// The records that met one of this batch, by what finds them again.
fn matches<K, L, R>(shard: &Shard<K, L, R>) -> impl Iterator<Item = (&K, Match)> {
    shard.matched.iter().map(|(hand, number, place)| {
        let Pair { left, right, .. } = &shard.pairs[*number as usize];
        let (time, place) = match hand {
            Hand::Left => nth(left.kept(), *place),
            Hand::Right => nth(right.kept(), *place),
        };
        (shard.keys.key(*number), (*hand == Hand::Right, time, place))
    })
}

/// The time of a record, and how many of this time stand before it. Those of one time come and go together.
fn nth<T>(kept: &[Held<T>], place: usize) -> (i64, u32) {
    let time = kept[place].time;
    (time, (place - kept.partition_point(|held| held.time < time)) as u32)
}

impl<K: StoredKey, L: State, R: State> JoinSlot<K, L, R> {
    fn save_side<T: State>(
        &self,
        saving: &mut Saving<'_>,
        name: &'static str,
        batch: i64,
        side: impl Fn(&Pair<L, R>) -> &Side<T>,
        over: impl Fn(&Held<T>) -> bool,
    ) {
        let (all, side, over) = (saving.all, &side, &over);
        saving.table(name, |out| {
            if all {
                let rows = self.shards.iter().flat_map(|shard| {
                    let numbers = shard.keys.living().into_iter();
                    let pairs = numbers.map(|number| (shard.keys.key(number), &shard.pairs[number as usize]));
                    pairs.flat_map(|(key, pair)| side(pair).all().map(move |held| (key, held)))
                });
                return out.rows(ALL, rows);
            }
            let rows = self.shards.iter().flat_map(|shard| {
                let pairs = shard.work.iter().map(|number| (shard.keys.key(*number), &shard.pairs[*number as usize]));
                pairs.flat_map(|(key, pair)| side(pair).new_records().iter().map(move |held| (key, held)))
            });
            out.rows(batch, rows.filter(|(_, held)| !over(held)));
        });
    }

    fn restore_side<T: State>(
        &mut self,
        stored: &Stored<'_>,
        side: impl Fn(&mut Pair<L, R>) -> &mut Side<T>,
    ) -> Result<(), ReadError> {
        let Some(seed) = self.seed() else { return Ok(()) };
        self.restored = true;
        let (shards, seen) = (&mut self.shards, self.batches);
        stored.each(|batch, key: K, held: Held<T>| {
            if batch == ALL || batch > seen {
                let shard = &mut shards[shard_of(key.hash(seed))];
                let number = shard.keys.put(key);
                side(shard.pair(number)).restore(held);
            }
        })
    }

    fn restore_matches(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        let Some(seed) = self.seed() else { return Ok(()) };
        let (shards, seen) = (&mut self.shards, self.batches);
        let mut found = true;
        stored.each(|batch, key: K, (right, time, place): Match| {
            if batch <= seen {
                return;
            }
            let shard = &mut shards[shard_of(key.hash(seed))];
            let pair = shard.keys.number_of(&key).map(|number| shard.pair(number));
            let matched = pair.and_then(|pair| match right {
                true => pair.right.kept_at(time, place),
                false => pair.left.kept_at(time, place),
            });
            match matched {
                Some(matched) => *matched = true,
                None => found = false,
            }
        })?;
        if found { Ok(()) } else { Err(ReadError::new("a record that met another one is not there")) }
    }
}

impl<T> Side<T> {
    /// Has the record at a place among those of a time met one?
    fn kept_at(&mut self, time: i64, place: u32) -> Option<&mut bool> {
        let of_time = places(self.kept(), time, time);
        Some(&mut self.kept_mut()[of_time].get_mut(place as usize)?.matched)
    }
}
