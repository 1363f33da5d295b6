//! The workloads that the benches measure: each a seeded input, the pipeline as a user writes it, and the loop that somebody
//! would write by hand who has nothing but this one task and the time to tune it.
//!
//! Both give the same checksum, in which the order of rows does not show. The hand loops are honest: they know no more than a real
//! program could, so keys are of any kind and number, and time may go on by any step. What they need not do is what an engine does beside:
//! keep batches, tell what has changed, take a batch back, forget keys, name the record that fails.

#![allow(dead_code)] // each bench takes those that it asks about

pub mod w1_fused_chain;
pub mod w2_word_count;
pub mod w3_tumbling;
pub mod w4_sliding;

mod checksum;
mod event_time;
mod interner;
mod records;
mod text;

pub use checksum::{Checksum, row_hash, text_hash};
pub use records::{DISORDER_MILLIS, Record, records};

use std::path::Path;
use streamflow::Report;

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

/// Runs a job as it is asked for. A macro, since the bounds on what a job is made of have no public names.
macro_rules! run {
    ($how:expr, $job:expr) => {{
        let how: &$crate::workloads::How<'_> = $how;
        let job = $job.threads(how.threads).batch_bytes(how.batch_bytes).seed(1).signals(false);
        match how.checkpoint {
            Some(directory) => job.checkpoint(directory).run(),
            None => job.run(),
        }
    }};
}
use run;
