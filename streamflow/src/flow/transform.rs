//! `transform`: a function over whole batches.

use super::gather::{Applied, Gather, Gathered};
use super::proof::{Asked, Given};
use super::{Flow, Stage};
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};
use std::cell::Cell;

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Calls a function with all records of each batch, also of a batch without any.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::batches(vec![vec![3, 1, 2], vec![5, 4]])
    ///         -> transform(|mut numbers| {
    ///             numbers.sort();
    ///             numbers
    ///         })
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// assert_eq!(rows, [1, 2, 3, 4, 5]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** records that may be sent between threads, and a function from a `Vec` of them to anything that can be iterated over. **Gives** what comes out of it, without key and timestamps.
    ///
    /// **State and cost:** none between batches; within a batch all its records. The function runs on one thread, and so does what follows: `repartition(n)` spreads it again.
    ///
    /// **Order:** records in order of the chunks, each partition in source order. Results depend on how records are cut into batches: fix the interval, `#![batch(every = 1s)]`. Batch 0, which opens the sinks, is no batch here, nor is an end of the input that brings no record. **Failure:** a panic ends the job with the stage.
    ///
    /// **Related:** [`transform_with`](Flow::transform_with), [`map_chunks`](Flow::map_chunks), [`for_each_batch`](crate::sink::for_each_batch). Spark: `transform`, and `foreachBatch` in the middle of a query.
    pub fn transform<I, F: Fn(Vec<T>) -> I + Sync>(self, function: F) -> (Asked<Stage<F>, I>, Given)
    where
        T: Send,
    {
        (Asked::new(Stage::new(function)), Given::NEW)
    }
}

/// `transform` during one batch.
pub struct TransformRun<'s, T, F> {
    records: Vec<T>,
    stage: &'s Stage<F>,
}

impl<'s, T, F> TransformRun<'s, T, F> {
    pub fn new(stage: &'s Stage<F>) -> Self {
        TransformRun { records: vec![], stage }
    }

    pub fn buckets(&self) -> Gather<T> {
        Gather::NEW
    }

    pub fn absorb(&mut self, _: &Turn<'_>, _: ChunkInfo, filled: Gathered<T>) -> Result<(), Failure> {
        self.records.extend(filled.0);
        Ok(())
    }

    pub fn fold(&mut self, _: &Turn<'_>, _: i64) -> Result<(), Failure> {
        Ok(())
    }

    /// One task: that of the batch.
    pub fn rows<L>(
        &mut self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Applied<'s, F, Vec<T>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let count = usize::from(turn.is_batch(!self.records.is_empty()));
        let records = Cell::new(std::mem::take(&mut self.records));
        let task = |_, leaf| task(Applied { function: self.stage.get(), argument: records.take() }, leaf);
        chunks(turn, count, None, make, task, absorb)
    }
}
