//! `chunks`: each chunk as one list.

use super::gather::{Gather, Gathered, Waiting};
use super::{Flow, Plain};
use crate::job::turn::{ChunkInfo, Failure, Rows, Turn, chunks};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Turns each chunk, the records that one task takes, into one `Vec`.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut lists = Vec::new();
    /// stream! {
    ///     source::vec(vec![1, 2, 3, 4])
    ///         -> repartition(2)
    ///         -> chunks()
    ///         -> &mut lists
    /// }
    /// .run()?;
    /// assert_eq!(lists, [vec![1, 2], vec![3, 4]]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** records that may be sent between threads. **Gives** a `Vec` a chunk, without timestamps; also an empty one for a chunk of which nothing is left.
    ///
    /// **State and cost:** none between batches; within a batch the chunk. What follows runs as one task a list.
    ///
    /// **Order:** lists in order of the chunks, records in source order. What a chunk is depends on the source, on the sizes of chunks and batches, and behind a state on the number of threads: `repartition(n)` before it decides. **Failure:** none of its own.
    ///
    /// **Related:** [`map_chunks`](Flow::map_chunks), [`repartition`](Flow::repartition), [`collect`](Flow::collect). Spark: `glom`.
    pub fn chunks(self) -> (Chunks, Flow<Vec<T>, Plain>)
    where
        T: Send,
    {
        (Chunks, Flow::NEW)
    }
}

/// `chunks` asks for nothing.
#[derive(Clone, Copy)]
pub struct Chunks;

/// `chunks` during one batch.
pub struct ChunksRun<T>(Vec<Vec<T>>);

impl<T> ChunksRun<T> {
    pub fn start() -> Self {
        ChunksRun(vec![])
    }

    pub fn buckets(&self) -> Gather<T> {
        Gather::NEW
    }

    pub fn absorb(&mut self, _: &Turn<'_>, _: ChunkInfo, filled: Gathered<T>) -> Result<(), Failure> {
        self.0.push(filled.0);
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
        task: impl Fn(Rows<[Vec<T>; 1]>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let waiting = Waiting::new(std::mem::take(&mut self.0));
        chunks(turn, waiting.len(), None, make, |index, leaf| task(Rows([waiting.take(index)]), leaf), absorb)
    }
}
