//! What a join keeps of one key.
//!
//! Records of the batch stand apart from those kept before until the batch is final. So a batch is taken back by dropping
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
    pub kept: Vec<Held<T>>,
    pub new: Vec<Held<T>>,
}

impl<T> Side<T> {
    pub const fn new() -> Self {
        Side { kept: vec![], new: vec![] }
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.new.is_empty()
    }

    /// The records of the batch in order of time.
    pub fn sort(&mut self) {
        self.new.sort_by_key(|held| held.time);
    }

    /// What was kept, then what is new, with times from the first to the last, both included.
    pub fn between(&self, (first, last): (i64, i64)) -> impl Iterator<Item = &Held<T>> {
        within(&self.kept, first, last).iter().chain(within(&self.new, first, last))
    }

    pub fn all(&self) -> impl Iterator<Item = &Held<T>> {
        self.kept.iter().chain(&self.new)
    }

    /// Makes the batch final: its records are kept, and those at the front that `gone` names are dropped.
    pub fn settle(&mut self, gone: impl Fn(&Held<T>) -> bool) {
        let disordered = match (self.kept.last(), self.new.first()) {
            (Some(last), Some(first)) => last.time > first.time,
            _ => false,
        };
        self.kept.append(&mut self.new);
        if disordered {
            self.kept.sort_by_key(|held| held.time);
        }
        let front = self.kept.iter().take_while(|held| gone(held)).count();
        self.kept.drain(..front);
        if self.kept.is_empty() {
            // a key that is quiet now may never speak again
            self.kept = vec![];
            self.new = vec![];
        }
    }

    pub fn bytes(&self) -> usize {
        (self.kept.capacity() + self.new.capacity()) * size_of::<Held<T>>()
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
        let mut side = Side { kept: vec![held(1, 0), held(5, 1)], new: vec![held(5, 2), held(3, 3)] };
        side.sort();
        let between: Vec<u32> = side.between((3, 5)).map(|held| held.item).collect();
        assert_eq!(between, [1, 3, 2], "what was kept comes first");
        side.settle(|held| held.time < 3);
        let order: Vec<u32> = side.all().map(|held| held.item).collect();
        assert_eq!(order, [3, 1, 2]);
        side.settle(|_| true);
        assert!(side.is_empty() && side.bytes() == 0);
    }
}
