use super::{Flow, Stage};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Keeps the records that a condition holds for.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut even = Vec::new();
    /// stream! {
    ///     source::vec(vec![1, 2, 3, 4])
    ///         -> filter(|n| n % 2 == 0)
    ///         -> &mut even
    /// }
    /// .run()?;
    /// assert_eq!(even, [2, 4]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** nothing. **Gives** the same stream: key and timestamps stay.
    ///
    /// **State and cost:** none; opens a block in the fused loop.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`filter_map`](Flow::filter_map). Spark: `filter`; SQL: `WHERE`.
    pub fn filter<F: Fn(&T) -> bool + Sync>(self, function: F) -> (Stage<F>, Flow<T, Shape, Time>) {
        (Stage::new(function), Flow::NEW)
    }
}
