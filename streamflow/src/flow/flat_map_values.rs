use super::proof::Asked;
use super::{Flow, Keyed, Stage};

impl<T, K: Clone, Time> Flow<T, Keyed<K>, Time> {
    /// Turns each record of a keyed stream into any number of records with its key.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut totals = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", "3 4"), ("bob", "5"), ("ann", "")])
    ///         -> key_by(|order| order.0)
    ///         -> flat_map_values(|order| order.1.split_whitespace())
    ///         -> count()
    ///         -> map(|update| (update.key.to_owned(), update.value))
    ///         -> &mut totals
    /// }
    /// .run()?;
    /// totals.sort();
    /// assert_eq!(totals, [("ann".to_owned(), 2), ("bob".to_owned(), 1)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key that is `Clone`; a function whose result can be iterated. **Gives** a keyed stream; timestamps stay, each result
    /// has that of its record.
    ///
    /// **State and cost:** none; an inner `for` in the fused loop, which clones the key for each result.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`map_values`](Flow::map_values), [`flat_map`](Flow::flat_map). Spark: `flatMapValues`.
    pub fn flat_map_values<I: IntoIterator, F: Fn(T) -> I + Sync>(
        self,
        function: F,
    ) -> (Asked<Stage<F>, I>, Flow<I::Item, Keyed<K>, Time>) {
        (Asked::new(Stage::new(function)), Flow::NEW)
    }
}
