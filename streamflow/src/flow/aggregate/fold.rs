//! `fold`: a user's own accumulator.

use super::super::proof::Asked;
use super::super::{Flow, Group, Holds};
use super::Aggregate;
use super::pairwise::{InPlace, Pairwise, Unsaid};
use crate::state::State;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// Folds records into an accumulator of your own.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> fold((0, 0), |total, sale| { total.0 += 1; total.1 += sale.1 })
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort_by(|a, b| a.0.cmp(&b.0));
    /// assert_eq!(rows, [("ann".to_owned(), (2, 8)), ("bob".to_owned(), (1, 4))]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** an initial accumulator that is [`State`](crate::State), evaluated once and cloned for each key; a function `(&mut accumulator, record)`. In sessions also how two accumulators become one, the later one into the earlier: `merge = |into, from| *into += from`; in sliding windows it lets panes be shared. With it may stand how the earliest one is taken out of all again, `inverse = |all, leaving| *all -= leaving`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** one accumulator a key; rows clone it. Records cross the exchange whole (borrowed ones as they are) and are folded in source order; the old value is saved at the first touch of a batch (undo). In sliding windows a record is folded into each of its windows; with `merge` into one pane, and a window merges its panes when it closes; with `inverse` too, a window of four slides or more keeps a total, takes out the panes that leave it and merges those that enter.
    ///
    /// **With `inverse`** you promise that `merge` may group the records of a window in any way, and that what is left when the earliest are taken out is to the last bit what the others fold into: so it is for sums of integers, and not for floats, which have been rounded. A group whose records have all left is gone: the inverse is not called for its last pane. It is not called where windows do not overlap, or panes may still change: `lateness`, `emit = changes`.
    ///
    /// **Order:** records of a group are folded in source order of a partition. With `merge` those of an earlier pane of a sliding window come first, whenever they arrived, and those that were late for other windows of theirs behind all others; in sessions that become one those of the earlier session; in aligned windows all stand in order of time. Rows of different keys come in no fixed order. **Failure:** a panic of the function ends the job with its place; the batch is taken back. With `#![panics = skip]` the record is left out of this state, whose value is cloned before each step.
    ///
    /// **Related:** [`reduce`](Flow::reduce), [`sum`](Flow::sum). Flink: `aggregate`; Kafka Streams: `aggregate`.
    pub fn fold<'s, 'a, A, F: Fn(&mut A, T) + Sync>(
        self,
        initial: &'a A,
        function: F,
    ) -> (Asked<Fold<'a, T, A, F>, A>, Flow<Shape::Row<'s, A>, Shape::After, Shape::Time>)
    where
        T: Send,
        Shape: Holds<T>,
    {
        (Asked::new(Fold { initial, step: function, copy: Shape::copy, merge: Unsaid, inverse: Unsaid }), Flow::NEW)
    }
}

/// Folds items into an accumulator with a user's step, in source order.
pub struct Fold<'a, T, A, F, M = Unsaid, I = Unsaid> {
    pub initial: &'a A,
    pub step: F,
    /// Asked for where windows may overlap.
    pub copy: fn(&T) -> T,
    /// How two accumulators become one.
    pub merge: M,
    /// How one is taken out of what it has become.
    pub inverse: I,
}

impl<'a, T, A, F, M, I> Fold<'a, T, A, F, M, I> {
    /// The option `merge = |into, from| ..`.
    pub fn merge<N: Fn(&mut A, A) + Sync>(self, merge: N) -> Fold<'a, T, A, F, InPlace<A, N>, I> {
        let Fold { initial, step, copy, inverse, .. } = self;
        Fold { initial, step, copy, merge: InPlace::of(merge), inverse }
    }

    /// The option `inverse = |all, leaving| ..`.
    pub fn inverse<N: Fn(&mut A, A) + Sync>(self, inverse: N) -> Fold<'a, T, A, F, M, InPlace<A, N>> {
        let Fold { initial, step, copy, merge, .. } = self;
        Fold { initial, step, copy, merge, inverse: InPlace::of(inverse) }
    }
}

impl<T, A, F, M, I> Aggregate<T> for Fold<'_, T, A, F, M, I>
where
    A: State,
    M: Pairwise<A>,
    I: Pairwise<A>,
    F: Fn(&mut A, T),
{
    /// The record and its number in the chunk, so that a panic of the step has a place.
    type Carry = (T, u64);
    type Acc = A;
    type Out = A;
    const UNDO: bool = true;
    const COMBINES: bool = false;
    const MERGES: bool = M::KNOWN;
    const INVERTS: bool = M::KNOWN && I::KNOWN;

    #[inline(always)]
    fn initial(&self) -> A {
        self.initial.clone()
    }
    #[inline(always)]
    fn lift(&self, item: T, record: u64) -> (T, u64) {
        (item, record)
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut A, carry: (T, u64)) {
        (self.step)(accumulator, carry.0);
    }
    fn merge(&self, into: &mut A, from: &A) {
        self.merge.apply(into, from.clone());
    }
    fn invert(&self, from: &mut A, leaving: &A) {
        self.inverse.apply(from, leaving.clone());
    }
    fn join(&self, into: &mut A, from: A) {
        self.merge.apply(into, from);
    }
    #[inline(always)]
    fn output(&self, accumulator: &A) -> A {
        accumulator.clone()
    }
    #[inline(always)]
    fn place(carry: &(T, u64)) -> u64 {
        carry.1
    }
    fn identity(&self) -> Option<A> {
        Some(self.initial.clone())
    }
    fn copy(&self, carry: &(T, u64)) -> (T, u64) {
        ((self.copy)(&carry.0), carry.1)
    }
}
