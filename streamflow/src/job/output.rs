//! A sink inside a job.

use super::turn::{Failure, Turn};
use crate::flow::Flow;
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

impl<T, Shape, Time> Flow<T, Shape, Time> {
    #[doc(hidden)]
    pub fn __into<K: Sink<T>>(self, sink: &mut K) -> Out<'_, K, T> {
        Out { sink, encoder: Encoder(PhantomData) }
    }
}

impl<K: Sink<T>, T> Out<'_, K, T> {
    pub fn encoder(&self) -> Encoder<K, T> {
        self.encoder
    }

    pub fn part(&self) -> K::Part {
        self.sink.part()
    }

    /// Sends the parts of a batch, in order. The first batch opens the sink, the last one finishes it.
    pub fn deliver(&mut self, turn: &mut Turn<'_>, parts: Vec<K::Part>) -> Result<(), Failure> {
        if turn.describes() {
            turn.done.sinks.push(self.sink.name());
            return Ok(());
        }
        if turn.batch.epoch == 0 {
            self.sink.open()?;
        }
        self.sink.deliver(turn.batch, parts)?;
        if turn.last {
            self.sink.finish()?;
        }
        Ok(())
    }
}

impl<K: Sink<T>, T> Encoder<K, T> {
    #[inline(always)]
    pub fn push(self, part: &mut K::Part, item: T) {
        K::push(part, item);
    }
}
