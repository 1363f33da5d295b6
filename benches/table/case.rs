//! A workload as the table sees it, whatever its input is.

use crate::workloads::{How, Outcome};
use std::time::{Duration, Instant};
use streamflow::Error;

/// How much of the input is read.
#[derive(Clone, Copy, Debug)]
pub enum Share {
    All,
    Half,
}

impl Share {
    pub fn of<T>(self, input: &[T]) -> &[T] {
        match self {
            Share::All => input,
            Share::Half => &input[..input.len() / 2],
        }
    }
}

pub struct Case<'c> {
    pub name: &'static str,
    pub events: usize,
    pub hand: &'c dyn Fn() -> u64,
    pub pipeline: &'c dyn Fn(&How<'_>, Share) -> Result<Outcome, Error>,
    /// Where what is timed cannot show all that comes out: whether it is right.
    pub verify: Option<&'c dyn Fn(&How<'_>) -> bool>,
}

impl Case<'_> {
    pub fn run(&self, how: &How<'_>, share: Share) -> Outcome {
        (self.pipeline)(how, share).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// How long the pipeline takes for all of the input.
    pub fn run_alone(&self, threads: usize) -> Duration {
        let began = Instant::now();
        self.run(&How::threads(threads), Share::All);
        began.elapsed()
    }
}
