//! `map_async`: the operator and its run.

use super::proof::IsKnown;
use super::{Flow, Plain};
use crate::job::futures::{Limits, drive};
use crate::job::turn::{ChunkInfo, Failure, Stamped, Tracker, Turn, chunks};
use crate::state::save::Table;
use crate::state::{SlotApi, SlotSize};
use crate::window::Stamp;
use std::cell::Cell;
use std::marker::PhantomData;
use std::time::Duration;

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Turns each record into the result of a future: calls to services, many at a time.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// # async fn lookup(id: u32) -> String { format!("user {id}") }
    /// let mut names = Vec::new();
    /// stream! {
    ///     source::vec(vec![3, 1, 2])
    ///         -> map_async(|id| lookup(id), concurrency = 16, timeout = 5s)
    ///         -> &mut names
    /// }
    /// .run()?;
    /// assert_eq!(names, ["user 3", "user 1", "user 2"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// Futures run on the thread of the job, which sleeps until one of them is woken. A library that needs its runtime finds it where
    /// the job runs inside of it: `let _guard = handle.enter(); job.run()?` with tokio. What a future awaits may well run on threads of that
    /// runtime.
    ///
    /// Options: `concurrency = 64`, the futures that run at a time; `order = unordered` gives results as they come, where the default
    /// `ordered` keeps the order of the records; `timeout = 30s`, how long one may take; `on_error = skip` leaves out and counts the records
    /// whose future took longer, where the default `fail` ends the job.
    ///
    /// **Needs** a function that gives a future; it may borrow from the batch. **Gives** its result, without a key; timestamps stay.
    ///
    /// **State and cost:** no state, but the number of records that were left out, in [`Report::failed`](crate::Report::failed). One
    /// allocation a record. A batch ends when its last future has: calls of different batches do not overlap, so larger batches
    /// (`#![batch(every = 1s)]`) keep more of them in flight.
    ///
    /// **Order:** kept, or as futures end. **Failure:** a panic of the function or the future, and a future that takes too long, end the
    /// job with the stage, the partition and the record. A call that fails is the function's business: let it give a `Result`. Calls of a
    /// batch that fails have been made.
    ///
    /// **Related:** [`map`](Flow::map). Flink: `AsyncDataStream.orderedWait`, `unorderedWait`.
    pub fn map_async<U: Future, F: Fn(T) -> U + Sync>(
        self,
        function: F,
    ) -> (<U::Output as IsKnown>::Of<MapAsync<T, U, F>>, Flow<U::Output, Plain, Time>)
    where
        T: Send,
        U::Output: Send,
    {
        let timeout = Duration::from_secs(30);
        let limits = Limits { concurrency: 64, timeout };
        (MapAsync { function, limits, ordered: true, skip: false, types: PhantomData }, Flow::NEW)
    }
}

/// The function of `map_async` and its options.
pub struct MapAsync<T, U, F> {
    function: F,
    limits: Limits,
    ordered: bool,
    skip: bool,
    types: PhantomData<fn(T) -> U>,
}

impl<T, U, F> MapAsync<T, U, F> {
    /// The option `concurrency`.
    #[must_use]
    pub fn concurrency(self, concurrency: &usize) -> Self {
        MapAsync { limits: Limits { concurrency: *concurrency, ..self.limits }, ..self }
    }

    /// The option `timeout`.
    #[must_use]
    pub fn timeout(self, timeout: &Duration) -> Self {
        MapAsync { limits: Limits { timeout: *timeout, ..self.limits }, ..self }
    }

    /// `order = ordered`
    #[must_use]
    pub fn order_ordered(self) -> Self {
        MapAsync { ordered: true, ..self }
    }

    /// `order = unordered`
    #[must_use]
    pub fn order_unordered(self) -> Self {
        MapAsync { ordered: false, ..self }
    }

    /// `on_error = fail`
    #[must_use]
    pub fn on_error_fail(self) -> Self {
        MapAsync { skip: false, ..self }
    }

    /// `on_error = skip`
    #[must_use]
    pub fn on_error_skip(self) -> Self {
        MapAsync { skip: true, ..self }
    }
}

/// How many records were left out.
#[derive(Default)]
pub struct AsyncSlot {
    failed: u64,
    failed_now: u64,
}

impl SlotApi for AsyncSlot {
    fn commit(&mut self) {
        self.failed += std::mem::take(&mut self.failed_now);
    }
    fn rollback(&mut self) {
        self.failed_now = 0;
    }
    fn forget(&mut self) {
        *self = Self::default();
    }
    fn size(&self) -> SlotSize {
        SlotSize::default()
    }
    fn shape(&self) -> String {
        "nothing".to_owned()
    }
    fn failed(&self) -> u64 {
        self.failed
    }

    /// Failures are counted for the report of one run.
    fn tables(&self) -> Option<Vec<Table>> {
        Some(vec![])
    }
}

/// The records of one chunk, each with its time and its number.
pub struct AsyncBucket<T, S>(Vec<(T, S, u64)>);

impl<T, S> AsyncBucket<T, S> {
    #[inline(always)]
    pub fn feed<C, K>(&mut self, _: &C, item: T, _: K, stamp: S, record: u64) {
        self.0.push((item, stamp, record));
    }
}

/// Makes the buckets of one batch.
pub struct AsyncBuckets<T, S>(PhantomData<fn(T, S)>);

impl<T, S> AsyncBuckets<T, S> {
    pub fn bucket(&self) -> AsyncBucket<T, S> {
        AsyncBucket(vec![])
    }
}

/// A batch of futures.
pub struct AsyncRun<'s, T, S, U: Future, F> {
    slot: &'s mut AsyncSlot,
    stage: &'s MapAsync<T, U, F>,
    number: u32,
    records: Vec<(ChunkInfo, AsyncBucket<T, S>)>,
    rows: Vec<(U::Output, S)>,
}

impl<'s, T, S: Stamp, U: Future, F: Fn(T) -> U> AsyncRun<'s, T, S, U, F> {
    pub fn new(slot: &'s mut AsyncSlot, stage: &'s MapAsync<T, U, F>, number: u32) -> Self {
        AsyncRun { slot, stage, number, records: vec![], rows: vec![] }
    }

    pub fn buckets(&self) -> AsyncBuckets<T, S> {
        AsyncBuckets(PhantomData)
    }

    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, filled: AsyncBucket<T, S>) -> Result<(), Failure> {
        self.records.push((chunk, filled));
        Ok(())
    }

    /// Runs all futures of the batch.
    pub fn fold(&mut self, _: &Turn<'_>, _: i64) -> Result<(), Failure> {
        let (stage, number) = (self.stage, self.number);
        let chunks = self.records.drain(..);
        let records = chunks.flat_map(|(chunk, bucket)| bucket.0.into_iter().map(move |record| (chunk, record)));
        let mut records = records.enumerate();
        let mut rows: Vec<Option<(U::Output, S)>> = vec![];
        let slot = &mut *self.slot;
        drive(
            stage.limits,
            || {
                let (index, (chunk, (item, stamp, record))) = records.next()?;
                let place = Place { chunk, record, stage: number };
                let future = place.catch(|| (stage.function)(item));
                Some(future.map(|future| ((index, stamp.after(chunk.watermark), place), future)))
            },
            |(_, _, place), future, context| place.catch(|| future.poll(context)),
            |(index, stamp, place), result| {
                match result {
                    Some(result) if stage.ordered => {
                        if rows.len() <= index {
                            rows.resize_with(index + 1, || None);
                        }
                        rows[index] = Some((result, stamp));
                    }
                    Some(result) => rows.push(Some((result, stamp))),
                    None if stage.skip => slot.failed_now += 1,
                    None => return Err(place.too_late(stage.limits.timeout)),
                }
                Ok(())
            },
        )?;
        self.rows = rows.into_iter().flatten().collect();
        Ok(())
    }

    /// All results, in one task.
    pub fn rows<L>(
        &mut self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Stamped<Vec<(U::Output, S)>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let rows = Cell::new(std::mem::take(&mut self.rows));
        chunks(turn, 1, None, make, |_, leaf| task(Stamped(rows.take()), leaf), absorb)
    }
}

/// Which record a future belongs to.
struct Place {
    chunk: ChunkInfo,
    record: u64,
    stage: u32,
}

impl Place {
    fn catch<R>(&self, run: impl FnOnce() -> R) -> Result<R, Failure> {
        Failure::catch(self.chunk, || {
            let mut tracker = Tracker::at(self.stage);
            tracker.record(self.record);
            let result = run();
            tracker.finish();
            result
        })
    }

    fn too_late(&self, timeout: Duration) -> Failure {
        let message = format!("no result within {timeout:?}");
        Failure::of_stage(self.stage, self.chunk, self.record, message)
    }
}
