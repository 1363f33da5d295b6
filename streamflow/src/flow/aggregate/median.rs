//! `median`: the value in the middle.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::ranks::Median;
use super::{By, Itself};

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// The value below which half of the records lie, within 1 % of the value; of an even number the lower one of the middle.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![3.0, 500.0, 2.0, 4.0, 1.0])
    ///         -> median()
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// assert!((rows[0] - 3.0).abs() < 0.03);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a projection, or items that are numbers themselves: `median()`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** as [`quantiles`](Flow::quantiles): 6 KiB a key for values from a microsecond to a second.
    ///
    /// **Order:** the result does not depend on the order of records. Rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`quantiles`](Flow::quantiles), [`mean`](Flow::mean). Spark: `median`, `percentile_approx`.
    pub fn median<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<Median<By<F>>, V>, Flow<Shape::Row<'s, f64>, Shape::After, Shape::Time>) {
        (Asked::new(Median(By(projection))), Flow::NEW)
    }
}

/// `median()`: of the items themselves.
pub fn median_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Median<Itself>, T>, Flow<Shape::Row<'s, f64>, Shape::After, Shape::Time>) {
    (Asked::new(Median(Itself)), Flow::NEW)
}
