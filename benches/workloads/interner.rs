//! Numbers for keys, for hand-written loops: columns can be arrays then.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

#[derive(Default)]
pub struct Interner {
    numbers: HashMap<u64, u32, RandomState>,
    pub keys: Vec<u64>,
}

impl Interner {
    #[inline]
    pub fn number(&mut self, key: u64) -> usize {
        match self.numbers.entry(key) {
            Entry::Occupied(known) => *known.get() as usize,
            Entry::Vacant(new) => {
                new.insert(self.keys.len() as u32);
                self.keys.push(key);
                self.keys.len() - 1
            }
        }
    }
}
