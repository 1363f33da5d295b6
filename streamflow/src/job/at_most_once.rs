//! Delivery at most once: results wait in memory until their batch is committed, and leave then. What dies with the process is not made
//! again.
//!
//! The commit comes first, whatever the sink can do: so nothing that has left is computed a second time, neither from records that are read
//! again nor by a window that an older state would still hold open. The log gets a mark that there were results, for whoever comes back and
//! cannot know whether they have left.

use super::output::{Out, Output, earlier};
use super::turn::{Failure, Task, Turn};
use super::work::Part;
use crate::sink::Sink;
use crate::{BatchInfo, Error};

/// What the log holds in place of the results. No sink is ever given it.
const IN_MEMORY: &[u8] = b"\0these results waited in memory for their commit\0";

/// Does the log only say that there were results?
pub(super) fn is_mark(output: &[u8]) -> bool {
    output == IN_MEMORY
}

type Deliver<'j, K> = Box<dyn FnOnce(&mut K, BatchInfo) -> Result<(), Error> + Send + 'j>;

/// The results of a batch that is not committed yet.
pub struct Undelivered<'j, K>(Option<(BatchInfo, Deliver<'j, K>)>);

pub fn waiting<'j, K>() -> Undelivered<'j, K> {
    Undelivered(None)
}

impl<K> Undelivered<'_, K> {
    /// Whatever is not the processing of a batch.
    pub fn serve(&mut self, output: &mut Output<K>, turn: &mut Turn<'_>) -> Result<(), Failure> {
        match turn.task {
            Task::Commit => {
                turn.executor.board().enter(Part::Sink(turn.done.sinks_served as usize));
                turn.done.sinks_served += 1;
                Ok(self.leave(output.sink(), turn.batch.epoch)?)
            }
            // the job comes back: of a batch that has failed nothing leaves
            Task::Fence(_) => {
                self.0 = None;
                output.serve(turn)
            }
            _ => output.serve(turn),
        }
    }

    /// This batch is committed: its results leave, once, whatever becomes of them. Those of the one behind it wait.
    fn leave(&mut self, sink: &mut K, epoch: u64) -> Result<(), Error> {
        match self.0.take_if(|(batch, _)| batch.epoch == epoch) {
            Some((batch, deliver)) => deliver(sink, batch),
            None => Ok(()),
        }
    }
}

/// What a batch has for a sink. The parts outlive the batch, so they borrow nothing from it.
pub fn deliver_at_most_once<'j, K: Sink<T>, T>(
    out: &mut Out<'_, K, T>,
    waiting: &mut Undelivered<'j, K>,
    turn: &mut Turn<'_>,
    parts: Vec<K::Part>,
) -> Result<(), Failure>
where
    K::Part: 'j,
{
    if turn.describes() {
        turn.done.sinks.push(out.sink().name());
        return Ok(());
    }
    let number = turn.done.sinks_served;
    turn.done.sinks_served += 1;
    if !turn.is_counted() && parts.is_empty() {
        return Ok(());
    }
    if let Some((earlier, _)) = earlier(turn, number)? {
        waiting.leave(out.sink(), earlier.epoch)?;
    }
    if parts.is_empty() {
        // for a sink that counts batches; there is nothing that could leave twice
        return Ok(out.sink().deliver(turn.batch, parts)?);
    }
    waiting.0 = Some((turn.batch, Box::new(move |sink, batch| sink.deliver(batch, parts))));
    turn.done.outputs.push((number, IN_MEMORY.to_vec()));
    Ok(())
}
