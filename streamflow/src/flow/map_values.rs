use super::proof::IsKnown;
use super::{Flow, Keyed, Stage};

impl<T, K, Time> Flow<T, Keyed<K>, Time> {
    /// Turns each record of a keyed stream into another one and keeps its key.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut totals = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> map_values(|sale| sale.1)
    ///         -> sum()
    ///         -> map(|update| (update.key.to_owned(), update.value))
    ///         -> &mut totals
    /// }
    /// .run()?;
    /// totals.sort();
    /// assert_eq!(totals, [("ann".to_owned(), 8), ("bob".to_owned(), 4)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key. **Gives** a keyed stream; timestamps stay.
    ///
    /// **State and cost:** none; runs inside the fused loop, after the key has been computed.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`map`](Flow::map), [`key_by`](Flow::key_by). Spark: `mapValues`.
    pub fn map_values<U, F: Fn(T) -> U + Sync>(
        self,
        function: F,
    ) -> (<U as IsKnown>::Of<Stage<F>>, Flow<U, Keyed<K>, Time>) {
        (Stage::new(function), Flow::NEW)
    }
}
