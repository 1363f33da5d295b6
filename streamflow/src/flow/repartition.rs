//! `repartition`: the records of a batch as so many chunks.

use super::gather::Waiting;
use super::{Flow, Plain};
use crate::job::turn::{ChunkInfo, Failure, Stamped, Turn, chunks};
use crate::window::Stamp;
use crate::{Error, ErrorKind};
use std::marker::PhantomData;

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Deals the records of each batch into exactly `n` chunks: what follows runs as `n` tasks.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut lists = Vec::new();
    /// stream! {
    ///     source::vec(vec![1, 2, 3, 4, 5])
    ///         -> repartition(2)
    ///         -> chunks()
    ///         -> &mut lists
    /// }
    /// .run()?;
    /// assert_eq!(lists, [vec![1, 2], vec![3, 4, 5]]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a number of at least one, evaluated once, and records that may be sent between threads. **Gives** the same records; timestamps stay.
    ///
    /// **State and cost:** none between batches; within a batch all its records, which are moved twice.
    ///
    /// **Order:** kept. Chunk `i` of `n` holds the records from `i * length / n` on, so sizes differ by one at most, for any number of threads and any chunks before. A batch without records gives `n` empty chunks. **Failure:** `n = 0` is an error at the start.
    ///
    /// **Related:** [`chunks`](Flow::chunks), [`map_chunks`](Flow::map_chunks). Spark: `repartition`, which deals in no fixed order; Flink: `rebalance`; Bytewax: `redistribute`.
    pub fn repartition(self, number: &usize) -> (Repartition, Flow<T, Plain, Time>)
    where
        T: Send,
    {
        (Repartition { number: *number }, Flow::NEW)
    }
}

/// Into how many chunks.
#[derive(Clone, Copy)]
pub struct Repartition {
    number: usize,
}

/// `repartition` during one batch.
pub struct RepartitionRun<T, S> {
    records: Vec<(T, S)>,
    number: usize,
}

impl<T, S: Stamp> RepartitionRun<T, S> {
    pub fn new(stage: &Repartition) -> Result<Self, Failure> {
        if stage.number == 0 {
            let error = Error::new(ErrorKind::Settings, "`repartition(0)` leaves no chunk for the records");
            return Err(error.help("give a number of at least one").into());
        }
        Ok(RepartitionRun { records: vec![], number: stage.number })
    }

    pub fn buckets(&self) -> Stamps<T, S> {
        Stamps(PhantomData)
    }

    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, filled: StampedChunk<T, S>) -> Result<(), Failure> {
        let records = filled.0.into_iter().map(|(item, stamp)| (item, stamp.after(chunk.watermark)));
        self.records.extend(records);
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
        task: impl Fn(Stamped<Vec<(T, S)>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (length, number) = (self.records.len(), self.number);
        let number = if turn.is_batch(length > 0) { number } else { 0 };
        let mut records = std::mem::take(&mut self.records).into_iter();
        // in 128 bits, since the product of two lengths may be longer than one
        let start = |chunk: usize| (chunk as u128 * length as u128 / number as u128) as usize;
        let dealt = (0..number).map(|chunk| records.by_ref().take(start(chunk + 1) - start(chunk)).collect());
        let waiting: Waiting<Vec<(T, S)>> = Waiting::new(dealt);
        chunks(turn, number, None, make, |index, leaf| task(Stamped(waiting.take(index)), leaf), absorb)
    }
}

/// Makes the empty chunks of one batch.
pub struct Stamps<T, S>(PhantomData<fn(T, S)>);

impl<T, S> Stamps<T, S> {
    pub fn bucket(&self) -> StampedChunk<T, S> {
        StampedChunk(Vec::new())
    }
}

/// The records of one chunk with their times.
pub struct StampedChunk<T, S>(Vec<(T, S)>);

impl<T, S> StampedChunk<T, S> {
    #[inline(always)]
    pub fn feed<N>(&mut self, _: &Repartition, item: T, _: N, stamp: S, _: u64) {
        self.0.push((item, stamp));
    }
}
