use super::proof::IsKnown;
use super::{Flow, Plain, Stage};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Turns each record into another one.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut lengths = Vec::new();
    /// stream! {
    ///     source::vec(vec!["one", "three"])
    ///         -> map(|word| word.len())
    ///         -> &mut lengths
    /// }
    /// .run()?;
    /// assert_eq!(lengths, [3, 5]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** nothing. **Gives** a stream without key; timestamps stay.
    ///
    /// **State and cost:** none; runs inside the fused loop. The closure is `Fn + Sync`: it is called by several threads at once.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`filter_map`](Flow::filter_map), [`flat_map`](Flow::flat_map), [`map_values`](Flow::map_values). Spark: `map`.
    pub fn map<U, F: Fn(T) -> U + Sync>(self, function: F) -> (<U as IsKnown>::Of<Stage<F>>, Flow<U, Plain, Time>) {
        (Stage::new(function), Flow::NEW)
    }
}
