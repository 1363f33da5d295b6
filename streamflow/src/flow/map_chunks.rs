//! `map_chunks`: a function over each chunk.

use super::gather::{Applied, Gather, Gathered, Waiting};
use super::proof::{Asked, Given};
use super::{Flow, Stage};
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Calls a function with an iterator over each chunk, the records that one task takes: the place for what is set up once for many
    /// records, such as a connection.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut sums = Vec::new();
    /// stream! {
    ///     source::vec(vec![1, 2, 3, 4])
    ///         -> repartition(2)
    ///         -> map_chunks(|numbers| [numbers.sum::<i32>()])
    ///         -> &mut sums
    /// }
    /// .run()?;
    /// assert_eq!(sums, [3, 7]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** records that may be sent between threads, and a function from an iterator (`std::vec::IntoIter`) to anything that can be iterated over: an iterator made of the first one is not collected. **Gives** what comes out of it, without key and timestamps.
    ///
    /// **State and cost:** none between batches; within a batch the chunk. The function is called once a chunk, in parallel, also for a chunk of which nothing is left.
    ///
    /// **Order:** results in order of the chunks. What a chunk is depends on the source, on the sizes of chunks and batches, and behind a state on the number of threads; so a result that is not of one record alone depends on them, unless `repartition(n)` stands before it. **Failure:** a panic ends the job with the stage.
    ///
    /// **Related:** [`chunks`](Flow::chunks), [`transform`](Flow::transform), [`flat_map`](Flow::flat_map). Spark: `mapPartitions`; Bytewax: `flat_map_batch`.
    pub fn map_chunks<I, F: Fn(std::vec::IntoIter<T>) -> I + Sync>(self, function: F) -> (Asked<Stage<F>, I>, Given)
    where
        T: Send,
    {
        (Asked::new(Stage::new(function)), Given::NEW)
    }
}

/// `map_chunks` during one batch.
pub struct MapChunksRun<'s, T, F> {
    chunks: Vec<Vec<T>>,
    stage: &'s Stage<F>,
}

impl<'s, T, F> MapChunksRun<'s, T, F> {
    pub fn new(stage: &'s Stage<F>) -> Self {
        MapChunksRun { chunks: vec![], stage }
    }

    pub fn buckets(&self) -> Gather<T> {
        Gather::NEW
    }

    pub fn absorb(&mut self, _: &Turn<'_>, _: ChunkInfo, filled: Gathered<T>) -> Result<(), Failure> {
        self.chunks.push(filled.0);
        Ok(())
    }

    pub fn fold(&mut self, _: &Turn<'_>, _: i64) -> Result<(), Failure> {
        Ok(())
    }

    /// One task a chunk.
    pub fn rows<L>(
        &mut self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Applied<'s, F, std::vec::IntoIter<T>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let waiting = Waiting::new(std::mem::take(&mut self.chunks));
        let task = |index: usize, leaf| {
            let argument = waiting.take(index).into_iter();
            task(Applied { function: self.stage.get(), argument }, leaf)
        };
        chunks(turn, waiting.len(), None, make, task, absorb)
    }
}
