//! What an aggregate is: how a record becomes a *carry*, how carries fold into an accumulator, and what of it
//! a row shows.

mod aggregator;
pub(crate) mod collect;
mod count;
pub(crate) mod count_distinct;
mod distinct_count;
mod extreme;
mod extreme_by;
pub(crate) mod first;
pub(crate) mod fold;
pub(crate) mod last;
pub(crate) mod max;
mod max_by;
pub(crate) mod mean;
pub(crate) mod median;
pub(crate) mod min;
mod min_by;
mod moments;
mod number;
mod outermost;
mod own;
mod pairwise;
mod quantiles;
mod rank_counters;
mod ranks;
mod reduce;
mod sample;
pub(crate) mod std_dev;
pub(crate) mod sum;
pub(crate) mod variance;

pub use aggregator::{Aggregator, Inverse, Merge};
pub use extreme::{Extreme, Largest, Ordered, Smallest};
pub use number::Number;
pub use own::Own;

use crate::state::State;

/// An aggregate over items of type `T`.
///
/// A record is turned into its carry inside the chunk loop, where user closures may panic with an exact place; only
/// carries cross the exchange.
pub trait Aggregate<T> {
    /// What crosses the exchange.
    type Carry;
    /// What state keeps.
    type Acc: State;
    /// What rows show.
    type Out;
    /// Does the step run user code, so that a batch must be able to take it back?
    const UNDO: bool;
    /// May carries of one chunk be combined first? Only where the order of combination can never show:
    /// never for floats.
    const COMBINES: bool;
    /// Of those that combine: may the records of a key change places, too? Otherwise it shows which of equal ones came first.
    const ANY_ORDER: bool = Self::COMBINES;
    /// May accumulators of panes be merged? Otherwise a sliding window folds a record into each of its windows.
    const MERGES: bool;
    /// May the accumulator of the earliest panes be taken out of that of several again, to the last bit? Only where `MERGES`.
    const INVERTS: bool = false;
    /// May accumulators of two sessions become one? Those that merge can.
    const JOINS: bool = Self::MERGES;

    fn initial(&self) -> Self::Acc;
    /// Turns the record with this number in its chunk into a carry.
    fn lift(&self, item: T, record: u64) -> Self::Carry;
    /// The carry of no record; `Some` exactly where `COMBINES`.
    fn nothing(&self) -> Option<Self::Carry> {
        None
    }
    /// Combines two carries; called only where `COMBINES`.
    fn combine(&self, into: &mut Self::Carry, from: Self::Carry) {
        let _ = (into, from);
    }
    fn step(&self, accumulator: &mut Self::Acc, carry: Self::Carry);
    /// Merges the accumulator of a later pane; called only where `MERGES`.
    fn merge(&self, into: &mut Self::Acc, from: &Self::Acc) {
        let _ = (into, from);
    }
    /// Takes the accumulator of the earliest pane out of that of several; called only where `INVERTS`.
    fn invert(&self, from: &mut Self::Acc, leaving: &Self::Acc) {
        let _ = (from, leaving);
    }
    /// Takes in the accumulator of a later session; called only where `JOINS`.
    fn join(&self, into: &mut Self::Acc, from: Self::Acc) {
        self.merge(into, &from);
    }
    fn output(&self, accumulator: &Self::Acc) -> Self::Out;
    /// What a window without records shows, where it shows anything: only a count of the whole stream does.
    fn none(&self) -> Option<Self::Out> {
        None
    }
    /// What a key shows whose records have all left the window, where it is kept; `None`: nothing.
    fn identity(&self) -> Option<Self::Out> {
        None
    }
    /// A second carry of the same record, for sliding windows that it belongs to as well.
    fn copy(&self, carry: &Self::Carry) -> Self::Carry;
    /// The number of the record in its chunk, where the carry knows it: places the panic of a user's step.
    fn place(carry: &Self::Carry) -> u64 {
        let _ = carry;
        0
    }
}

/// The projection of `sum()`: the item itself.
#[derive(Clone, Copy)]
pub struct Itself;

/// From item to aggregated value: a user's closure, or nothing.
pub trait Project<T> {
    type Value;
    fn project(&self, item: T) -> Self::Value;
}

impl<T> Project<T> for Itself {
    type Value = T;
    #[inline(always)]
    fn project(&self, item: T) -> T {
        item
    }
}

/// A user's projection, `sum(|sale| sale.cents)`.
pub struct By<F>(pub F);

impl<T, V, F: Fn(&T) -> V> Project<T> for By<F> {
    type Value = V;
    #[inline(always)]
    fn project(&self, item: T) -> V {
        (self.0)(&item)
    }
}
