//! What a lane holds: keys, what is held for them, and in which order they become due.

use super::{Due, Kept, NEVER};
use crate::state::StoredKey;
use crate::state::column::Column;
use crate::state::due::DueTimes;
use crate::state::interner::Interner;
use crate::state::numbered::Numbered;

/// The keys of a lane and what is held for them.
pub struct Shard<K, V> {
    pub(crate) keys: Interner<K>,
    pub(crate) values: Column<Option<V>>,
    /// By event time and by the batch clock, of values as the last commit left them.
    events: DueTimes,
    clocks: DueTimes,
}

impl<K, V> Shard<K, V> {
    pub fn new(seed: u64) -> Self {
        Shard { keys: Interner::seeded(seed), values: Column::new(), events: DueTimes::new(), clocks: DueTimes::new() }
    }

    /// Keys that hold a value, as the last commit left them.
    pub fn len(&self) -> usize {
        self.values.live().iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn bytes(&self) -> usize {
        self.keys.bytes() + self.values.bytes() + self.events.bytes() + self.clocks.bytes()
    }

    /// The next time at which something is due on the batch clock.
    pub fn wake_at(&self) -> Option<i64> {
        self.clocks.first()
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
    pub fn due(&mut self, watermark: i64, now: i64) -> Vec<u32> {
        let mut due: Vec<(i64, u32)> = vec![];
        let values = &self.values;
        let mut add = |number| {
            let times = due_of(values, number);
            if times.reached(watermark, now) {
                due.push((times.event.min(times.clock), number));
            }
        };
        self.events.take(|time| time <= watermark, &mut add);
        self.clocks.take(|time| time <= now, &mut add);
        values.changed(add);
        due.sort_unstable();
        due.dedup();
        due.into_iter().map(|(_, number)| number).collect()
    }

    pub fn commit(&mut self) {
        let Shard { keys, values, events, clocks } = self;
        let mut gone = false;
        values.settle(|number, _, new| {
            let Due { event, clock } = new.map_or(Due::NEVER, Kept::due);
            events.set(number, ever(event));
            clocks.set(number, ever(clock));
            gone |= new.is_none();
        });
        events.commit(|number| ever(due_of(values, number).event));
        clocks.commit(|number| ever(due_of(values, number).clock));
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
        self.events.rollback();
        self.clocks.rollback();
    }
}

/// When the value of a number is due, if it has one.
fn due_of<V: Kept>(values: &Column<Option<V>>, number: u32) -> Due {
    let value = if values.is_live(number) { values.value(number).as_ref() } else { None };
    value.map_or(Due::NEVER, Kept::due)
}

fn ever(time: i64) -> Option<i64> {
    (time != NEVER).then_some(time)
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
        Shard::new(3)
    }

    fn put(shard: &mut Shard<u64, At>, key: u64, value: Option<i64>) -> u32 {
        let number = shard.keys.find_or_insert(Probe::hash(&key, 3), &key);
        *shard.touch(number).1 = value.map(At);
        number
    }

    /// What is due, for a look: it is put back.
    fn due(shard: &mut Shard<u64, At>, watermark: i64) -> Vec<u64> {
        let due = shard.due(watermark, 0).into_iter().map(|number| *shard.keys.key(number)).collect();
        shard.events.rollback();
        due
    }

    #[test]
    fn what_is_due_comes_in_order_of_its_time_also_in_the_batch_that_set_it() {
        let mut shard = fresh();
        for (key, time) in [(1, 30), (2, 10), (3, 20)] {
            put(&mut shard, key, Some(time));
        }
        assert_eq!(due(&mut shard, 20), [2, 3]);
        shard.commit();
        assert_eq!(due(&mut shard, 9), [0; 0]);
        assert_eq!(due(&mut shard, 30), [2, 3, 1]);
        assert_eq!(due(&mut shard, i64::MAX), [2, 3, 1]);
        put(&mut shard, 2, Some(40));
        assert_eq!(due(&mut shard, 30), [3, 1], "the new time counts before the commit");
        shard.rollback();
        assert_eq!(due(&mut shard, 30), [2, 3, 1]);
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
        assert_eq!(shard.held(), [first], "the value came back");
        assert_eq!(due(&mut shard, 5), [1]);
        put(&mut shard, 1, None);
        shard.commit();
        assert_eq!((shard.len(), shard.keys.len()), (0, 0));
        assert_eq!(due(&mut shard, 5), [0; 0]);
        // numbers of both are free
        let again = put(&mut shard, 3, Some(7));
        shard.commit();
        assert!(again <= 1 && shard.len() == 1);
        assert_eq!(due(&mut shard, 7), [3]);
    }
}
