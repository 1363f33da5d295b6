//! Panes of event time by key: keys get numbers, and a pane is an array by these numbers.

use foldhash::fast::RandomState;
use std::collections::{HashMap, VecDeque};

#[derive(Default)]
pub struct Panes<V> {
    numbers: HashMap<u64, u32, RandomState>,
    keys: Vec<u64>,
    open: VecDeque<Vec<V>>,
    /// The number of the first one that is open.
    first: u64,
    spare: Vec<Vec<V>>,
}

impl<V: Clone + Default> Panes<V> {
    /// The value of a key in a pane, which must not have been closed.
    #[inline]
    pub fn value(&mut self, key: u64, pane: u64) -> &mut V {
        if self.open.is_empty() {
            self.first = pane;
        }
        while pane < self.first {
            self.open.push_front(self.spare.pop().unwrap_or_default());
            self.first -= 1;
        }
        let place = (pane - self.first) as usize;
        while self.open.len() <= place {
            self.open.push_back(self.spare.pop().unwrap_or_default());
        }
        let next = self.keys.len() as u32;
        let keys = &mut self.keys;
        let number = *self.numbers.entry(key).or_insert_with(|| {
            keys.push(key);
            next
        }) as usize;
        let column = &mut self.open[place];
        if column.len() <= number {
            column.resize(self.keys.len().max(column.len() * 2), V::default());
        }
        &mut column[number]
    }

    /// Takes out the panes that end by `time`, in milliseconds: their numbers, and what they hold by the number of a key. An array that
    /// `each` gives back is used again.
    pub fn close(&mut self, time: u64, mut each: impl FnMut(u64, Vec<V>, &[u64]) -> Vec<V>) {
        while (self.first + 1).saturating_mul(1_000) <= time
            && let Some(column) = self.open.pop_front()
        {
            let mut free = each(self.first, column, &self.keys);
            free.fill(V::default());
            self.spare.push(free);
            self.first += 1;
        }
    }

    pub fn keys(&self) -> &[u64] {
        &self.keys
    }
}
