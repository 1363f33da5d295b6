//! A run whose rows are not what the function gives, but all that is held behind the batch.

use super::all::{self, AllRows};
use super::run::{HeldBucket, HeldBuckets, HeldRun};
use super::{Held, KeyStep};
use crate::job::turn::{ChunkInfo, Failure, Turn};
use crate::state::{Probe, State};

pub struct SnapshotRun<'s, P, T, C: KeyStep<T, ()>> {
    run: HeldRun<'s, P, T, (), C>,
    /// Has the batch brought a record?
    records: bool,
}

impl<'s, P, T, S, C> SnapshotRun<'s, P, T, C>
where
    P: Probe<Owned = C::Key>,
    S: State,
    C: KeyStep<T, (), Kept = Held<S>>,
{
    pub fn new(run: HeldRun<'s, P, T, (), C>) -> Self {
        SnapshotRun { run, records: false }
    }

    pub fn buckets(&self) -> HeldBuckets<P, T, ()> {
        self.run.buckets()
    }

    pub fn absorb(&mut self, turn: &Turn<'_>, chunk: ChunkInfo, filled: HeldBucket<P, T, ()>) -> Result<(), Failure> {
        self.records |= !filled.bucket.is_empty();
        self.run.absorb(turn, chunk, filled)
    }

    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        self.run.fold(turn, watermark)
    }

    pub fn rows<'r, L>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(AllRows<'r, C::Key, S>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        all::rows(&self.run.slot.shards, self.records, turn, make, task, absorb)
    }
}
