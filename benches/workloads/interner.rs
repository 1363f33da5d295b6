//! Numbers for keys, for hand-written loops: columns can be arrays then.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// A table with linear probing, at most a quarter full: keys of 8 bytes are compared faster than tags are searched.
pub struct Interner {
    slots: Vec<(u64, u32)>,
    hasher: RandomState,
    pub keys: Vec<u64>,
}

const FREE: u32 = u32::MAX;

impl Default for Interner {
    fn default() -> Self {
        Interner { slots: vec![(0, FREE); 1 << 12], hasher: RandomState::default(), keys: vec![] }
    }
}

impl Interner {
    #[inline]
    pub fn number(&mut self, key: u64) -> u32 {
        match self.find(key) {
            Ok(number) => number,
            Err(free) => self.add(free, key),
        }
    }

    /// The number of a key, or the slot for it.
    #[inline]
    fn find(&self, key: u64) -> Result<u32, usize> {
        let last = self.slots.len() - 1;
        let mut place = self.hasher.hash_one(key) as usize & last;
        loop {
            let (known, number) = self.slots[place];
            if number == FREE {
                return Err(place);
            }
            if known == key {
                return Ok(number);
            }
            place = (place + 1) & last;
        }
    }

    #[cold]
    fn add(&mut self, free: usize, key: u64) -> u32 {
        let number = self.keys.len() as u32;
        self.slots[free] = (key, number);
        self.keys.push(key);
        if self.keys.len() * 4 > self.slots.len() {
            self.slots = vec![(0, FREE); self.slots.len() * 2];
            for number in 0..self.keys.len() {
                let key = self.keys[number];
                if let Err(free) = self.find(key) {
                    self.slots[free] = (key, number as u32);
                }
            }
        }
        number
    }
}
