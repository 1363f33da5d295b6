//! `reduce`: two items become one.

use super::super::proof::Asked;
use super::super::{Flow, Group, Holds};
use super::Aggregate;
use super::pairwise::{Giving, Pairwise, Unsaid};
use crate::state::State;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// Reduces records two by two; the first record of a group starts.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut longest = Vec::new();
    /// stream! {
    ///     source::vec(vec!["a".to_owned(), "bcd".to_owned(), "ef".to_owned()])
    ///         -> reduce(|a, b| if b.len() > a.len() { b } else { a })
    ///         -> &mut longest
    /// }
    /// .run()?;
    /// assert_eq!(longest, ["bcd"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** records that own what they hold, since state outlives the batch. In sliding windows also, if you like, how the earliest records are taken out of all again: `inverse = |all, leaving| all - leaving`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** one record a key. Records cross the exchange whole and are reduced in source order; the old value is saved at the first touch of a batch (undo). In sliding windows a record is reduced into each of its windows; with `inverse` into one pane, and a window of four slides or more keeps a total, takes out the panes that leave it and reduces those that enter.
    ///
    /// **With `inverse`** you promise that records may be grouped in any way, `f(f(a, b), c) == f(a, f(b, c))`, and that `inverse(f(a, b), a) == b`, to the last bit: so it is for sums of integers, and not for floats, which have been rounded. What leaves is always the earliest, so records need not commute; those of a window are in order of their panes, those that were late for other windows behind them, and only in a pane in source order. A group whose records have all left is gone: the inverse is not called for its last pane. It is not called where windows do not overlap, or panes may still change: `lateness`, `emit = changes`.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut sums = Vec::new();
    /// stream! {
    ///     source::batches((1..=6).map(|n| vec![n]).collect())
    ///         -> window(batches(4, every = 1))
    ///         -> reduce(|a, b| a + b, inverse = |all, leaving| all - leaving)
    ///         -> map(|row| row.value)
    ///         -> &mut sums
    /// }
    /// .run()?;
    /// assert_eq!(sums, [1, 3, 6, 10, 14, 18]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Order:** rows of different keys come in no fixed order. **Failure:** a panic of the function ends the job with its place; the batch is taken back. With `#![panics = skip]` the record is left out of this state, whose value is cloned before each step.
    ///
    /// **Related:** [`fold`](Flow::fold), [`sum`](Flow::sum). Spark: `reduce`, `reduceByKey`, `reduceByKeyAndWindow`, with an inverse function or without; its filter is not needed, since groups without records vanish.
    pub fn reduce<'s, F: Fn(T, T) -> T + Sync>(
        self,
        function: F,
    ) -> (Asked<Reduce<T, F>, T>, Flow<Shape::Row<'s, T>, Shape::After, Shape::Time>)
    where
        Shape: Holds<T>,
    {
        (Asked::new(Reduce { step: function, copy: Shape::copy, inverse: Unsaid }), Flow::NEW)
    }
}

/// Reduces items with a user's function, in source order; the first item starts.
pub struct Reduce<T, F, I = Unsaid> {
    pub step: F,
    /// Asked for where windows may overlap.
    pub copy: fn(&T) -> T,
    /// How an item is taken out of what it has been reduced into.
    pub inverse: I,
}

impl<T, F> Reduce<T, F> {
    /// The option `inverse = |all, leaving| ..`.
    pub fn inverse<I: Fn(T, T) -> T + Sync>(self, inverse: I) -> Reduce<T, F, Giving<I>> {
        Reduce { step: self.step, copy: self.copy, inverse: Giving(inverse) }
    }
}

impl<T, F, I> Aggregate<T> for Reduce<T, F, I>
where
    T: State,
    F: Fn(T, T) -> T,
    I: Pairwise<Option<T>>,
{
    type Carry = (T, u64);
    type Acc = Option<T>;
    type Out = T;
    const UNDO: bool = true;
    const COMBINES: bool = false;
    // who says an inverse says that the order of grouping does not show
    const MERGES: bool = I::KNOWN;
    const INVERTS: bool = I::KNOWN;
    const JOINS: bool = true;

    #[inline(always)]
    fn initial(&self) -> Option<T> {
        None
    }
    #[inline(always)]
    fn lift(&self, item: T, record: u64) -> (T, u64) {
        (item, record)
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut Option<T>, carry: (T, u64)) {
        *accumulator = Some(match accumulator.take() {
            Some(first) => (self.step)(first, carry.0),
            None => carry.0,
        });
    }
    fn merge(&self, into: &mut Option<T>, from: &Option<T>) {
        <Self as Aggregate<T>>::join(self, into, from.clone());
    }
    fn invert(&self, from: &mut Option<T>, leaving: &Option<T>) {
        self.inverse.apply(from, leaving.clone());
    }
    fn join(&self, into: &mut Option<T>, from: Option<T>) {
        *into = match (into.take(), from) {
            (Some(into), Some(from)) => Some((self.step)(into, from)),
            (into, from) => into.or(from),
        };
    }
    #[inline(always)]
    fn output(&self, accumulator: &Option<T>) -> T {
        match accumulator {
            Some(value) => value.clone(),
            // rows are made of accumulators that a record has touched, and `step` leaves `Some`
            None => unreachable!("a reduction without a record"),
        }
    }
    #[inline(always)]
    fn place(carry: &(T, u64)) -> u64 {
        carry.1
    }
    fn copy(&self, carry: &(T, u64)) -> (T, u64) {
        ((self.copy)(&carry.0), carry.1)
    }
}
