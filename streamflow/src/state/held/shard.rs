//! One shard: keys, what is held for them, and in which order they become due.

use super::{Due, Kept, NEVER};
use crate::state::StoredKey;
use crate::state::column::Column;
use crate::state::interner::Interner;
use crate::state::numbered::Numbered;
use std::collections::BTreeSet;

/// One shard.
pub struct Shard<K, V> {
    pub(crate) keys: Interner<K>,
    pub(crate) values: Column<Option<V>>,
    /// By event time and by the batch clock, of values as the last commit left them: a rollback has nothing to do here.
    events: BTreeSet<(i64, u32)>,
    clocks: BTreeSet<(i64, u32)>,
}

impl<K, V> Shard<K, V> {
    pub fn new() -> Self {
        Shard { keys: Interner::new(), values: Column::new(), events: BTreeSet::new(), clocks: BTreeSet::new() }
    }

    /// Keys that hold a value, as the last commit left them.
    pub fn len(&self) -> usize {
        self.values.live().iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn bytes(&self) -> usize {
        let due = (self.events.len() + self.clocks.len()) * size_of::<(i64, u32)>();
        self.keys.bytes() + self.values.bytes() + due
    }

    /// The next time at which something is due on the batch clock.
    pub fn wake_at(&self) -> Option<i64> {
        self.clocks.first().map(|(time, _)| *time)
    }
}

impl<K: StoredKey, V: Kept> Shard<K, V> {
    /// The value of a number for a step that may panic: its old form is saved.
    #[inline(always)]
    pub fn touch(&mut self, number: u32) -> (&K, &mut Option<V>) {
        self.values.fit(self.keys.numbers(), || None);
        (self.keys.key(number), self.values.save(number))
    }

    /// Takes a step with the value of a number; where the step gives nothing all is as it was before.
    pub fn attempt<R>(&mut self, number: u32, step: impl FnOnce(&K, &mut Option<V>) -> Option<R>) -> Option<R> {
        self.values.fit(self.keys.numbers(), || None);
        let key = self.keys.key(number);
        self.values.attempt(number, |value| step(key, value))
    }

    /// The value of a number that was touched in this batch or is live.
    pub fn value(&self, number: u32) -> Option<&V> {
        if self.values.is_live(number) { self.values.value(number).as_ref() } else { None }
    }

    /// All numbers that hold a value now, in their order.
    pub fn held(&self) -> Vec<u32> {
        let mut held = vec![];
        for (word, bits) in self.values.live().iter().enumerate() {
            crate::state::column::for_each_bit(word * 64, *bits, |number| held.push(number));
        }
        held.retain(|number| self.values.value(*number).is_some());
        held
    }

    /// The numbers whose value is due, in the order in which they are; of equal times in that of the numbers.
    pub fn due(&self, watermark: i64, now: i64) -> Vec<u32> {
        let until = |time: i64| ..=(if time == NEVER { NEVER - 1 } else { time }, u32::MAX);
        let events = self.events.range(until(watermark)).chain(self.clocks.range(until(now)));
        let mut due: Vec<u32> = events.map(|(_, number)| *number).collect();
        self.values.changed(|number| due.push(number));
        let time = |number: &u32| self.value(*number).map_or(Due::NEVER, Kept::due);
        due.retain(|number| time(number).reached(watermark, now));
        let order = |number: &u32| {
            let Due { event, clock } = time(number);
            (event.min(clock), *number)
        };
        due.sort_unstable_by_key(order);
        due.dedup();
        due
    }

    pub fn commit(&mut self) {
        let Shard { keys, values, events, clocks } = self;
        let mut gone = false;
        let none = Due::NEVER;
        values.settle(|number, old, new| {
            let (before, after) = (old.map_or(none, Kept::due), new.map_or(none, Kept::due));
            move_to(events, number, before.event, after.event);
            move_to(clocks, number, before.clock, after.clock);
            gone |= new.is_none();
        });
        // a key lives as long as it holds a value
        if gone || !keys.born().is_empty() {
            let live = values.live();
            keys.sweep(|word| live.get(word).copied().unwrap_or(0));
        }
        keys.commit();
    }

    pub fn rollback(&mut self) {
        self.values.rollback(|| None);
        self.keys.rollback();
    }
}

fn move_to(times: &mut BTreeSet<(i64, u32)>, number: u32, from: i64, to: i64) {
    if from != to {
        if from != NEVER {
            times.remove(&(from, number));
        }
        if to != NEVER {
            times.insert((to, number));
        }
    }
}

impl<K: StoredKey, V> Numbered for Shard<K, V> {
    type Key = K;

    #[inline(always)]
    fn keys(&self) -> &Interner<K> {
        &self.keys
    }
    #[inline(always)]
    fn keys_mut(&mut self) -> &mut Interner<K> {
        &mut self.keys
    }
    #[inline(always)]
    fn touch(&self, number: u32) {
        self.values.touch(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Probe;

    #[derive(Clone, crate::State)]
    struct At(i64);
    impl Kept for At {
        fn due(&self) -> Due {
            Due { event: self.0, clock: NEVER }
        }
    }

    fn fresh() -> Shard<u64, At> {
        let mut shard = Shard::new();
        shard.keys.seed(3);
        shard
    }

    fn put(shard: &mut Shard<u64, At>, key: u64, value: Option<i64>) -> u32 {
        let number = shard.keys.find_or_insert(Probe::hash(&key, 3), &key);
        *shard.touch(number).1 = value.map(At);
        number
    }

    fn due(shard: &Shard<u64, At>, watermark: i64) -> Vec<u64> {
        shard.due(watermark, 0).into_iter().map(|number| *shard.keys.key(number)).collect()
    }

    #[test]
    fn what_is_due_comes_in_order_of_its_time_also_in_the_batch_that_set_it() {
        let mut shard = fresh();
        for (key, time) in [(1, 30), (2, 10), (3, 20)] {
            put(&mut shard, key, Some(time));
        }
        assert_eq!(due(&shard, 20), [2, 3]);
        shard.commit();
        assert_eq!(due(&shard, 9), [0; 0]);
        assert_eq!(due(&shard, 30), [2, 3, 1]);
        assert_eq!(due(&shard, i64::MAX), [2, 3, 1]);
        put(&mut shard, 2, Some(40));
        assert_eq!(due(&shard, 30), [3, 1], "the new time counts before the commit");
        shard.rollback();
        assert_eq!(due(&shard, 30), [2, 3, 1]);
    }

    #[test]
    fn a_key_that_lost_its_value_gives_its_number_back() {
        let mut shard = fresh();
        let first = put(&mut shard, 1, Some(5));
        put(&mut shard, 2, None);
        shard.commit();
        assert_eq!((shard.len(), shard.keys.len()), (1, 1), "a key that got no value is forgotten");
        put(&mut shard, 1, None);
        assert_eq!(shard.held(), [0; 0]);
        shard.rollback();
        assert_eq!((shard.held(), due(&shard, 5)), (vec![first], vec![1]), "the value came back");
        put(&mut shard, 1, None);
        shard.commit();
        assert_eq!((shard.len(), shard.keys.len(), due(&shard, 5)), (0, 0, vec![]));
        // numbers of both are free
        let again = put(&mut shard, 3, Some(7));
        shard.commit();
        assert!(again <= 1 && shard.len() == 1);
        assert_eq!(due(&shard, 7), [3]);
    }
}
