//! `reduce`: two items become one.

use super::super::proof::Asked;
use super::super::{Flow, Group, Holds};
use super::Aggregate;
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
    /// **Needs** records that own what they hold, since state outlives the batch. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** one record a key. Records cross the exchange whole and are reduced in source order; the old value is saved at the first touch of a batch (undo). In sliding windows a record is reduced into each of its windows.
    ///
    /// **Order:** rows of different keys come in no fixed order. **Failure:** a panic of the function ends the job with its place; the batch is taken back. With `#![panics = skip]` the record is left out of this state, whose value is cloned before each step.
    ///
    /// **Related:** [`fold`](Flow::fold), [`sum`](Flow::sum). Spark: `reduce`, `reduceByKey`.
    pub fn reduce<'s, F: Fn(T, T) -> T + Sync>(
        self,
        function: F,
    ) -> (Asked<Reduce<T, F>, T>, Flow<Shape::Row<'s, T>, Shape::After, Shape::Time>)
    where
        Shape: Holds<T>,
    {
        (Asked::new(Reduce { step: function, copy: Shape::copy }), Flow::NEW)
    }
}

/// Reduces items with a user's function, in source order; the first item starts.
pub struct Reduce<T, F> {
    pub step: F,
    /// Asked for where windows may overlap.
    pub copy: fn(&T) -> T,
}

impl<T, F> Aggregate<T> for Reduce<T, F>
where
    T: State,
    F: Fn(T, T) -> T,
{
    type Carry = (T, u64);
    type Acc = Option<T>;
    type Out = T;
    const UNDO: bool = true;
    const COMBINES: bool = false;
    const MERGES: bool = false;
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
