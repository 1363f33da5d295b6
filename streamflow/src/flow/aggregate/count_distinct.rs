//! `count_distinct`: about how many different values.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::distinct_count::DistinctCount;
use super::{By, Itself};

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// Counts different values: exactly up to 512 of them, beyond that with a standard error of 1.6 %.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("home", "ann"), ("home", "bob"), ("home", "ann"), ("help", "ann")])
    ///         -> key_by(|visit| visit.0)
    ///         -> count_distinct(|visit| visit.1)
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [("help".to_owned(), 1), ("home".to_owned(), 2)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** values that could be keys, see [`Key`](crate::Key): a projection, or `count_distinct()` for whole records. They may borrow from the batch: only their hashes are kept. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** up to 4 KiB a key (HyperLogLog): the hashes of up to 512 values, then 4096 registers. Panes are merged without loss. The hash has no secret, so whoever chooses the values can choose the result: do not bill by it.
    ///
    /// **Order:** the result does not depend on the order of records. Rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`distinct`](Flow::distinct) followed by [`count`](Flow::count) is exact and keeps every value. Spark: `approx_count_distinct`, `countApproxDistinct`; Flink SQL: `APPROX_COUNT_DISTINCT`.
    pub fn count_distinct<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<DistinctCount<By<F>>, V>, Flow<Shape::Row<'s, u64>, Shape::After, Shape::Time>) {
        (Asked::new(DistinctCount(By(projection))), Flow::NEW)
    }
}

/// `count_distinct()`: of the items themselves.
pub fn count_distinct_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<DistinctCount<Itself>, T>, Flow<Shape::Row<'s, u64>, Shape::After, Shape::Time>) {
    (Asked::new(DistinctCount(Itself)), Flow::NEW)
}
