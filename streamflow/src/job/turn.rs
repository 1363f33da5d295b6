//! One turn of the engine as the generated body sees it: what to do, on how many threads, and how a panic in a
//! user's closure becomes an error with a place.

use super::executor::Executor;
use super::explain::StageInfo;
use super::rate::Allowance;
use crate::state::exchange::{Bucket, Buckets, Entry};
use crate::{BatchInfo, Error, ErrorKind};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;

/// What the body is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Tell what the pipeline is made of; touch nothing.
    Describe,
    /// Ask the sources for records.
    Poll,
    /// Process what has been polled.
    Run,
}

/// What polling has found so far, over all sources of the job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Polled {
    /// Bytes that may still be taken into this batch.
    pub budget: usize,
    pub bytes: u64,
    pub blocks: usize,
    /// Sources that will give nothing more.
    pub ended: usize,
    pub poll_after: Option<Duration>,
    /// Records that may still be taken into this batch, if the job has a limit.
    pub allowance: Option<Allowance>,
    /// Is it worth counting records before they are processed?
    pub counts: bool,
    /// Records of each source, as far as it can count them.
    pub received: Vec<u64>,
    /// The source that is polled.
    pub source: usize,
}

impl Polled {
    /// May more be taken into this batch?
    pub fn open(&self) -> bool {
        self.budget > 0 && self.allowance.is_none_or(|allowance| allowance.left > 0)
    }

    /// Bytes to ask a partition for, when so many of them share what is left.
    pub fn ask(&self, chunk_bytes: usize, partitions: usize) -> usize {
        let allowed = self.allowance.map_or(usize::MAX, |allowance| allowance.bytes(partitions));
        chunk_bytes.min(self.budget).min(allowed)
    }

    /// Takes a block.
    pub fn take(&mut self, bytes: usize, records: impl FnOnce() -> Option<u64>) {
        self.budget = self.budget.saturating_sub(bytes.max(1));
        self.bytes += bytes as u64;
        self.blocks += 1;
        if self.counts {
            let records = records();
            if let Some(allowance) = &mut self.allowance {
                allowance.take(records, bytes);
            }
            if let Some(received) = self.received.get_mut(self.source) {
                *received += records.unwrap_or(0);
            }
        }
    }
}

/// What a turn has done, for the report.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    pub records: u64,
    pub skipped: u64,
    /// Stages that panicked with a record that was left out.
    pub panicked: Vec<u32>,
    pub total_bytes: Option<u64>,
    pub sources_asked: u32,
    pub sources: Vec<String>,
    pub sinks: Vec<String>,
    /// Names of the partitions that the failure report may need.
    pub place: Option<String>,
}

/// One turn.
pub struct Turn<'t> {
    pub(crate) task: Task,
    pub(crate) batch: BatchInfo,
    /// The last batch of this run: sinks are finished.
    pub(crate) last: bool,
    pub(crate) input_ended: bool,
    pub(crate) seed: u64,
    pub(crate) chunk_bytes: usize,
    pub(crate) stages: &'t [StageInfo],
    /// Stages that panicked with a record that was then left out; `None`: a panic ends the job.
    pub(crate) panicked: Option<RefCell<Vec<u32>>>,
    pub(crate) executor: &'t Executor,
    pub(crate) signal: &'t crate::source::Signal,
    pub(crate) polled: Polled,
    pub(crate) done: Done,
}

impl Turn<'_> {
    pub fn polls(&self) -> bool {
        self.task == Task::Poll
    }
    pub(crate) fn describes(&self) -> bool {
        self.task == Task::Describe
    }
    pub(crate) fn threads(&self) -> usize {
        self.executor.threads()
    }
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }
    /// The input has ended: whatever waits for more of it is concluded now. A job that is stopped concludes nothing.
    pub(crate) fn input_ended(&self) -> bool {
        self.input_ended
    }
    /// Has this turn taken something from the sources, or the time of a batch passed? The opening one has not, and neither has a last
    /// one that only concludes.
    pub(crate) fn is_counted(&self) -> bool {
        self.batch.epoch > 0 && !(self.last && self.polled.blocks == 0)
    }
    /// Is this a batch for a stage that counts or visits batches? One that is counted is; and where the end of the input makes
    /// windows, timers and joins conclude, what they give is a batch for the stages that it reaches.
    pub(crate) fn is_batch(&self, records: bool) -> bool {
        records || self.is_counted()
    }
    /// What messages call a stage.
    pub(crate) fn stage(&self, number: u32) -> &'static str {
        self.stages.get(number as usize).map_or("", |stage| stage.name)
    }
    /// The batch clock in microseconds.
    pub(crate) fn now(&self) -> i64 {
        crate::Timestamp::from(self.batch.time).as_micros()
    }
}

/// What the engine knows of a partition.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartitionState {
    pub(crate) ended: bool,
    /// It was asked last and had nothing. A partition whose turn has not come is not idle.
    pub(crate) waiting: bool,
    pub(crate) records: u64,
}

impl PartitionState {
    pub(crate) const NEVER_ENDING: Self = PartitionState { ended: false, waiting: false, records: 0 };
    /// Rows come when there are some.
    pub(crate) const ROWS: Self = PartitionState { waiting: true, ..Self::NEVER_ENDING };
}

/// How far a root has come: the partitions of a source, or the rows of a state.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'i> {
    pub(crate) partitions: &'i [PartitionState],
    /// Nothing will come any more.
    pub(crate) ended: bool,
}

impl Reading<'static> {
    /// Rows come out of state as one partition that never ends.
    pub const ROWS: Self = Reading { partitions: &[PartitionState::ROWS], ended: false };
}

/// Which chunk something comes from.
#[derive(Clone, Copy, Debug)]
pub struct ChunkInfo {
    /// Which source of the pipeline; of no meaning for rows.
    pub(crate) source: u32,
    /// `u32::MAX` for rows that come out of state.
    pub(crate) partition: u32,
    /// Records of the partition before this chunk.
    pub(crate) first: u64,
    /// The watermark of the partition before this chunk.
    pub(crate) watermark: i64,
}

thread_local! {
    /// Where the last panic of this thread happened: record and stage.
    static PLACE: Cell<(u64, u32)> = const { Cell::new((0, 0)) };
    /// Records of the chunk that is run next which are left out.
    static LEFT_OUT: RefCell<Vec<u64>> = const { RefCell::new(vec![]) };
}

/// Where a task is: the number of its record and its stage. Costs nothing on the way that does not panic: both
/// are known at each call, and only the unwinding path reads them.
pub struct Tracker {
    record: u64,
    stage: u32,
    left_out: Vec<u64>,
}

impl Tracker {
    /// No stage yet: the source makes the next record.
    pub const SOURCE: u32 = u32::MAX;

    #[inline(always)]
    pub fn at(stage: u32) -> Self {
        Tracker { record: 0, stage, left_out: vec![] }
    }
    /// A task whose chunk may be run again without some of its records.
    pub fn skipping(stage: u32) -> Self {
        Tracker { left_out: LEFT_OUT.with_borrow(Vec::clone), ..Tracker::at(stage) }
    }
    /// Is this record one that is not left out?
    #[inline(always)]
    pub fn takes(&self) -> bool {
        self.left_out.is_empty() || !self.left_out.contains(&self.record)
    }
    #[inline(always)]
    pub fn next(&mut self) {
        self.record += 1;
    }
    #[inline(always)]
    pub fn count(&self) -> u64 {
        self.record
    }
    #[inline(always)]
    pub fn stage(&mut self, stage: u32) {
        self.stage = stage;
    }
    #[inline(always)]
    pub(crate) fn record(&mut self, record: u64) {
        self.record = record;
    }
    /// The work is done; tells how many records there were.
    #[inline(always)]
    pub fn finish(mut self) -> u64 {
        let records = self.record;
        self.left_out = vec![];
        std::mem::forget(self);
        records
    }
}

/// Runs only while a panic unwinds: [`finish`](Tracker::finish) forgets the tracker.
impl Drop for Tracker {
    #[inline(always)]
    fn drop(&mut self) {
        // the source was making the record behind the last one that it gave
        let record = self.record + u64::from(self.stage == Tracker::SOURCE);
        PLACE.set((record, self.stage));
    }
}

/// Why a batch failed.
#[derive(Debug)]
pub enum Failure {
    /// A closure panicked. The record is counted from 1 within its partition, or within the rows of a state.
    Panic { stage: u32, source: u32, partition: u32, record: u64, message: String, panicked: bool },
    /// A source, sink or setting.
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Error(error)
    }
}

impl Failure {
    /// Runs something that may panic in user code.
    pub(crate) fn catch<R>(chunk: ChunkInfo, run: impl FnOnce() -> R) -> Result<R, Failure> {
        catch(run).map_err(|caught| caught.place(chunk))
    }

    /// A stage failed at this record of a chunk, without a panic.
    pub(crate) fn of_stage(stage: u32, chunk: ChunkInfo, record: u64, message: String) -> Self {
        let ChunkInfo { source, partition, first, .. } = chunk;
        Failure::Panic { stage, source, partition, record: first + record, message, panicked: false }
    }

    pub(crate) fn into_error(self, stages: &[&'static str], partition: impl FnOnce(u32) -> String) -> Error {
        match self {
            Failure::Error(error) => error,
            Failure::Panic { stage, source: _, partition: of, record, message, panicked } => {
                let who = match stages.get(stage as usize) {
                    Some(name) => format!("stage `{name}`"),
                    None => "the source".to_owned(),
                };
                let place = match (of, record) {
                    // a ranking looks at all of them
                    (u32::MAX, 0) => "the results of this batch".to_owned(),
                    (u32::MAX, _) => format!("result {record} of this batch"),
                    _ => format!("record {record} of {}", partition(of)),
                };
                let (kind, verb) =
                    if panicked { (ErrorKind::Panic, "panicked") } else { (ErrorKind::Record, "failed") };
                Error::new(kind, format!("{who} {verb}: {message}")).at(place)
            }
        }
    }
}

/// A panic with the place inside its chunk.
pub(crate) struct Caught {
    record: u64,
    stage: u32,
    message: String,
    panicked: bool,
}

impl Caught {
    fn place(self, chunk: ChunkInfo) -> Failure {
        let record = chunk.first + self.record;
        let ChunkInfo { source, partition, .. } = chunk;
        let Caught { stage, message, panicked, .. } = self;
        Failure::Panic { stage, source, partition, record, message, panicked }
    }
}

fn catch<R>(run: impl FnOnce() -> R) -> Result<R, Caught> {
    // What the closure changed is taken back or dropped with the batch, so nothing broken is seen.
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let (record, stage) = PLACE.get();
        match payload.downcast::<Refused>() {
            Ok(refused) => Caught { record, stage, message: refused.0, panicked: false },
            Err(payload) => Caught { record, stage, message: message(payload), panicked: true },
        }
    })
}

/// A record that a stage refuses. It unwinds as a panic does, since that way has the place, but nobody prints it.
struct Refused(String);

/// Ends the task, and the job with it.
#[cold]
pub(crate) fn fail(message: String) -> ! {
    std::panic::resume_unwind(Box::new(Refused(message)))
}

/// What a panic said.
pub(crate) fn message(payload: Box<dyn std::any::Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast_ref::<&str>().copied().unwrap_or("(no message)").to_owned(),
    }
}

/// Rows that are at hand, without times.
pub struct Rows<I>(pub I);

impl<I: IntoIterator> Rows<I> {
    /// Calls `each` with every row.
    #[inline(always)]
    pub fn each(self, mut each: impl FnMut(I::Item, ())) {
        self.0.into_iter().for_each(|row| each(row, ()));
    }
}

/// Rows that are at hand, each with its stamp.
pub struct Stamped<I>(pub I);

impl<T, S, I: IntoIterator<Item = (T, S)>> Stamped<I> {
    /// Calls `each` with every row.
    #[inline(always)]
    pub fn each(self, mut each: impl FnMut(T, S)) {
        self.0.into_iter().for_each(|(row, stamp)| each(row, stamp));
    }
}

/// Whose chunks are run.
pub(crate) struct SourceChunks<'c> {
    /// Which source of the pipeline.
    pub number: u32,
    pub partitions: &'c mut [PartitionState],
    /// The partition of each chunk.
    pub chunks: &'c [u32],
}

/// Runs `count` chunks, of a source or of a state: `make` and `absorb` on this thread, `task` in parallel; `absorb` sees the results in order. On one
/// thread each result is absorbed before the next chunk, while it is in the cache.
pub(crate) fn chunks<L>(
    turn: &Turn<'_>,
    count: usize,
    source: Option<SourceChunks<'_>>,
    mut make: impl FnMut() -> L,
    task: impl Fn(usize, L) -> (L, u64),
    mut absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut rows = PartitionState::default();
    let of_source = source.is_some();
    let mut source = source;
    let mut take = |index: usize, result: Result<(L, u64), Caught>| {
        let (number, partition, state) = match &mut source {
            Some(of) => (of.number, of.chunks[index], &mut of.partitions[of.chunks[index] as usize]),
            None => (0, u32::MAX, &mut rows),
        };
        let chunk = ChunkInfo { source: number, partition, first: state.records, watermark: i64::MIN };
        let (leaf, records) = result.map_err(|caught| caught.place(chunk))?;
        state.records += records;
        absorb(chunk, leaf)
    };
    let again = |index: usize, result: Result<(L, u64), Caught>, make: &mut dyn FnMut() -> L| match &turn.panicked {
        Some(panicked) if of_source => without(result, panicked, || catch(|| task(index, make()))),
        _ => result,
    };
    if count == 1 || turn.threads() == 1 {
        return (0..count).try_for_each(|index| {
            let leaf = make();
            let result = catch(|| task(index, leaf));
            take(index, again(index, result, &mut make))
        });
    }
    let cells: Vec<Cells<L>> = (0..count).map(|_| Cells(Mutex::new((Some(make()), None)))).collect();
    let shared = Shared(&task);
    turn.executor.run(count, &|index| {
        let leaf = cells[index].lock().0.take();
        if let Some(leaf) = leaf {
            let result = catch(|| shared.get()(index, leaf));
            cells[index].lock().1 = Some(result);
        }
    });
    for (index, cell) in cells.into_iter().enumerate() {
        if let Some(result) = cell.into_result() {
            take(index, again(index, result, &mut make))?;
        }
    }
    Ok(())
}

/// Runs a chunk again without the records that panic: a chunk is a function of its block, so what the others give is the same.
fn without<L>(
    mut result: Result<(L, u64), Caught>,
    panicked: &RefCell<Vec<u32>>,
    mut again: impl FnMut() -> Result<(L, u64), Caught>,
) -> Result<(L, u64), Caught> {
    while let Err(caught) = &result {
        // what the source itself cannot give is not left out, nor what a policy of its own stage refuses
        let known = LEFT_OUT.with_borrow(|records| records.contains(&caught.record));
        if !caught.panicked || caught.stage == Tracker::SOURCE || known {
            break;
        }
        panicked.borrow_mut().push(caught.stage);
        LEFT_OUT.with_borrow_mut(|records| records.push(caught.record));
        result = again();
    }
    LEFT_OUT.with_borrow_mut(Vec::clear);
    result
}

/// Runs one task a lane over the shards it owns and the parts of all chunks, in chunk order. `fold` is told the place of the chunk
/// among them.
pub(crate) fn lanes<S, P, C>(
    turn: &Turn<'_>,
    buckets: &Buckets<P, C>,
    shards: &mut [S],
    parts: Vec<(ChunkInfo, Bucket<P, C>)>,
    fold: impl Fn(&mut [S], usize, (usize, ChunkInfo), &mut Vec<Entry<P, C>>),
) -> Result<(), Failure> {
    if parts.is_empty() {
        return Ok(());
    }
    let (lanes, spare) = (buckets.lanes(), buckets.spare());
    let of = shards.len() / lanes;
    let mut work: Vec<Vec<(ChunkInfo, Vec<_>)>> = (0..lanes).map(|_| Vec::with_capacity(parts.len())).collect();
    for (chunk, mut bucket) in parts {
        for (lane, work) in work.iter_mut().enumerate() {
            work.push((chunk, std::mem::take(bucket.lane(lane))));
        }
    }
    let owned = shards.chunks_mut(of).zip(work).map(|owned| Cells(Mutex::new((Some(owned), None))));
    let owned: Vec<Cells<_, Result<(), (usize, Failure)>>> = owned.collect();
    let fold = Shared(fold);
    turn.executor.run(lanes, &|lane| {
        let mine = owned[lane].lock().0.take();
        if let Some((shards, work)) = mine {
            let first = lane * of;
            let mut work = work.into_iter().enumerate();
            let done = work.try_for_each(|(index, (chunk, mut entries))| {
                let done = Failure::catch(chunk, || fold.get()(shards, first, (index, chunk), &mut entries));
                spare.lock().unwrap_or_else(|e| e.into_inner()).give(entries);
                done.map_err(|failure| (index, failure))
            });
            owned[lane].lock().1 = Some(done);
        }
    });
    // of several failures the one of the first chunk is told: not that of the thread that was faster
    let failed = owned.into_iter().filter_map(|cell| cell.into_result()?.err());
    failed.min_by_key(|(index, _)| *index).map_or(Ok(()), |(_, failure)| Err(failure))
}

pub(crate) use super::carry::{Cells, Shared};
