//! `last`: the last record of a group.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::outermost::{Last, Outermost};
use super::{By, Itself};
use std::marker::PhantomData;

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
    ) -> (Asked<Outermost<By<F>, Last>, V>, Flow<Shape::Row<'s, V>, Shape::After, Shape::Time>) {
        (Asked::new(Outermost(By(projection), PhantomData)), Flow::NEW)
    }
}

/// `last()`: of the items themselves.
pub fn last_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Outermost<Itself, Last>, T>, Flow<Shape::Row<'s, T>, Shape::After, Shape::Time>) {
    (Asked::new(Outermost(Itself, PhantomData)), Flow::NEW)
}
