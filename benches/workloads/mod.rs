//! The workloads that the benches measure: each a seeded input, the pipeline as a user writes it, and the loop that somebody
//! would write by hand who has nothing but this one task and the time to tune it.
//!
//! Both give the same checksum, in which the order of rows does not show. The hand loops are honest: they know no more than a real
//! program could, so keys are of any kind and number, time may go on by any step, and what is kept is owned: an input that comes in is
//! gone. What they need not do is what an engine does beside: keep batches, tell what has changed, take a batch back, forget keys, name
//! the record that fails.

#![allow(dead_code, unused_imports)] // each bench takes those that it asks about

pub mod keyed_sum;
pub mod nexmark;
pub mod w1_fused_chain;
pub mod w2_word_count;
pub mod w3_tumbling;
pub mod w4_sliding;

mod checksum;
mod event_time;
mod interner;
mod prefetch;
mod records;
mod text;

pub use checksum::{Checksum, Hashed, row_hash, text_hash};
pub use records::{Record, records, records_of};

use std::path::Path;
use streamflow::Report;
use streamflow::testing::ManualClock;

/// How a pipeline is to run.
#[derive(Clone, Copy, Debug)]
pub struct How<'h> {
    pub threads: usize,
    /// About how many bytes of input a batch takes.
    pub batch_bytes: usize,
    /// The directory that its state is kept in; a new one for each run.
    pub checkpoint: Option<&'h Path>,
}

impl How<'_> {
    /// In memory alone, in batches of the size that a job has when nothing is said.
    pub fn threads(threads: usize) -> Self {
        How { threads, batch_bytes: 4 << 20, checkpoint: None }
    }
}

/// What a run of a pipeline gave.
#[derive(Debug)]
pub struct Outcome {
    /// Of the results, in whatever order they came.
    pub checksum: u64,
    pub report: Report,
}

impl Outcome {
    pub fn of(checksum: u64, report: Option<Report>) -> Self {
        Outcome { checksum, report: report.expect("it was not only explained") }
    }
}

/// How a pipeline is to run, and what an example may want besides.
#[derive(Clone, Debug)]
pub struct Start<'h> {
    pub how: How<'h>,
    /// In place of the clock of the machine.
    pub clock: Option<ManualClock>,
    /// Print the plan, and do not run.
    pub explain: bool,
}

impl<'h> From<&How<'h>> for Start<'h> {
    fn from(how: &How<'h>) -> Self {
        Start { how: *how, clock: None, explain: false }
    }
}

/// Starts a job as it is asked for; there is no report of one that is only explained. A macro, since the bounds on what a job is made of have
/// no public names.
macro_rules! run {
    ($start:expr, $job:expr) => {{
        let start: &$crate::workloads::Start<'_> = $start;
        let mut job = $job.threads(start.how.threads).batch_bytes(start.how.batch_bytes).seed(1).signals(false);
        if let Some(directory) = start.how.checkpoint {
            job = job.checkpoint(directory);
        }
        if let Some(clock) = &start.clock {
            job = job.clock(clock.clone());
        }
        if start.explain {
            print!("{}", job.explain());
            Ok(None)
        } else {
            job.run().map(Some)
        }
    }};
}
use run;
