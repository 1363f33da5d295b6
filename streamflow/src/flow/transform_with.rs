//! `transform_with`: a function over whole batches of two streams.

use super::gather::{Gather, Gathered};
use super::proof::{Asked, Given};
use super::{Flow, Stage};
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};
use std::cell::Cell;

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Calls a function with all records of each batch of two streams, also where one of them or both have none.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let banned = source::vec(vec!["bob"]);
    ///     source::vec(vec!["ann", "bob", "cid"])
    ///         -> transform_with(banned, |names, banned| names.into_iter().filter(move |name| !banned.contains(name)))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// assert_eq!(rows, ["ann", "cid"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** another stream, by the name that `let` gave it, without a key, and a function from two `Vec`s to anything that can be iterated over. **Gives** what comes out of it, without timestamps.
    ///
    /// **State and cost:** none between batches: what one stream has in another batch is not seen. Within a batch all records of both. The function runs on one thread, and so does what follows.
    ///
    /// **Order:** records of each stream in order of their chunks. Results depend on how records are cut into batches: fix the interval, `#![batch(every = 1s)]`. **Failure:** a panic ends the job with the stage.
    ///
    /// **Related:** [`transform`](Flow::transform). Spark: `transformWith`.
    pub fn transform_with<U, Z, Y, I, F: Fn(Vec<T>, Vec<U>) -> I + Sync>(
        self,
        other: Flow<U, Z, Y>,
        function: F,
    ) -> (Asked<Stage<F>, I>, Given)
    where
        T: Send,
        U: Send,
    {
        let _ = other;
        (Asked::new(Stage::new(function)), Given::NEW)
    }
}

/// `transform_with` during one batch.
pub struct TransformWithRun<'s, T, U, F> {
    left: Vec<T>,
    right: Vec<U>,
    stage: &'s Stage<F>,
}

impl<'s, T, U, F> TransformWithRun<'s, T, U, F> {
    pub fn new(stage: &'s Stage<F>) -> Self {
        TransformWithRun { left: vec![], right: vec![], stage }
    }

    pub fn buckets(&self) -> Gather<T> {
        Gather::NEW
    }

    pub fn buckets_1(&self) -> Gather<U> {
        Gather::NEW
    }

    pub fn absorb(&mut self, _: &Turn<'_>, _: ChunkInfo, filled: Gathered<T>) -> Result<(), Failure> {
        self.left.extend(filled.0);
        Ok(())
    }

    pub fn absorb_1(&mut self, _: &Turn<'_>, _: ChunkInfo, filled: Gathered<U>) -> Result<(), Failure> {
        self.right.extend(filled.0);
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
        task: impl Fn(Both<'s, F, T, U>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let count = usize::from(turn.is_batch(!self.left.is_empty() || !self.right.is_empty()));
        let (left, right) = (Cell::new(std::mem::take(&mut self.left)), Cell::new(std::mem::take(&mut self.right)));
        let task = |_, leaf| {
            let both = Both { function: self.stage.get(), left: left.take(), right: right.take() };
            task(both, leaf)
        };
        chunks(turn, count, None, make, task, absorb)
    }
}

/// The function and the records of both streams. It is called where its results are taken: its panic then has the stage.
pub struct Both<'s, F, T, U> {
    function: &'s F,
    left: Vec<T>,
    right: Vec<U>,
}

impl<F, T, U, I> Both<'_, F, T, U>
where
    F: Fn(Vec<T>, Vec<U>) -> I,
    I: IntoIterator,
{
    /// Calls `each` with every result.
    #[inline(always)]
    pub fn each(self, mut each: impl FnMut(I::Item, ())) {
        (self.function)(self.left, self.right).into_iter().for_each(|row| each(row, ()));
    }
}
