//! A job with a checkpoint directory: what it commits.

use super::committer::{Committer, Errand, Outcome, Pace};
use super::freezing::{Amount, Freezing};
use super::grouping::Grouping;
use super::names::{Names, SOURCE, source, unsaved};
use super::report::Snapshots;
use super::turn::Done;
use crate::commit::{self, Commit, CommitLog, Section};
use crate::source::Signal;
use crate::state::Slots;
use crate::{BatchInfo, Error, Timestamp};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The commit log of a running job.
pub(crate) struct Durable {
    pub(super) log: Committer,
    names: Names,
    /// How much of a snapshot is frozen behind a batch.
    amount: Amount,
    /// The last batch: it is being made durable, or it is and the sinks do not have all of it.
    earlier: Option<Earlier>,
    /// Where the sources stood when a snapshot was asked for.
    read: Vec<Section>,
    freezing: Option<Freezing>,
    snapshots: Snapshots,
    /// The log has grown so much that it wants a snapshot.
    wants_snapshot: bool,
    /// Memory for the next batches.
    spare: VecDeque<Vec<u8>>,
    /// The log has failed: this generation is over.
    failed: bool,
    grouping: Grouping,
}

/// A batch that is not delivered yet.
struct Earlier {
    batch: BatchInfo,
    /// Those that have something of it.
    sinks: Vec<u32>,
    outputs: Vec<(u32, Vec<u8>)>,
}

/// Memory to use again; none of a batch that was much larger than those around it.
fn cleared(mut memory: Vec<u8>) -> Vec<u8> {
    memory.shrink_to(memory.len() * 2);
    memory.clear();
    memory
}

impl Durable {
    /// Takes over a log that is ready for the next batch.
    pub(super) fn new(log: CommitLog, names: Names, (pace, amount): (Pace, Amount), signal: Signal) -> Self {
        let wants_snapshot = log.wants_snapshot();
        Durable {
            log: Committer::new(log, pace, signal),
            names,
            amount,
            earlier: None,
            read: vec![],
            freezing: None,
            snapshots: Snapshots::default(),
            wants_snapshot,
            spare: VecDeque::new(),
            failed: false,
            grouping: Grouping::default(),
        }
    }

    /// Should the sources tell with the next batch how far all of them have come, for a snapshot?
    pub fn wants_snapshot(&self) -> bool {
        self.wants_snapshot && self.freezing.is_none()
    }

    /// Has the log failed? Then a new generation may go on from the directory, once the cause is gone.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Begins to make a batch durable, unless it has changed nothing and gives nothing: that leaves no trace. False then. The one before it
    /// must be delivered.
    pub fn commit(
        &mut self,
        batch: BatchInfo,
        slots: &mut dyn Slots,
        told: &mut Done,
        begin: bool,
    ) -> Result<bool, Error> {
        if let Some(reason) = told.unsaved.take() {
            return Err(unsaved(reason));
        }
        let read = std::mem::take(&mut told.read).into_iter();
        let mut sections: Vec<Section> =
            read.filter_map(|(number, bytes)| self.names.section(&source(number), bytes)).collect();
        if begin {
            self.read = sections.clone();
            // asked for once: the log is away until the next batch has been processed
            self.wants_snapshot = false;
        }
        sections.extend(self.names.saved(None, slots, &mut self.spare)?);
        let outputs = std::mem::take(&mut told.outputs);
        if sections.is_empty() && outputs.is_empty() {
            return Ok(false);
        }
        let clock = Timestamp::from(batch.time).as_micros();
        let sinks = outputs.iter().map(|(sink, _)| *sink).collect();
        let blocks = std::mem::take(&mut told.blocks);
        let commit = Commit { epoch: batch.epoch, clock, sections, outputs, blocks, ..Commit::default() };
        self.earlier = Some(Earlier { batch, sinks, outputs: vec![] });
        self.send(Errand { commit: Some(commit), finish: None, begin })?;
        Ok(true)
    }

    /// Sends the log on an errand, and the snapshot along that has been written by now.
    fn send(&mut self, errand: Errand) -> Result<(), Error> {
        let written = self.freezing.take_if(|freezing| freezing.is_done()).map(Freezing::written);
        if let (Some(None), Some(log)) = (&written, self.log.log()) {
            // one that failed is given up: the log holds all of it
            log.abandon_snapshot();
        }
        let finish = written.flatten();
        self.snapshots.written += u64::from(finish.is_some());
        if errand.commit.is_some() || finish.is_some() {
            self.log.send(Errand { finish, ..errand })?;
        }
        Ok(())
    }

    /// Waits until the last batch is durable.
    fn wait(&mut self) -> Result<(), Error> {
        if !self.log.busy() {
            return Ok(());
        }
        let began = Instant::now();
        let done = self.log.wait();
        self.grouping.waited(began.elapsed());
        let Outcome { commit, begun, took } = done.inspect_err(|error| {
            self.failed = matches!(error.kind(), commit::ErrorKind::Io | commit::ErrorKind::Stopped);
        })?;
        self.grouping.committed(took);
        if let (Some(earlier), Some(commit)) = (&mut self.earlier, commit) {
            earlier.outputs = commit.outputs;
            let tables = commit.sections.into_iter().filter(|section| !section.name.starts_with(SOURCE));
            self.spare.extend(tables.map(|section| cleared(section.bytes)));
        }
        self.wants_snapshot = self.log.log().is_some_and(|log| log.wants_snapshot());
        if let Some(writer) = begun {
            let read = std::mem::take(&mut self.read);
            self.freezing = Some(Freezing::begin(writer, read, self.log.pace() == Pace::Beside)?);
        }
        Ok(())
    }

    /// What the last batch has for a sink: waits until it is durable. Given once.
    pub fn outputs_of(&mut self, sink: u32) -> Result<Option<(BatchInfo, Vec<Vec<u8>>)>, Error> {
        self.wait()?;
        let Some(Earlier { batch, outputs, .. }) = &mut self.earlier else { return Ok(None) };
        let mine = outputs.extract_if(.., |(of, _)| *of == sink).map(|(_, bytes)| bytes).collect();
        Ok(Some((*batch, mine)))
    }

    /// What the last batch has for sinks that have not been given it: waits until it is durable.
    pub fn outputs(&mut self) -> Result<Option<(BatchInfo, Vec<(u32, Vec<u8>)>)>, Error> {
        self.wait()?;
        Ok(self.earlier.as_mut().map(|earlier| (earlier.batch, std::mem::take(&mut earlier.outputs))))
    }

    /// Should the next batch begin when the last one is durable?
    pub fn groups(&mut self) -> bool {
        self.log.pace() == Pace::Beside && self.log.busy() && !self.log.is_done() && self.grouping.worth_it()
    }

    /// Waits until the last batch is durable; what came of it is found by who asks for it.
    pub fn join(&mut self) {
        self.log.join();
    }

    /// A batch has been processed in this time, with what it has waited for the one before it.
    pub fn processed(&mut self, in_all: Duration) {
        self.grouping.processed(in_all);
    }

    /// The sinks have all of the last batch.
    pub fn delivered(&mut self) {
        if let (Some(Earlier { batch, sinks, .. }), Some(log)) = (self.earlier.take(), self.log.log()) {
            sinks.into_iter().for_each(|sink| log.delivered(sink, batch.epoch));
        }
    }

    /// Sinks have what the log held for them of a batch before this start.
    pub fn delivered_again(&mut self, epoch: u64, outputs: &[(u32, Vec<u8>)]) {
        if let Some(log) = self.log.log() {
            outputs.iter().for_each(|(sink, _)| log.delivered(*sink, epoch));
        }
    }

    /// Is a batch delivered before the next one is formed?
    pub fn is_at_once(&self) -> bool {
        self.log.pace() == Pace::AtOnce
    }

    /// Is there a batch that is durable and not delivered?
    pub fn has_come(&mut self) -> bool {
        self.earlier.is_some() && self.log.is_done()
    }

    /// Gives what was counted of snapshots since the last call.
    pub fn counted(&mut self) -> Snapshots {
        std::mem::take(&mut self.snapshots)
    }

    /// Behind a batch, or while there is none: goes on with a snapshot.
    pub fn freeze(&mut self, slots: &mut dyn Slots) {
        let Some(freezing) = &mut self.freezing else { return };
        let began = Instant::now();
        if freezing.freeze(self.amount, &self.names, slots).is_err() {
            freezing.give_up();
        }
        self.snapshots.longest_pause = self.snapshots.longest_pause.max(began.elapsed());
    }

    /// While there is no batch: puts a snapshot that has been written in place of the log before it.
    pub fn tend(&mut self, slots: &mut dyn Slots) -> Result<(), Error> {
        if self.log.busy() {
            if !self.log.is_done() || self.earlier.is_some() {
                return Ok(());
            }
            self.wait()?;
        }
        self.freeze(slots);
        self.send(Errand::default())
    }

    /// The job has ended behind the last batch.
    pub fn close(&mut self) -> Result<(), Error> {
        match self.log.log().map_or(Ok(()), CommitLog::close) {
            // what sinks have is then told by them, or delivered once more
            Err(error) if error.kind() == commit::ErrorKind::Io => Ok(()),
            closed => Ok(closed?),
        }
    }

    /// Waits until a snapshot that was begun is in its place.
    pub fn finish(&mut self, slots: &mut dyn Slots) -> Result<(), Error> {
        self.wait()?;
        if let Some(mut freezing) = self.freezing.take() {
            let frozen = freezing.freeze(Amount::All, &self.names, slots);
            let written = frozen.is_ok().then(|| freezing.written()).flatten();
            match (written, self.log.log()) {
                (Some(written), _) => {
                    self.snapshots.written += 1;
                    self.log.send(Errand { finish: Some(written), ..Errand::default() })?;
                }
                (None, Some(log)) => log.abandon_snapshot(),
                (None, None) => {}
            }
        }
        self.wait()
    }
}

/// The directory is free when this has returned: the thread of a snapshot holds its lock.
impl Drop for Durable {
    fn drop(&mut self) {
        if let Some(mut freezing) = self.freezing.take() {
            freezing.give_up();
            freezing.written();
        }
    }
}
