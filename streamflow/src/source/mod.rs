//! Where records come from: the [`Source`] trait and the sources that need no connector.
//!
//! A source hands out *blocks*: memory that holds some consecutive records of one partition. A block is
//! the unit of parallel work, and records may borrow from it for as long as the batch lives.
//!
//! # Order
//! Blocks of one partition are polled, and later folded, in the order of the partition.

pub(crate) mod file;
mod generator;
mod iter;
pub(crate) mod journal;
mod lines;
mod memory;
mod pushed;
mod stdin;
pub(crate) mod tcp;
#[cfg(test)]
pub(crate) mod testing;

pub use generator::{Generate, generate, generate_unpaced};
pub use iter::{Iter, iter};
#[doc(hidden)]
pub use journal::{Attached, BehindLog};
pub use journal::{Journal, Receive, journaled};
pub use lines::{LineBlock, OnBad};
pub use memory::{Batches, Memory, MemoryBlock, Slice, batches, partitions, slice, vec};
pub use pushed::{Pushed, PushedBlock, Pusher, Receipt, pushed};
pub use stdin::{Stdin, stdin};

use crate::{Error, State};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// The most records a block of a source in memory holds. Small enough that a batch gives every thread
/// some blocks, large enough that the cost of a block is not seen.
const BLOCK_RECORDS: usize = 8192;

/// How many records of type `T` are worth `budget` bytes: at least one, at most [`BLOCK_RECORDS`].
fn records_within<T>(budget: usize) -> usize {
    (budget / size_of::<T>().max(1)).clamp(1, BLOCK_RECORDS)
}

/// What `records` records of type `T` take of a batch's budget. Never nothing, so that a batch of records
/// without size ends too.
pub(crate) fn bytes_of<T>(records: usize) -> usize {
    records * size_of::<T>().max(1)
}

/// A source of records.
///
/// The engine calls [`open`](Source::open) once, then in turns asks for the number of
/// [`partitions`](Source::partitions) and [`polls`](Source::poll) those that have not ended. The job ends
/// when every partition has ended and the source is [`complete`](Source::complete).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream source",
    label = "this is not a source",
    note = "a source is `source::vec(..)`, `source::iter(..)`, `file::lines(..)`, `tcp::lines(..)`, or a type that implements `Source`"
)]
pub trait Source {
    /// Memory that holds consecutive records of one partition.
    type Block: Send + Sync;
    /// A record; it may borrow from its block.
    type Item<'b>
    where
        Self: 'b;

    /// How far a partition has been read, as checkpoints keep it; `()` for a source that cannot go back.
    type Offset: State;

    /// What this source reads, for messages and plans: `lines of data/*.txt`.
    fn name(&self) -> String;

    /// What tells this source from others of its kind in the job, over all runs: the path it reads, a topic. A job that comes back
    /// finds the place of each source by its number in the pipeline, and refuses to go on where sources with an identity have changed
    /// their numbers: it would read one from the place of another. `None`: nobody notices.
    fn identity(&self) -> Option<String> {
        None
    }

    /// Called once before the first poll. Keep the signal if other threads feed this source.
    ///
    /// # Errors
    /// Whatever makes reading impossible: the job ends with it before any record is processed.
    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        let _ = signal;
        Ok(())
    }

    /// How many partitions are known by now. The number never falls.
    ///
    /// # Errors
    /// As [`open`](Source::open).
    fn partitions(&mut self) -> Result<usize, Error> {
        Ok(1)
    }

    /// What the partition is called in messages: the path of a file, an address.
    fn partition_name(&self, partition: usize) -> String;

    /// True when no partition will be added any more.
    fn complete(&self) -> bool {
        true
    }

    /// The next records of a partition, at most about `budget` bytes. Must not wait: a source that has
    /// nothing at the moment answers [`Poll::Pending`] and raises the signal when that changes.
    ///
    /// # Errors
    /// Input that cannot be read; the message names the place in the input.
    fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<Self::Block>, Error>;

    /// Where the record stands that the next poll of the partition would give. `None`: this source cannot go back. Asked once a
    /// batch, of jobs with a checkpoint directory.
    fn offset(&self, partition: usize) -> Option<Self::Offset> {
        let _ = partition;
        None
    }

    /// Goes back to where the last commit stands. Called after [`open`](Source::open) and before the first poll, unless nothing
    /// was committed; and between polls, when a job comes back from its directory because that could not be written. The
    /// partitions are told in the order of their numbers, and must have these numbers again; new ones get the numbers behind. Of
    /// one that is not told nothing was committed: it is read from its start.
    ///
    /// # Errors
    /// A partition or a place that is there no more: going on elsewhere would lose records.
    fn seek(&mut self, positions: Vec<Position<Self::Offset>>) -> Result<(), Error> {
        let _ = positions;
        Ok(())
    }

    /// All records of the partition before the offset are committed: nobody will ask for them again. Called in order.
    ///
    /// # Errors
    /// The source cannot be told.
    fn ack(&mut self, partition: usize, offset: Self::Offset) -> Result<(), Error> {
        let _ = (partition, offset);
        Ok(())
    }

    /// Calls `each` with every record of a block, in order. Runs in parallel for different blocks.
    fn each<'b>(block: &'b Self::Block, each: impl FnMut(Self::Item<'b>))
    where
        Self: 'b;

    /// How many records a block holds, if that can be told much faster than they are processed. Limits of the rate and counters
    /// of received records then know it before the batch begins.
    fn count(block: &Self::Block) -> Option<u64> {
        let _ = block;
        None
    }

    /// Takes back the memory of a block whose batch is done, to be filled again.
    fn recycle(&mut self, block: Self::Block) {
        drop(block);
    }

    /// The time until polling makes sense again although nothing raised the signal. `None`: only the
    /// signal says so.
    fn poll_after(&self) -> Option<Duration> {
        None
    }

    /// Bytes of the whole input if it is bounded and known: the end of a progress bar.
    fn total_bytes(&self) -> Option<u64> {
        None
    }

    /// The side of a source that works with the receiver log of its job. `None`, but for [`Journal`]; a wrapper around one passes it on,
    /// else the wrapper has no log and is refused when it is polled.
    fn behind_log(&mut self) -> Option<&mut dyn BehindLog> {
        None
    }

    /// How many records were left out by a policy so far: a bad line with [`OnBad::Skip`].
    fn skipped(&self) -> u64 {
        0
    }
}

/// Where a partition stood at the last commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position<O> {
    /// What [`Source::partition_name`] called it.
    pub partition: String,
    /// What [`Source::offset`] said.
    pub offset: O,
    /// It had ended: it may be gone, and whether there is more now is for the next poll to say.
    pub ended: bool,
}

/// A source that can be read again from an offset, with the same records in the same order.
///
/// Fits `#![delivery(exactly_once)]`. Implements [`offset`](Source::offset) and [`seek`](Source::seek).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take part in exactly-once delivery",
    label = "records that were read before a crash cannot be read again"
)]
pub trait Replayable {}

/// A source that cannot be read again by itself, but whose records are kept in a receiver log before the sender is told that
/// they have arrived. [`Journal`] makes one of a source that implements [`Receive`].
///
/// Fits `#![delivery(exactly_once)]`.
pub trait Journaled {}

/// The answer of [`Source::poll`].
#[derive(Debug)]
pub enum Poll<B> {
    /// Some records.
    Block {
        /// The records.
        block: B,
        /// How much of the batch's byte budget they use; also what a progress bar counts.
        bytes: usize,
    },
    /// Nothing now, perhaps later.
    Pending,
    /// This partition will never give records again.
    Ended,
}

/// Wakes the engine when a source that had nothing has something.
#[derive(Clone, Debug, Default)]
pub struct Signal {
    inner: Arc<(Mutex<bool>, Condvar)>,
}

impl Signal {
    /// Says that polling makes sense again. Cheap; may be called from any thread.
    pub fn raise(&self) {
        let (raised, condition) = &*self.inner;
        *raised.lock().unwrap_or_else(|e| e.into_inner()) = true;
        condition.notify_all();
    }

    /// Waits until the signal is raised, at most `timeout`, and lowers it.
    pub fn wait(&self, timeout: Duration) {
        let (raised, condition) = &*self.inner;
        let guard = raised.lock().unwrap_or_else(|e| e.into_inner());
        let (mut guard, _) =
            condition.wait_timeout_while(guard, timeout, |raised| !*raised).unwrap_or_else(|e| e.into_inner());
        *guard = false;
    }
}
