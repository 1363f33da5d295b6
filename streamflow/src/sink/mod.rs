//! Where results go: the [`Sink`] trait and the sinks that need no connector.
//!
//! Encoding is apart from delivery: [`Sink::push`] runs inside the parallel tasks and fills a *part* (bytes,
//! or values for sinks in the process); [`Sink::deliver`] gets the parts of a batch in order, once a batch.

pub(crate) mod batch_files;
mod collect;
mod delivery;
mod discard;
pub(crate) mod file;
mod for_each;
mod incarnation;
mod print;
mod recent;
mod stdout;
mod table;
pub(crate) mod tcp;
#[cfg(test)]
mod testing;
mod text;
mod whole_file;
pub(crate) mod writer;

pub use collect::{Collect, CollectBatches, collect, collect_batches};
pub use delivery::{Fence, Held, Idempotent, OffsetStoring, Prepared, Transactional};
pub use discard::{Discard, discard};
pub use for_each::{ForEach, ForEachBatch, Outcome, for_each, for_each_batch};
pub use print::{Print, PrintPart, print};
pub use recent::{Recent, recent};
pub use stdout::{Stdout, stdout};
pub use table::{Row, Table, table};

use crate::Error;
use std::time::SystemTime;

/// What a sink may want to know about the batch it delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchInfo {
    /// The number of the batch, from 1, without gaps.
    pub epoch: u64,
    /// The batch clock: when the batch was formed.
    pub time: SystemTime,
}

/// A sink for results of type `T`.
///
/// # Order
/// Parts come in the order of the input within a batch, batches in the order of their epochs.
///
/// # Failure
/// An error ends the job. Results of that batch may or may not have left.
#[diagnostic::on_unimplemented(
    message = "this sink does not accept items of type `{T}`",
    label = "the pipeline delivers `{T}` here, but `{Self}` takes something else",
    note = "add a `map(..)` before the sink, or give the sink the item type `{T}`"
)]
pub trait Sink<T> {
    /// What one task fills with its results.
    type Part: Send;

    /// What this sink writes to, for messages and plans: `standard output`.
    fn name(&self) -> String;

    /// An empty part.
    fn part(&self) -> Self::Part;

    /// Adds a result to a part. Called inside the parallel tasks.
    fn push(part: &mut Self::Part, item: T);

    /// With a checkpoint directory, called once before the log of an earlier run is read: from now on no older process may
    /// write to what this sink writes to. Says what the sink holds already.
    ///
    /// # Errors
    /// A newer process has fenced this one, or the sink cannot be asked.
    fn fence(&mut self, fence: Fence) -> Result<Held, Error> {
        let _ = fence;
        Ok(Held::default())
    }

    /// Called once before the first batch is processed.
    ///
    /// # Errors
    /// Whatever makes writing impossible: a port in use, a directory that is missing.
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Sends the results of one batch, in order of the parts; of an empty batch there may be none. With `#![delivery(at_most_once)]` when the
    /// batch is committed, and [`prepare`](Sink::prepare) is not called.
    ///
    /// # Errors
    /// The job ends with them.
    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Self::Part>) -> Result<(), Error>;

    /// With a checkpoint directory, called instead of [`deliver`](Sink::deliver), before the batch is committed.
    ///
    /// A sink that is [`Idempotent`] gives its results back as bytes, which the commit log keeps; one that is [`Transactional`]
    /// writes them into a transaction and gives its name. Both get the bytes in [`commit`](Sink::commit) when the batch is
    /// durable. A sink that does neither delivers here, which is at least once.
    ///
    /// # Errors
    /// As [`deliver`](Sink::deliver).
    fn prepare(&mut self, batch: BatchInfo, parts: Vec<Self::Part>) -> Result<Prepared, Error> {
        self.deliver(batch, parts)?;
        Ok(Prepared::Delivered)
    }

    /// The batch is durable: delivers what [`prepare`](Sink::prepare) has given to the log. Called in the order of the epochs; again for
    /// the same epoch after a crash, with the same bytes, possibly by another process. It must then change nothing.
    ///
    /// # Errors
    /// As [`deliver`](Sink::deliver).
    fn commit(&mut self, batch: BatchInfo, prepared: &[u8]) -> Result<(), Error> {
        let _ = (batch, prepared);
        Ok(())
    }

    /// All that the log names has been committed: transactions of older processes that are still open are void.
    ///
    /// # Errors
    /// As [`deliver`](Sink::deliver).
    fn settle(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Called once after the last batch of a job that ends without an error.
    ///
    /// # Errors
    /// As [`deliver`](Sink::deliver).
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
