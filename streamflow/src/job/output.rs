//! A sink inside a job.

use super::turn::{Failure, Task, Turn};
use super::work::Part;
use crate::sink::{Fence, Held, Prepared, Sink};
use crate::{BatchInfo, Error};
use std::marker::PhantomData;

/// A sink, and how to call it where nobody knows any more what its items are.
pub struct Output<K> {
    sink: K,
    calls: Option<Calls<K>>,
}

/// What a sink is asked beside taking results. It becomes known with the type of the items, at the first look at the pipeline.
struct Calls<K> {
    fence: fn(&mut K, Fence) -> Result<Held, Error>,
    open: fn(&mut K) -> Result<(), Error>,
    commit: fn(&mut K, BatchInfo, &[u8]) -> Result<(), Error>,
    settle: fn(&mut K) -> Result<(), Error>,
    finish: fn(&mut K) -> Result<(), Error>,
}

pub fn output<K>(sink: K) -> Output<K> {
    Output { sink, calls: None }
}

impl<K> Output<K> {
    pub(super) fn sink(&mut self) -> &mut K {
        &mut self.sink
    }

    /// Whatever is not the processing of a batch.
    pub fn serve(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        let number = turn.done.sinks_served;
        turn.done.sinks_served += 1;
        let Some(calls) = &self.calls else { return Ok(()) };
        let sink = &mut self.sink;
        match turn.task {
            Task::Fence(fence) => turn.done.held.push((calls.fence)(sink, fence)?),
            Task::Open => (calls.open)(sink)?,
            Task::Commit => {
                turn.executor.board().enter(Part::Sink(number as usize));
                for (_, bytes) in turn.outputs.iter().filter(|(to, _)| *to == number) {
                    (calls.commit)(sink, turn.batch, bytes)?;
                }
            }
            Task::Settle => (calls.settle)(sink)?,
            Task::Finish => (calls.finish)(sink)?,
            Task::Describe | Task::Poll | Task::Run | Task::Seek | Task::Receive => {}
        }
        Ok(())
    }
}

/// A sink that is proven to take items of type `T`.
pub struct Out<'k, K, T> {
    sink: &'k mut K,
    encoder: Encoder<K, T>,
}

/// Adds items to parts, inside the tasks. Carries nothing but the proof.
pub struct Encoder<K, T>(PhantomData<fn(K, T)>);

impl<K, T> Clone for Encoder<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K, T> Copy for Encoder<K, T> {}

impl<'k, K: Sink<T>, T> Out<'k, K, T> {
    pub(crate) fn new(output: &'k mut Output<K>) -> Self {
        let (fence, open, commit) = (K::fence, K::open, K::commit);
        output.calls = Some(Calls { fence, open, commit, settle: K::settle, finish: K::finish });
        Out { sink: &mut output.sink, encoder: Encoder(PhantomData) }
    }

    pub(super) fn sink(&mut self) -> &mut K {
        self.sink
    }
}

// Functions, not methods: a sink that does not fit is then the same unmet bound each time, and one error. A method
// that does not exist for such a sink would be one of its own.

pub fn encoder<K: Sink<T>, T>(out: &Out<'_, K, T>) -> Encoder<K, T> {
    out.encoder
}

pub fn part<K: Sink<T>, T>(out: &Out<'_, K, T>) -> K::Part {
    out.sink.part()
}

/// What a batch has for a sink. With a commit log a sink may give what it was given to the log; it gets it back when the batch
/// is committed.
pub fn deliver<K: Sink<T>, T>(
    out: &mut Out<'_, K, T>,
    turn: &mut Turn<'_>,
    parts: Vec<K::Part>,
) -> Result<(), Failure> {
    if turn.describes() {
        turn.done.sinks.push(out.sink.name());
        return Ok(());
    }
    let number = turn.done.sinks_served;
    turn.done.sinks_served += 1;
    // what is no batch and brings nothing is not told: a sink may count batches
    if !turn.is_counted() && parts.is_empty() {
        return Ok(());
    }
    let earlier = earlier(turn, number)?;
    if turn.durable.is_none() {
        return Ok(out.sink.deliver(turn.batch, parts)?);
    }
    if let Some((earlier, outputs)) = earlier {
        outputs.iter().try_for_each(|bytes| out.sink.commit(earlier, bytes))?;
    }
    if let Prepared::Logged(bytes) = out.sink.prepare(turn.batch, parts)? {
        turn.done.outputs.push((number, bytes));
    }
    Ok(())
}

#[inline(always)]
pub fn push<K: Sink<T>, T>(encoder: Encoder<K, T>, part: &mut K::Part, item: T) {
    let _ = encoder;
    K::push(part, item);
}

/// What the batch before this one has for a sink, as soon as it is durable.
pub(super) fn earlier(turn: &mut Turn<'_>, sink: u32) -> Result<Option<(BatchInfo, Vec<Vec<u8>>)>, Failure> {
    let board = turn.executor.board();
    // what waits for the log is no delivery
    board.leave();
    let earlier = turn.durable.as_mut().map_or(Ok(None), |durable| durable.outputs_of(sink))?;
    board.enter(Part::Sink(sink as usize));
    Ok(earlier)
}
