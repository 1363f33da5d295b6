//! `max_by`: the record whose projection is the largest.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::extreme::Largest;
use super::extreme_by::ExtremeBy;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// The record for which a projection is the largest; of equal ones the first.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64, "tea"), ("bob", 4, "rye"), ("ann", 5, "oil")])
    ///         -> map(|(who, cents, what)| (who.to_owned(), cents, what.to_owned()))
    ///         -> key_by(|sale| sale.0.clone())
    ///         -> max_by(|sale| sale.1)
    ///         -> map(|row| row.value.2)
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, ["oil", "rye"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** records that own what they hold, since state outlives the batch, and a projection with an order. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** one record and its projection a key. Combined per chunk. Floats are compared by `total_cmp`.
    ///
    /// **Order:** rows of different keys come in no fixed order. In a sliding window, of equal ones that of the earliest pane, and one that was late for other windows of its own comes last. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`max`](Flow::max), [`min_by`](Flow::min_by), [`top`](Flow::top), [`Ordered`](crate::Ordered). Flink: `maxBy`; SQL: `MAX_BY`.
    pub fn max_by<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<Asked<ExtremeBy<F, Largest>, T>, V>, Flow<Shape::Row<'s, T>, Shape::After, Shape::Time>) {
        (Asked::new(Asked::new(ExtremeBy::new(projection))), Flow::NEW)
    }
}
