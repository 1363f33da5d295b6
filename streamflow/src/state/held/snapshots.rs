//! A run whose rows are not what the function gives, but all that is held behind the batch.

use super::all::{self, AllRows};
use super::run::{HeldBucket, HeldBuckets, HeldRun};
use super::{Held, KeyStep};
use crate::job::turn::{ChunkInfo, Failure, Turn};
use crate::state::{Probe, State};

pub struct SnapshotRun<'s, P, T, C: KeyStep<T, ()>>(pub HeldRun<'s, P, T, (), C>);

impl<P, T, S, C> SnapshotRun<'_, P, T, C>
where
    P: Probe<Owned = C::Key>,
    S: State,
    C: KeyStep<T, (), Kept = Held<S>>,
{
    pub fn buckets(&self) -> HeldBuckets<P, T, ()> {
        self.0.buckets()
    }

    pub fn absorb(&mut self, chunk: ChunkInfo, filled: HeldBucket<P, T, ()>) -> Result<(), Failure> {
        self.0.absorb(chunk, filled)
    }

    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        self.0.fold(turn, watermark)
    }

    pub fn rows<'r, L>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(AllRows<'r, C::Key, S>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        all::rows(&self.0.slot.shards, self.0.lanes(), turn, make, task, absorb)
    }
}
