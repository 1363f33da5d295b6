//! A step of the user's that panics with a record, where that is to cost the record alone.
//!
//! What stands before a state is a function of its block, so its chunk is run again without the record. The step of a state is not: it has
//! changed a value that records before it have made. So the value is cloned before each step, and put back.

use super::failure::survived;
use super::turn::{ChunkInfo, Turn};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Are records left out with which the step of a stage panics, and which were?
pub(crate) struct Isolation {
    on: bool,
    stage: u32,
    /// Source, partition and number: a record may be in several windows, and one of a `flat_map` in several steps.
    left_out: Mutex<BTreeSet<(u32, u32, u64)>>,
}

impl Isolation {
    pub fn new(turn: &Turn<'_>, stage: u32) -> Self {
        Isolation { on: turn.panicked.is_some(), stage, left_out: Mutex::default() }
    }

    /// May the step of this record panic alone? What stands for several records (0) may not: they would all be lost.
    #[inline(always)]
    pub fn isolates(&self, record: u64) -> bool {
        self.on && record != 0
    }

    /// Takes a step; `None`: it has panicked, and whoever calls this makes that it was not taken.
    #[cold]
    pub fn attempt<R>(&self, chunk: ChunkInfo, record: u64, step: impl FnOnce() -> R) -> Option<R> {
        let result = survived(step);
        if result.is_none() {
            let ChunkInfo { source, partition, first, .. } = chunk;
            let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
            left_out.insert((source, partition, first + record));
        }
        result
    }

    /// Tells the turn which records were left out. True if there were any.
    pub fn tell(&self, turn: &Turn<'_>) -> bool {
        let left_out = std::mem::take(&mut *self.left_out.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(panicked) = &turn.panicked {
            panicked.borrow_mut().extend(left_out.iter().map(|_| self.stage));
        }
        !left_out.is_empty()
    }
}
