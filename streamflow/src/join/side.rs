//! What a join keeps of one key.
//!
//! Records of the batch stand behind those kept before, apart from them until the batch is final. So a batch is taken back by dropping
//! them, without a copy of a buffer that may be long.

use crate::State;

/// A record in a buffer.
#[derive(Clone, Debug, PartialEq, State)]
pub(crate) struct Held<T> {
    pub time: i64,
    /// The watermark of its partition before it, less the lateness that is allowed.
    pub reached: i64,
    /// It has met a record of the other side.
    pub matched: bool,
    pub item: T,
}

impl<T> Held<T> {
    /// Its time, and what its partition had reached before it.
    #[inline(always)]
    pub fn judged(&self) -> (i64, i64) {
        (self.time, self.reached)
    }

    /// From when a version holds: one that comes late is known only from then on.
    pub fn since(&self) -> i64 {
        self.time.max(self.reached)
    }
}

/// One side of a key, in order of time; records of one time in order of arrival.
#[derive(Clone, Debug)]
pub(crate) struct Side<T> {
    held: Vec<Held<T>>,
    /// So many were kept before the batch; those behind are of the batch.
    kept: usize,
}

/// Lists without records, whose memory the next key takes.
pub(crate) struct Idle<T>(Vec<Vec<Held<T>>>);

/// What an idle list may hold at most: those of the few keys with many records go back to the allocator.
const RECORDS: usize = 8;
/// So many of them stay, a shard.
const LISTS: usize = 1_024;

impl<T> Idle<T> {
    pub const fn new() -> Self {
        Idle(vec![])
    }

    fn give(&mut self, list: Vec<Held<T>>) {
        if (1..=RECORDS).contains(&list.capacity()) && self.0.len() < LISTS {
            self.0.push(list);
        }
    }

    pub fn bytes(&self) -> usize {
        let lists: usize = self.0.iter().map(Vec::capacity).sum();
        self.0.capacity() * size_of::<Vec<Held<T>>>() + lists * size_of::<Held<T>>()
    }
}

impl<T> Side<T> {
    pub const fn new() -> Self {
        Side { held: vec![], kept: 0 }
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    #[inline(always)]
    pub fn kept(&self) -> &[Held<T>] {
        &self.held[..self.kept]
    }

    pub fn kept_mut(&mut self) -> &mut [Held<T>] {
        &mut self.held[..self.kept]
    }

    #[inline(always)]
    pub fn new_records(&self) -> &[Held<T>] {
        &self.held[self.kept..]
    }

    /// What was kept, and what is new.
    pub fn both_mut(&mut self) -> (&mut [Held<T>], &mut [Held<T>]) {
        self.held.split_at_mut(self.kept)
    }

    /// Takes a record of the batch.
    #[inline]
    pub fn push(&mut self, record: Held<T>, idle: &mut Idle<T>) {
        if self.held.capacity() == 0 {
            // most keys have one record on a side
            self.held = idle.0.pop().unwrap_or_else(|| Vec::with_capacity(1));
        }
        self.held.push(record);
    }

    /// Puts a record among those that are kept, behind those of its time.
    pub fn restore(&mut self, record: Held<T>) {
        let at = match self.held.last() {
            Some(last) if last.time > record.time => self.held.partition_point(|other| other.time <= record.time),
            _ => self.held.len(),
        };
        self.held.insert(at, record);
        self.kept += 1;
    }

    /// The records of the batch in order of time.
    pub fn sort(&mut self) {
        self.held[self.kept..].sort_by_key(|held| held.time);
    }

    /// What was kept, then what is new, with times from the first to the last, both included.
    pub fn between(&self, (first, last): (i64, i64)) -> impl Iterator<Item = &Held<T>> {
        within(self.kept(), first, last).iter().chain(within(self.new_records(), first, last))
    }

    pub fn all(&self) -> impl Iterator<Item = &Held<T>> {
        self.held.iter()
    }

    /// Takes the records of the batch back.
    pub fn rollback(&mut self, idle: &mut Idle<T>) {
        self.held.truncate(self.kept);
        self.rest(idle);
    }

    /// Makes the batch final: its records are kept, and those at the front that `gone` names are dropped.
    pub fn settle(&mut self, idle: &mut Idle<T>, gone: impl Fn(&Held<T>) -> bool) {
        // most keys speak on one side
        if self.held.is_empty() {
            return;
        }
        let disordered = match (self.kept().last(), self.new_records().first()) {
            (Some(last), Some(first)) => last.time > first.time,
            _ => false,
        };
        if disordered {
            self.held.sort_by_key(|held| held.time);
        }
        let front = self.held.iter().take_while(|held| gone(held)).count();
        self.forget(front, idle);
    }

    /// Drops the first records of those that are final.
    pub fn forget(&mut self, front: usize, idle: &mut Idle<T>) {
        self.held.drain(..front);
        self.kept = self.held.len();
        self.rest(idle);
    }

    /// A key that is quiet now may never speak again: another one takes its memory.
    fn rest(&mut self, idle: &mut Idle<T>) {
        if self.held.is_empty() {
            idle.give(std::mem::take(&mut self.held));
        }
    }

    pub fn bytes(&self) -> usize {
        self.held.capacity() * size_of::<Held<T>>()
    }
}

#[cfg(test)]
impl<T> Side<T> {
    /// With records that were kept, and some of the batch.
    pub fn of(mut kept: Vec<Held<T>>, new: Vec<Held<T>>) -> Self {
        let count = kept.len();
        kept.extend(new);
        Side { held: kept, kept: count }
    }
}

/// The places of the times from the first to the last.
pub(crate) fn places<T>(held: &[Held<T>], first: i64, last: i64) -> std::ops::Range<usize> {
    let from = held.partition_point(|held| held.time < first);
    from..from + held[from..].partition_point(|held| held.time <= last)
}

fn within<T>(held: &[Held<T>], first: i64, last: i64) -> &[Held<T>] {
    &held[places(held, first, last)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(time: i64, item: u32) -> Held<u32> {
        Held { time, reached: i64::MIN, matched: false, item }
    }

    #[test]
    fn settled_records_stand_in_order_of_time_and_arrival() {
        let mut idle = Idle::new();
        let mut side = Side::of(vec![held(1, 0), held(5, 1)], vec![held(5, 2), held(3, 3)]);
        side.sort();
        let between: Vec<u32> = side.between((3, 5)).map(|held| held.item).collect();
        assert_eq!(between, [1, 3, 2], "what was kept comes first");
        side.settle(&mut idle, |held| held.time < 3);
        let order: Vec<u32> = side.all().map(|held| held.item).collect();
        assert_eq!(order, [3, 1, 2]);
        side.settle(&mut idle, |_| true);
        assert!(side.is_empty() && side.bytes() == 0);
    }

    #[test]
    fn the_next_key_takes_the_memory_of_one_that_is_quiet() {
        let mut idle = Idle::new();
        let mut side = Side::new();
        side.push(held(1, 0), &mut idle);
        side.settle(&mut idle, |_| false);
        side.push(held(2, 1), &mut idle);
        side.rollback(&mut idle);
        assert_eq!((side.kept().len(), side.all().count(), idle.0.len()), (1, 1, 0));
        let memory = side.kept().as_ptr();
        side.settle(&mut idle, |_| true);
        let mut other = Side::new();
        other.push(held(3, 2), &mut idle);
        assert_eq!((other.new_records().as_ptr(), idle.0.len()), (memory, 0));
        other.rollback(&mut idle);
        assert_eq!((other.bytes(), idle.0.len()), (0, 1));
        // many records are few keys'
        for time in 0..100 {
            other.push(held(time, 2), &mut idle);
        }
        other.settle(&mut idle, |_| true);
        assert_eq!((other.bytes(), idle.0.len()), (0, 0));
    }
}
