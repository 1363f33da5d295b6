//! `first`: the first record of a group.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::outermost::{First, Outermost};
use super::{By, Itself};
use std::marker::PhantomData;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// The first record, or a projection of it.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> first(|sale| sale.1)
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [("ann".to_owned(), 3), ("bob".to_owned(), 4)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** values that own what they hold, since state outlives the batch: a projection, or `first()` for whole records. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** one value a key. Combined per chunk. In sliding windows a value is kept for each of its windows, since first means source order and not the order of panes.
    ///
    /// **Order:** the first in source order, whatever its timestamp: for the earliest by time write `min_by(|record| record.time)`. Where two sessions become one, it is that of the earlier session; in aligned windows it is the earliest by time. Records of several partitions stand in the order in which the batches took them. Rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`last`](Flow::last), [`min_by`](Flow::min_by), [`top`](Flow::top). Flink and SQL: `FIRST_VALUE`.
    pub fn first<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<Outermost<By<F>, First>, V>, Flow<Shape::Row<'s, V>, Shape::After, Shape::Time>) {
        (Asked::new(Outermost(By(projection), PhantomData)), Flow::NEW)
    }
}

/// `first()`: of the items themselves.
pub fn first_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Outermost<Itself, First>, T>, Flow<Shape::Row<'s, T>, Shape::After, Shape::Time>) {
    (Asked::new(Outermost(Itself, PhantomData)), Flow::NEW)
}
