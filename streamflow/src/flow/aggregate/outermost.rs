//! The record at one end of the source order, for `first` and `last`.

use super::{Aggregate, Project};
use crate::state::State;
use std::marker::PhantomData;

/// Which of two records: [`First`] or [`Last`].
pub trait Place {
    /// Does a later record take the place of an earlier one?
    const LATER: bool;
}
/// The record that `first` looks for.
pub struct First;
/// The record that `last` looks for.
pub struct Last;
impl Place for First {
    const LATER: bool = false;
}
impl Place for Last {
    const LATER: bool = true;
}

/// The first or the last of the values that a projection gives.
pub struct Outermost<J, P>(pub J, pub PhantomData<fn() -> P>);

impl<T, J, V, P> Aggregate<T> for Outermost<J, P>
where
    J: Project<T, Value = V>,
    V: State,
    P: Place,
{
    type Carry = Option<V>;
    type Acc = Option<V>;
    type Out = V;
    const UNDO: bool = false;
    const COMBINES: bool = true;
    const ANY_ORDER: bool = false;
    // panes are in the order of time, and this is about source order
    const MERGES: bool = false;
    const JOINS: bool = true;

    #[inline(always)]
    fn initial(&self) -> Option<V> {
        None
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> Option<V> {
        Some(self.0.project(item))
    }
    fn nothing(&self) -> Option<Option<V>> {
        Some(None)
    }
    #[inline(always)]
    fn combine(&self, into: &mut Option<V>, from: Option<V>) {
        let takes = if P::LATER { from.is_some() } else { into.is_none() };
        if takes {
            *into = from;
        }
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut Option<V>, carry: Option<V>) {
        <Self as Aggregate<T>>::combine(self, accumulator, carry);
    }
    fn join(&self, into: &mut Option<V>, from: Option<V>) {
        <Self as Aggregate<T>>::combine(self, into, from);
    }
    #[inline(always)]
    fn output(&self, accumulator: &Option<V>) -> V {
        match accumulator {
            Some(value) => value.clone(),
            // rows are made of accumulators that a record has touched, and `lift` gives `Some`
            None => unreachable!("the first or last of no record"),
        }
    }
    #[inline(always)]
    fn copy(&self, carry: &Option<V>) -> Option<V> {
        carry.clone()
    }
}
