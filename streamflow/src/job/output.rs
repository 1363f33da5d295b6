//! A sink inside a job.

use super::turn::{Failure, Turn};
use crate::sink::Sink;
use std::marker::PhantomData;

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

impl<'k, K, T> Out<'k, K, T> {
    pub(crate) fn new(sink: &'k mut K) -> Self {
        Out { sink, encoder: Encoder(PhantomData) }
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

pub fn deliver<K: Sink<T>, T>(
    out: &mut Out<'_, K, T>,
    turn: &mut Turn<'_>,
    parts: Vec<K::Part>,
) -> Result<(), Failure> {
    if turn.describes() {
        turn.done.sinks.push(out.sink.name());
        return Ok(());
    }
    if turn.batch.epoch == 0 {
        out.sink.open()?;
    }
    // what is no batch and brings nothing is not told: a sink may count batches
    if turn.is_counted() || !parts.is_empty() {
        out.sink.deliver(turn.batch, parts)?;
    }
    if turn.last {
        out.sink.finish()?;
    }
    Ok(())
}

#[inline(always)]
pub fn push<K: Sink<T>, T>(encoder: Encoder<K, T>, part: &mut K::Part, item: T) {
    let _ = encoder;
    K::push(part, item);
}
