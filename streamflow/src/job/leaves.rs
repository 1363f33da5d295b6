//! The leaves of a loop, one for each chunk in work, with their types forgotten.
//!
//! A leaf is what a chunk fills: the buckets of a state, the part of a sink. Its type and those of the closures that make, fill and take it differ from
//! loop to loop; whoever runs the chunks sees [`Leaves`] alone, and is compiled once for all jobs. One more job took 170 to 350 ms of
//! processor time to build when each loop had all of it for itself, and takes 45 to 100.

use super::turn::{ChunkInfo, Failure};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) trait Leaves {
    /// Makes the leaf at a place; places are taken in order.
    fn make(&mut self, at: usize);
    /// Runs a chunk with the leaf at a place, on any thread; tells how many records there were. What panics takes its leaf along.
    fn run(&self, chunk: usize, at: usize) -> u64;
    /// Takes the leaf at a place.
    fn absorb(&mut self, at: usize, chunk: ChunkInfo) -> Result<(), Failure>;
}

/// What a loop does with leaves of one type.
pub(super) struct Work<'w, L> {
    make: &'w mut dyn FnMut() -> L,
    task: &'w dyn Fn(usize, L) -> (L, u64),
    absorb: &'w mut dyn FnMut(ChunkInfo, L) -> Result<(), Failure>,
    /// One thread needs no more.
    first: Mutex<Option<L>>,
    others: Vec<Mutex<Option<L>>>,
}

impl<'w, L> Work<'w, L> {
    pub fn new(
        make: &'w mut dyn FnMut() -> L,
        task: &'w dyn Fn(usize, L) -> (L, u64),
        absorb: &'w mut dyn FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Self {
        Work { make, task, absorb, first: Mutex::new(None), others: vec![] }
    }

    fn at(&mut self, at: usize) -> &mut Option<L> {
        let place = if at == 0 { &mut self.first } else { &mut self.others[at - 1] };
        place.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self, at: usize) -> MutexGuard<'_, Option<L>> {
        let place = if at == 0 { &self.first } else { &self.others[at - 1] };
        place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L> Leaves for Work<'_, L> {
    fn make(&mut self, at: usize) {
        if at > self.others.len() {
            self.others.push(Mutex::new(None));
        }
        let leaf = (self.make)();
        *self.at(at) = Some(leaf);
    }

    fn run(&self, chunk: usize, at: usize) -> u64 {
        let leaf = self.lock(at).take();
        let Some(leaf) = leaf else { return 0 };
        let (leaf, records) = (self.task)(chunk, leaf);
        *self.lock(at) = Some(leaf);
        records
    }

    fn absorb(&mut self, at: usize, chunk: ChunkInfo) -> Result<(), Failure> {
        match self.at(at).take() {
            Some(leaf) => (self.absorb)(chunk, leaf),
            None => Ok(()),
        }
    }
}
