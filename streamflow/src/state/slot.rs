//! What the job may ask of the state of a pipeline, whatever its types.

use super::codec::ReadError;
use super::save::{Saving, Stored, Table};

/// How much a slot holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotSize {
    /// Keys that have a value.
    pub keys: usize,
    /// Bytes of index, keys and columns; not what keys and values own on the heap.
    pub bytes: usize,
}

/// One named piece of state, over all shards. Implemented by the slots of the engine; no bounds on their types, so
/// that a missing bound is reported once, at the stage that asks for it.
pub trait SlotApi {
    /// Makes the changes of the batch final.
    fn commit(&mut self);
    /// Takes the changes of the batch back.
    fn rollback(&mut self);
    /// Becomes as new: the job was only looked at. What a look decides, such as the seed of the hash, must not stay.
    fn forget(&mut self);
    /// How much it holds.
    fn size(&self) -> SlotSize;
    /// Key and value in words, once the pipeline has been looked at: `string -> u64`.
    fn shape(&self) -> String;
    /// The tables that a checkpoint keeps of it, once the pipeline has been looked at; `None`: it cannot be kept.
    fn tables(&self) -> Option<Vec<Table>> {
        None
    }
    /// What else decides how the tables are to be read, in words: the windows. State that was kept by another form is refused.
    fn form(&self) -> String {
        String::new()
    }
    /// Saves what the batch has changed, before its commit, or all there is.
    fn save(&self, saving: &mut Saving<'_>) {
        let _ = saving;
    }
    /// Can a snapshot take fractions of it at different batches? Then nothing that comes back may depend on two keys having seen the same.
    fn divides(&self) -> bool {
        false
    }
    /// Takes the rows of a table back: those of a snapshot, then those of each record behind it.
    ///
    /// # Errors
    /// Rows that are damaged, or of a type that does not fit.
    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        let _ = stored;
        Ok(())
    }
    /// Records that came too late for every window they belong to.
    fn late(&self) -> u64 {
        0
    }
    /// Records that failed and were left out or put aside.
    fn failed(&self) -> u64 {
        0
    }
    /// The batch clock, in microseconds, at which a window on processing time wants to be closed.
    fn wake_at(&self) -> Option<i64> {
        None
    }
}

/// All slots of a pipeline: a struct with one public field a label. Implemented by `stream!`.
pub trait Slots {
    /// Calls `each` with every slot and its label, in the order of the pipeline.
    fn each(&mut self, each: &mut dyn FnMut(&'static str, &mut dyn SlotApi));
}
