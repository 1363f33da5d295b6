//! When something must be done with the values of numbers: the earliest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A time a number, in a heap. A number whose time moves on keeps its old place: it is found there too early, and put back with the time that it
/// has then. So a time that moves on with every record costs nothing, where a tree would be changed with each of them.
#[derive(Debug, Default)]
pub(crate) struct DueTimes {
    heap: BinaryHeap<Reverse<(i64, u32)>>,
    /// By number: with which time it stands in the heap. What else the heap has of a number is stale.
    stands: Vec<Option<i64>>,
    /// What this batch has taken out.
    taken: Vec<(i64, u32)>,
}

impl DueTimes {
    pub const fn new() -> Self {
        DueTimes { heap: BinaryHeap::new(), stands: vec![], taken: vec![] }
    }

    /// Takes out the numbers whose time has come, and some that were put off: in no order, each once. They are back behind the batch.
    pub fn take(&mut self, has_come: impl Fn(i64) -> bool, mut each: impl FnMut(u32)) {
        while let Some(Reverse((time, number))) = self.heap.peek().copied().filter(|first| has_come(first.0.0)) {
            self.heap.pop();
            if self.stands[number as usize] == Some(time) {
                self.stands[number as usize] = None;
                self.taken.push((time, number));
                each(number);
            }
        }
    }

    /// The time of a number is another one now.
    #[inline]
    pub fn set(&mut self, number: u32, time: Option<i64>) {
        let Some(time) = time else { return };
        let place = number as usize;
        if self.stands.len() <= place {
            self.stands.resize(place + 1, None);
        }
        if self.stands[place].is_none_or(|stands| time < stands) {
            self.stands[place] = Some(time);
            self.heap.push(Reverse((time, number)));
        }
    }

    /// Makes the batch final, all its changes having been [set](Self::set): what it has taken out goes back with the time that it has now.
    pub fn commit(&mut self, now: impl Fn(u32) -> Option<i64>) {
        for (_, number) in std::mem::take(&mut self.taken) {
            self.set(number, now(number));
        }
        // so that the first is the one that is due first
        while let Some(Reverse((time, number))) = self.heap.peek().copied() {
            let stands = self.stands[number as usize] == Some(time);
            if stands && now(number) == Some(time) {
                break;
            }
            self.heap.pop();
            if stands {
                self.stands[number as usize] = None;
                self.set(number, now(number));
            }
        }
    }

    /// Puts back what the batch has taken out.
    pub fn rollback(&mut self) {
        for (time, number) in std::mem::take(&mut self.taken) {
            self.set(number, Some(time));
        }
    }

    /// When the next number is due, behind a commit.
    pub fn first(&self) -> Option<i64> {
        self.heap.peek().map(|first| first.0.0)
    }

    pub fn bytes(&self) -> usize {
        self.heap.capacity() * size_of::<(i64, u32)>() + self.stands.capacity() * size_of::<Option<i64>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn taken(due: &mut DueTimes, until: i64) -> Vec<u32> {
        let mut numbers = vec![];
        due.take(|time| time <= until, |number| numbers.push(number));
        numbers
    }

    #[test]
    fn a_time_that_moves_on_takes_no_room() {
        let mut due = DueTimes::new();
        for time in 0..1_000 {
            due.set(3, Some(time));
            due.commit(|_| Some(time));
            assert_eq!(due.first(), Some(time));
        }
        due.set(4, Some(0));
        for time in 1_000..2_000 {
            due.set(3, Some(time));
            due.commit(|number| Some(if number == 4 { 0 } else { time }));
        }
        assert_eq!((due.first(), due.heap.len()), (Some(0), 2));
    }

    proptest! {
        /// Against a plain map: whatever is due is found, in the batch that makes it due too, and nothing is lost by a batch that is taken back.
        #[test]
        fn finds_what_is_due(steps in prop::collection::vec((0u8..5, 0u32..6, 0i64..40), 1..120)) {
            let mut due = DueTimes::new();
            let mut times: BTreeMap<u32, i64> = BTreeMap::new();
            for (step, number, time) in steps {
                let is_due = |times: &BTreeMap<u32, i64>| -> Vec<u32> {
                    times.iter().filter(|at| *at.1 <= time).map(|at| *at.0).collect()
                };
                match step {
                    // a batch that handles what is due, and is final or not
                    0 | 1 => {
                        let expected = is_due(&times);
                        let mut found = taken(&mut due, time);
                        found.sort_unstable();
                        prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "each once");
                        found.retain(|number| times.get(number).is_some_and(|at| *at <= time));
                        prop_assert_eq!(found, expected);
                        if step == 0 {
                            times.retain(|_, at| *at > time);
                            due.commit(|number| times.get(&number).copied());
                        } else {
                            due.rollback();
                        }
                    }
                    2 => {
                        times.remove(&number);
                        due.set(number, None);
                        due.commit(|number| times.get(&number).copied());
                    }
                    _ => {
                        times.insert(number, time);
                        due.set(number, Some(time));
                        due.commit(|number| times.get(&number).copied());
                    }
                }
                if step != 1 {
                    prop_assert_eq!(due.first(), times.values().min().copied());
                }
            }
        }
    }
}
