//! `min`.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::{By, Extreme, Itself, Smallest};
use std::marker::PhantomData;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// The smallest value; of equal ones the first.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> min(|sale| sale.1)
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort_by(|a, b| a.0.cmp(&b.0));
    /// assert_eq!(rows, [("ann".to_owned(), 3), ("bob".to_owned(), 4)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a projection, or items that are values themselves: `min()`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** one value a key. Combined per chunk. Floats are compared by `total_cmp`.
    ///
    /// **Order:** rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`top`](Flow::top), [`Ordered`](crate::Ordered). Spark: `reduceByKey(_ min _)`.
    pub fn min<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<Extreme<By<F>, Smallest>, V>, Flow<Shape::Row<'s, V>, Shape::After, Shape::Time>) {
        (Asked::new(Extreme(By(projection), PhantomData)), Flow::NEW)
    }
}

/// `min()`: of the items themselves.
pub fn min_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Extreme<Itself, Smallest>, T>, Flow<Shape::Row<'s, T>, Shape::After, Shape::Time>) {
    (Asked::new(Extreme(Itself, PhantomData)), Flow::NEW)
}
