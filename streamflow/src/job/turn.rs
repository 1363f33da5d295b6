//! One turn of the engine as the generated body sees it: what to do, on how many threads, and with what.

use super::durable::Durable;
use super::executor::Executor;
use super::explain::StageInfo;
use super::input::ReadSoFar;
use super::rate::Allowance;
use super::received::Received;
use super::skew::Skew;
use super::work::Part;
use crate::BatchInfo;
use crate::sink::{Fence, Held};
use crate::state::Probe;
use crate::state::codec::Type;
use crate::state::exchange::Bucket;
use std::cell::RefCell;
use std::time::Duration;

pub(crate) use super::carry::{Cells, Shared};
pub use super::chunks::{Rows, Stamped};
pub(crate) use super::chunks::{SourceChunks, chunks, in_lanes, lanes};
pub(crate) use super::failure::{AtKey, fail, message};
pub use super::failure::{Failure, LeftOut, Tracker};
pub(crate) use super::isolation::Isolation;
pub(crate) use super::waves::Parts;

/// What the body is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Tell what the pipeline is made of; touch nothing.
    Describe,
    /// Ask the sources for records.
    Poll,
    /// Process what has been polled.
    Run,
    /// Sinks: let no older process write, and say what you hold.
    Fence(Fence),
    /// Sources: go back to where the last commit stands.
    Seek,
    /// Sources behind the log of receivers: begin to receive, behind what the log holds.
    Receive,
    /// Sinks: get ready for the first batch.
    Open,
    /// Sinks: what the log holds of a batch is yours. Sources: it will not be asked for again.
    Commit,
    /// Sinks: whatever older processes have left in doubt and the log does not know is void.
    Settle,
    /// Sinks: there is no further batch.
    Finish,
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
    /// Sinks and sources that have had their turn: the number of the next one.
    pub sinks_served: u32,
    pub sources_served: u32,
    /// What each sink holds of earlier runs.
    pub held: Vec<Held>,
    /// Results that the log has to keep, by sink.
    pub outputs: Vec<(u32, Vec<u8>)>,
    /// How far each source has come, where that has changed.
    pub read: Vec<(u32, Vec<u8>)>,
    /// Why that cannot be told, if it cannot.
    pub unsaved: Option<String>,
    /// The type of the rows that tell how far a source has come, by source.
    pub offsets: Vec<Type>,
    /// What tells each source from the others.
    pub identities: Vec<Option<String>>,
    /// Sources behind the log of receivers, with their names.
    pub journaled: Vec<(u32, String)>,
    /// The last block of the log of receivers that each of them has taken.
    pub blocks: Vec<(u32, u64)>,
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
    /// Which keys are hot, as far as somebody looks.
    pub(crate) skew: Option<&'t RefCell<Skew>>,
    pub(crate) polled: Polled,
    /// There is a commit log: results that can wait go through it, and sources say how far they have been read; all of it for
    /// a snapshot.
    pub(crate) saves: Option<bool>,
    /// The log, for sinks: the batch before this one has to be theirs before they take this one.
    pub(crate) durable: Option<&'t mut Durable>,
    /// What the log holds of the batch, by sink.
    pub(crate) outputs: &'t [(u32, Vec<u8>)],
    /// Where to go on reading, by source.
    pub(crate) seek: &'t [ReadSoFar],
    /// The log of receivers, for sources behind it.
    pub(crate) received: Option<&'t Received>,
    pub(crate) done: Done,
}

impl Turn<'_> {
    pub fn polls(&self) -> bool {
        self.task == Task::Poll
    }
    /// Is this about sources and sinks as such, not about records?
    pub fn serves(&self) -> bool {
        !matches!(self.task, Task::Describe | Task::Poll | Task::Run)
    }
    /// The loop of this segment begins.
    pub fn segment(&self, number: usize) {
        self.executor.board().enter(Part::Segment(number));
    }
    /// This stage has all records of the batch.
    pub fn fold(&self, stage: usize) {
        self.executor.board().enter(Part::Fold(stage));
    }
    /// This stage folds what it has so far, unless it has all.
    pub(crate) fn at_wave<R>(&self, stage: u32, work: impl FnOnce() -> R) -> R {
        let board = self.executor.board();
        let Some(segment @ Part::Segment(_)) = board.part() else { return work() };
        board.enter(Part::Wave(stage as usize));
        let done = work();
        board.enter(segment);
        done
    }
    /// The exchange to a stage that is not helped by combining the records of a key.
    pub(crate) fn look_for_hot_keys<'p, P: Probe + 'p, C: 'p>(
        &self,
        buckets: impl Iterator<Item = &'p Bucket<P, C>> + Clone,
    ) {
        // on one thread there is no exchange
        if let (true, Some(skew), Some(Part::Fold(stage) | Part::Wave(stage))) =
            (self.threads() > 1, self.skew, self.executor.board().part())
        {
            skew.borrow_mut().look(stage, self.stage(stage as u32), buckets);
        }
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
    /// Has this turn taken something from the sources, or the time of a batch passed? A look at the pipeline has not, and
    /// neither has a last one that only concludes.
    pub(crate) fn is_counted(&self) -> bool {
        !self.describes() && (!self.last || self.polled.blocks > 0)
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

impl ChunkInfo {
    /// No chunk of a source: what panics here is a result.
    pub(crate) const RESULT: Self = ChunkInfo { source: 0, partition: u32::MAX, first: 0, watermark: i64::MIN };
}
