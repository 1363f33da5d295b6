//! `quantiles`: below which values given shares of the records lie.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::By;
use super::ranks::Ranks;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// The values below which given shares of the records lie, within 1 % of the value.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec((1..=1000u64).collect::<Vec<_>>())
    ///         -> quantiles([0.5, 0.99], by = |millis| *millis)
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// let [half, nearly_all] = rows[0];
    /// assert!((half / 500.0 - 1.0).abs() < 0.02);
    /// assert!((nearly_all / 990.0 - 1.0).abs() < 0.02);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** an array of numbers from 0 to 1, evaluated once, and a projection to a number. The value is an array of as many `f64`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** counters of values that differ by less than 2 % (DDSketch): 8 bytes for each such step between the smallest and the largest value of a key, 6 KiB from a microsecond to a second, 32 KiB at most. Beyond that, 17 decades, the smallest values are counted as one. Panes are merged without loss. The smallest (0) and the largest (1) value are exact. `NaN` counts as zero, infinity as the largest number; a share outside 0 to 1 gives `NaN`.
    ///
    /// **Order:** the result does not depend on the order of records. Rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`median`](Flow::median), [`mean`](Flow::mean), [`std_dev`](Flow::std_dev). Spark: `percentile_approx`; SQL: `PERCENTILE_DISC`.
    pub fn quantiles<'s, 'a, V, const N: usize, F: Fn(&T) -> V + Sync>(
        self,
        shares: &'a [f64; N],
        by: F,
    ) -> (Asked<Ranks<'a, By<F>, N>, V>, Flow<Shape::Row<'s, [f64; N]>, Shape::After, Shape::Time>) {
        (Asked::new(Ranks::new(By(by), shares)), Flow::NEW)
    }
}
