//! `std_dev`: the standard deviation.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::moments::Spread;
use super::{By, Itself};

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// The standard deviation of numbers, as `f64`.
    ///
    /// Of all records, divided by their number. With `sample = true` the records count as a sample of more: divided by their number less one, and
    /// not a number (`NaN`) for a single record.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 7)])
    ///         -> key_by(|sale| sale.0)
    ///         -> std_dev(|sale| sale.1)
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort_by(|a, b| a.0.cmp(&b.0));
    /// assert_eq!(rows, [("ann".to_owned(), 2.0), ("bob".to_owned(), 0.0)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a projection, or items that are numbers themselves: `std_dev()`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** count, mean and squared distances: 24 bytes a key. Computed in `f64` by the method of Welford, which stays exact where sum of squares would cancel; integers beyond 2^53 are rounded. Records are folded in source order and panes are merged in order of time, never in an order that threads decide.
    ///
    /// **Order:** rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`mean`](Flow::mean), [`variance`](Flow::variance), [`quantiles`](Flow::quantiles). SQL: `STDDEV_POP`, with `sample = true` `STDDEV_SAMP`; Spark: `stdev`, `sampleStdev`.
    pub fn std_dev<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<Spread<By<F>>, V>, Flow<Shape::Row<'s, f64>, Shape::After, Shape::Time>) {
        (Asked::new(Spread::new(By(projection), true)), Flow::NEW)
    }
}

/// `std_dev()`: of the items themselves.
pub fn std_dev_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Spread<Itself>, T>, Flow<Shape::Row<'s, f64>, Shape::After, Shape::Time>) {
    (Asked::new(Spread::new(Itself, true)), Flow::NEW)
}
