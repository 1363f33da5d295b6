use super::proof::Asked;
use super::{Flow, Plain, Stage};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Turns each record into any number of records.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut words = Vec::new();
    /// stream! {
    ///     source::vec(vec!["to be", "or not"])
    ///         -> flat_map(|line| line.split(' '))
    ///         -> &mut words
    /// }
    /// .run()?;
    /// assert_eq!(words, ["to", "be", "or", "not"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** nothing. **Gives** a stream without key; timestamps stay, each result has that of its record.
    ///
    /// **State and cost:** none; an inner `for` in the fused loop. An iterator that borrows from the batch allocates nothing.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`map`](Flow::map), [`filter_map`](Flow::filter_map); [`words`](crate::words) gives the words of a text. Spark: `flatMap`.
    pub fn flat_map<I: IntoIterator, F: Fn(T) -> I + Sync>(
        self,
        function: F,
    ) -> (Asked<Stage<F>, I>, Flow<I::Item, Plain, Time>) {
        (Asked::new(Stage::new(function)), Flow::NEW)
    }
}
