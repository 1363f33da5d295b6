//! `collect`: the values of a group as a list.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::{Aggregate, By, Itself, Project};
use crate::state::State;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// Collects records, or a projection of them, into a `Vec`.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> collect(|sale| sale.1)
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [("ann".to_owned(), vec![3, 5]), ("bob".to_owned(), vec![4])]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** values that own what they hold, since state outlives the batch: a projection, or `collect()` for whole records. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** every value of the group; a row clones them all. Without a window the list only grows: use it behind `window(..)`, and `sum`, `reduce` or `fold` where the list itself is not needed.
    ///
    /// **Order:** values stand in source order of a partition. In a sliding window values of an earlier pane come first, whenever they arrived, and those that were late for other windows of theirs stand behind all others. Where two sessions become one, those of the earlier session come first; in aligned windows they stand in order of time. Rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`fold`](Flow::fold), [`reduce`](Flow::reduce). Spark: `groupByKey`, `groupByKeyAndWindow`; SQL: `ARRAY_AGG`; Bytewax: `collect_window`.
    pub fn collect<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<Collect<By<F>>, V>, Flow<Shape::Row<'s, Vec<V>>, Shape::After, Shape::Time>) {
        (Asked::new(Collect(By(projection))), Flow::NEW)
    }
}

/// `collect()`: of the items themselves.
pub fn collect_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Collect<Itself>, T>, Flow<Shape::Row<'s, Vec<T>>, Shape::After, Shape::Time>) {
    (Asked::new(Collect(Itself)), Flow::NEW)
}

/// The values that a projection gives, one after the other.
pub struct Collect<J>(pub J);

impl<T, J, V> Aggregate<T> for Collect<J>
where
    J: Project<T, Value = V>,
    V: State,
{
    type Carry = V;
    type Acc = Vec<V>;
    type Out = Vec<V>;
    const UNDO: bool = false;
    const COMBINES: bool = false;
    const MERGES: bool = true;

    fn initial(&self) -> Vec<V> {
        Vec::new()
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> V {
        self.0.project(item)
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut Vec<V>, carry: V) {
        accumulator.push(carry);
    }
    fn merge(&self, into: &mut Vec<V>, from: &Vec<V>) {
        into.extend_from_slice(from);
    }
    fn output(&self, accumulator: &Vec<V>) -> Vec<V> {
        accumulator.clone()
    }
    fn copy(&self, carry: &V) -> V {
        carry.clone()
    }
}
