//! A run that holds no more than so many keys: those that have waited longest give way.

use super::run::{HeldBucket, HeldBuckets, HeldRun};
use super::step::Rows;
use super::{Kept, KeyStep};
use crate::job::turn::{ChunkInfo, Failure, Stamped, Turn};
use crate::state::Probe;
use crate::window::Stamp;

pub struct BoundedRun<'s, P, T, S, C: KeyStep<T, S>> {
    run: HeldRun<'s, P, T, S, C>,
    most: usize,
}

impl<'s, P, T, S, C> BoundedRun<'s, P, T, S, C>
where
    P: Probe<Owned = C::Key>,
    S: Stamp,
    C: KeyStep<T, S>,
{
    pub fn new(run: HeldRun<'s, P, T, S, C>, most: usize) -> Self {
        BoundedRun { run, most }
    }

    pub fn buckets(&self) -> HeldBuckets<P, T, S> {
        self.run.buckets()
    }

    pub fn absorb(&mut self, turn: &Turn<'_>, chunk: ChunkInfo, filled: HeldBucket<P, T, S>) -> Result<(), Failure> {
        self.run.absorb(turn, chunk, filled)
    }

    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        self.run.fold(turn, watermark)?;
        if self.most < usize::MAX {
            self.drive_out();
        }
        Ok(())
    }

    fn drive_out(&mut self) {
        let shards = &mut self.run.slot.shards;
        let held: Vec<Vec<u32>> = shards.iter().map(|shard| shard.held()).collect();
        let surplus = held.iter().map(Vec::len).sum::<usize>().saturating_sub(self.most);
        if surplus == 0 {
            return;
        }
        let mut order = vec![];
        for (index, numbers) in held.into_iter().enumerate() {
            let until = |number: u32| shards[index].value(number).map(|kept| (kept.due().event, kept.due().clock));
            order.extend(numbers.into_iter().map(|number| (until(number), index, number)));
        }
        order.sort_unstable();
        let (at, rows) = (self.run.moment(), &mut self.run.rows[0]);
        for (_, index, number) in order.into_iter().take(surplus) {
            let (key, kept) = self.run.slot.shards[index].touch(number);
            self.run.step.due(at, key, kept, rows);
        }
    }

    pub fn rows<L>(
        &mut self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Stamped<Rows<C::Row, S>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.run.rows(turn, make, task, absorb)
    }
}
