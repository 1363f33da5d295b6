//! What a job has done.

use super::warning::{HotKey, Straggler};
use crate::state::SlotSize;
use std::fmt;
use std::time::Duration;

/// Why a job ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndedBy {
    /// All input has been read.
    Input,
    /// It was asked to stop: by its handle, Ctrl-C or SIGTERM. The batch in work was finished.
    Stop,
    /// Whoever read a sink's output has gone, for example `.. | head`.
    Closed,
}

/// What a job has done, when it has ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Batches that carried records.
    pub batches: u64,
    /// Records read.
    pub records: u64,
    /// Bytes read, as the sources count them.
    pub bytes: u64,
    /// Records that a policy of a source left out.
    pub skipped: u64,
    /// Records that were late for every window they belong to, by label of the window's aggregate.
    pub late: Vec<(&'static str, u64)>,
    /// Records that failed in a stage and were left out or put aside, by label of the stage.
    pub failed: Vec<(&'static str, u64)>,
    /// How much state there was at the end, by label.
    pub state: Vec<(&'static str, SlotSize)>,
    /// Parts of batches that took much longer than usual, of each place in the pipeline the longest.
    pub stragglers: Vec<Straggler>,
    /// Keys with so many of the records of a stage that others waited for them, with their largest shares.
    pub hot_keys: Vec<HotKey>,
    /// With `#![delivery(at_most_once)]`: batches of earlier lives whose results may be missing.
    pub undelivered: u64,
    /// How often the job came back from its checkpoint directory because that could not be written for a while. Records that were
    /// read again are counted again.
    pub recoveries: u64,
    /// What was written of the state as a whole.
    pub snapshots: Snapshots,
    /// From the first poll to the end.
    pub elapsed: Duration,
    /// Why it ended.
    pub ended_by: EndedBy,
}

/// Snapshots of the state of a job with a checkpoint directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshots {
    /// So many were written.
    pub written: u64,
    /// The longest that one of them has kept the thread of the job from its next batch: the time in which state was put into bytes. They are
    /// written beside the batches.
    pub longest_pause: Duration,
}

impl Snapshots {
    /// Takes over what `more` has counted.
    pub(crate) fn add(&mut self, more: Snapshots) {
        self.written += more.written;
        self.longest_pause = self.longest_pause.max(more.longest_pause);
    }
}

impl Report {
    /// With what an earlier life of the job has counted, and no checkpoint keeps.
    pub(crate) fn behind(mut self, earlier: Report) -> Report {
        self.records += earlier.records;
        for (label, count) in earlier.failed {
            match self.failed.iter_mut().find(|(known, _)| *known == label) {
                Some((_, failed)) => *failed += count,
                None => self.failed.push((label, count)),
            }
        }
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        let rate = self.records as f64 / seconds.max(1e-9);
        let batches = if self.batches == 1 { "batch" } else { "batches" };
        write!(
            f,
            "{} records in {} {batches}, {:.1} MB, {seconds:.2} s, {rate:.0} records/s",
            self.records,
            self.batches,
            self.bytes as f64 / 1e6,
        )?;
        if self.undelivered > 0 {
            write!(f, ", batches that may not have been delivered: {}", self.undelivered)?;
        }
        if self.recoveries > 0 {
            write!(f, ", {} recoveries", self.recoveries)?;
        }
        Ok(())
    }
}

/// How far a job has come, after a batch.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// The number of the batch.
    pub epoch: u64,
    /// Records read so far.
    pub records: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// Bytes of the whole input, if it is bounded and known.
    pub total_bytes: Option<u64>,
    /// Since the first poll.
    pub elapsed: Duration,
    /// How long this batch took to process.
    pub processing: Duration,
    /// The limit for the next batch in records a second, if the job has one.
    pub rate: Option<f64>,
}
