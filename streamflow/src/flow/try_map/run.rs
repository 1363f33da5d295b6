//! `try_map` during one batch, and what `errors(label)` reads of it.

use super::super::aside::{Dropped, Keep, Kept, PutAside};
use super::super::{Flow, Plain, Untimed};
use super::{Failed, Fallible, Fault, Tries, TryStage};
use crate::job::turn::{ChunkInfo, Failure, Rows, Turn, chunks, fail, message};
use crate::state::save::Table;
use crate::state::{SlotApi, SlotSize};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `errors(label)` reads.
pub type Errors<T, R, M> = <T as PutAside<M>>::Of<(Kept<T>, Flow<Failed<T, <R as Fallible>::Error>, Plain, Untimed>)>;

pub fn errors_stream<T, Shape, Time, F, A, R, M>(_: Flow<T, Shape, Time>, _: &TryStage<F, A>) -> Errors<T, R, M>
where
    T: PutAside<M>,
    F: Fn(T) -> R,
    R: Fallible,
{
    T::of((Kept::NEW, Flow::NEW))
}

/// How many records have failed.
#[derive(Default)]
pub struct FailedSlot {
    failed: u64,
    now: u64,
}

impl SlotApi for FailedSlot {
    fn commit(&mut self) {
        self.failed += std::mem::take(&mut self.now);
    }

    fn rollback(&mut self) {
        self.now = 0;
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        SlotSize::default()
    }

    fn shape(&self) -> String {
        "failed records".to_owned()
    }

    fn failed(&self) -> u64 {
        self.failed
    }

    /// Failures are counted for the report of one run.
    fn tables(&self) -> Option<Vec<Table>> {
        Some(vec![])
    }
}

/// `try_map` during one batch.
pub struct Attempts<'s, K, T, E> {
    slot: &'s mut FailedSlot,
    keep: K,
    aside: Cell<Vec<(ChunkInfo, Rejected<T, E>)>>,
    stage: u32,
}

/// A record that failed, with its number in its chunk.
struct Rejected<T, E> {
    record: T,
    fault: Fault<E>,
    number: u64,
}

impl<'s, K: Copy, T, E> Attempts<'s, K, T, E> {
    fn new(slot: &'s mut FailedSlot, keep: K, stage: u32) -> Self {
        Attempts { slot, keep, aside: Cell::default(), stage }
    }

    pub fn buckets(&self) -> AttemptBuckets<K, T, E> {
        AttemptBuckets(self.keep, PhantomData)
    }

    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: AttemptBucket<K, T, E>) -> Result<(), Failure> {
        self.slot.now += bucket.failed;
        self.aside.get_mut().extend(bucket.aside.into_iter().map(|aside| (chunk, aside)));
        Ok(())
    }

    /// The records that failed, in source order.
    pub fn errors<L>(
        &self,
        turn: &Turn<'_>,
        partition: &impl Fn(u32, u32) -> String,
        make: impl FnMut() -> L,
        task: impl Fn(Rows<Vec<Failed<T, E>>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let stage = turn.stage(self.stage);
        let failed = |(chunk, Rejected { record, fault, number }): (ChunkInfo, Rejected<T, E>)| {
            let partition = partition(chunk.source, chunk.partition);
            Failed { record, error: fault, stage, partition, number: chunk.first + number }
        };
        let rows = Cell::new(self.aside.take().into_iter().map(failed).collect());
        chunks(turn, 1, None, make, |_, leaf| task(Rows(rows.take()), leaf), absorb)
    }
}

/// Makes the buckets of one batch.
pub struct AttemptBuckets<K, T, E>(K, PhantomData<fn(T, E)>);

impl<K: Copy, T, E> AttemptBuckets<K, T, E> {
    pub fn bucket(&self) -> AttemptBucket<K, T, E> {
        AttemptBucket { keep: self.0, failed: 0, aside: vec![] }
    }
}

/// What failed in one chunk.
pub struct AttemptBucket<K, T, E> {
    keep: K,
    failed: u64,
    aside: Vec<Rejected<T, E>>,
}

impl<K, Kept, E: fmt::Display + Send> AttemptBucket<K, Kept, E> {
    #[inline(always)]
    pub fn attempt<T, R, F, A>(&mut self, stage: &TryStage<F, A>, item: T, number: u64) -> Option<R::Value>
    where
        R: Fallible<Error = E>,
        F: Fn(T) -> R,
        A: Tries<T>,
        K: Keep<T, Kept = Kept>,
    {
        let record = self.keep.keep(&item);
        // what the function changed before it panicked is its own affair: it is called again with other records
        let call = |item| match catch_unwind(AssertUnwindSafe(|| stage.function.get()(item).result())) {
            Ok(result) => result.map_err(Fault::Error),
            Err(panic) => Err(Fault::Panic(message(panic))),
        };
        match stage.again.attempt(item, call) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.failed += 1;
                if K::KEEPS {
                    self.aside.push(Rejected { record, fault, number });
                } else if !stage.skips {
                    fail(fault.to_string());
                }
                None
            }
        }
    }
}

pub fn attempts<'s, T, Shape, Time, F, A, R: Fallible>(
    _: Flow<T, Shape, Time>,
    slot: &'s mut FailedSlot,
    _: &TryStage<F, A>,
    _: &Turn<'_>,
    stage: u32,
) -> Result<Attempts<'s, Dropped, (), R::Error>, Failure>
where
    F: Fn(T) -> R,
{
    Ok(Attempts::new(slot, Dropped, stage))
}

pub fn attempts_with_errors<'s, T, Shape, Time, F, A, R: Fallible, K: Keep<T>>(
    _: Flow<T, Shape, Time>,
    slot: &'s mut FailedSlot,
    keep: K,
    _: &TryStage<F, A>,
    _: &Turn<'_>,
    stage: u32,
) -> Result<Attempts<'s, K, K::Kept, R::Error>, Failure>
where
    F: Fn(T) -> R,
{
    Ok(Attempts::new(slot, keep, stage))
}
