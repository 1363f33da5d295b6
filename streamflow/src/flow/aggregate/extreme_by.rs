//! The record with the smallest or largest projection, for `min_by` and `max_by`.

use super::Aggregate;
use super::extreme::{End, Ordered};
use crate::state::State;
use std::marker::PhantomData;

/// The record whose projection lies at one end; of equal ones the first.
pub struct ExtremeBy<F, E> {
    projection: F,
    end: PhantomData<fn() -> E>,
}

impl<F, E> ExtremeBy<F, E> {
    pub(super) fn new(projection: F) -> Self {
        ExtremeBy { projection, end: PhantomData }
    }
}

impl<T, V, F, E> Aggregate<T> for ExtremeBy<F, E>
where
    T: State,
    V: Ordered + State,
    F: Fn(&T) -> V,
    E: End,
{
    /// The projection is kept: computed again in a step it would be user code there.
    type Carry = Option<(V, T)>;
    type Acc = Option<(V, T)>;
    type Out = T;
    const UNDO: bool = false;
    const COMBINES: bool = true;
    const ANY_ORDER: bool = false;
    const MERGES: bool = true;

    #[inline(always)]
    fn initial(&self) -> Option<(V, T)> {
        None
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> Option<(V, T)> {
        Some(((self.projection)(&item), item))
    }
    fn nothing(&self) -> Option<Option<(V, T)>> {
        Some(None)
    }
    #[inline(always)]
    fn combine(&self, into: &mut Option<(V, T)>, from: Option<(V, T)>) {
        let Some(new) = from else { return };
        if into.as_ref().is_none_or(|old| new.0.order(&old.0) == E::WINS) {
            *into = Some(new);
        }
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut Option<(V, T)>, carry: Option<(V, T)>) {
        <Self as Aggregate<T>>::combine(self, accumulator, carry);
    }
    fn merge(&self, into: &mut Option<(V, T)>, from: &Option<(V, T)>) {
        let wins = |new: &(V, T)| into.as_ref().is_none_or(|old| new.0.order(&old.0) == E::WINS);
        if from.as_ref().is_some_and(wins) {
            into.clone_from(from);
        }
    }
    fn output(&self, accumulator: &Option<(V, T)>) -> T {
        match accumulator {
            Some((_, record)) => record.clone(),
            // rows are made of accumulators that a record has touched, and `lift` gives `Some`
            None => unreachable!("an extreme without a record"),
        }
    }
    fn copy(&self, carry: &Option<(V, T)>) -> Option<(V, T)> {
        carry.clone()
    }
}
