//! `last`: the last record of a group.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::{Aggregate, By, Itself, Project};
use crate::state::State;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// The last record, or a projection of it.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> last(|sale| sale.1)
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [("ann".to_owned(), 5), ("bob".to_owned(), 4)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** values that own what they hold, since state outlives the batch: a projection, or `last()` for whole records. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** one value a key. Combined per chunk. In sliding windows a value is kept for each of its windows, since last means source order and not the order of panes.
    ///
    /// **Order:** the last in source order, whatever its timestamp: for the latest by time write `max_by(|record| record.time)`. Where two sessions become one, it is that of the later session; in aligned windows it is the latest by time. Records of several partitions stand in the order in which the batches took them. Rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`first`](Flow::first), [`max_by`](Flow::max_by). Flink and SQL: `LAST_VALUE`.
    pub fn last<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<Last<By<F>>, V>, Flow<Shape::Row<'s, V>, Shape::After, Shape::Time>) {
        (Asked::new(Last(By(projection))), Flow::NEW)
    }
}

/// `last()`: of the items themselves.
pub fn last_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Last<Itself>, T>, Flow<Shape::Row<'s, T>, Shape::After, Shape::Time>) {
    (Asked::new(Last(Itself)), Flow::NEW)
}

/// The last of the values that a projection gives.
pub struct Last<J>(pub J);

impl<T, J, V> Aggregate<T> for Last<J>
where
    J: Project<T, Value = V>,
    V: State,
{
    type Carry = Option<V>;
    type Acc = Option<V>;
    type Out = V;
    const UNDO: bool = false;
    const COMBINES: bool = true;
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
        if from.is_some() {
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
            None => unreachable!("the last of no record"),
        }
    }
    #[inline(always)]
    fn copy(&self, carry: &Option<V>) -> Option<V> {
        carry.clone()
    }
}
