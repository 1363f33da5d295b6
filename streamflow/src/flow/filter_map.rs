use super::proof::IsKnown;
use super::{Flow, Plain, Stage};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Turns each record into another one or drops it.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut numbers = Vec::new();
    /// stream! {
    ///     source::vec(vec!["1", "x", "3"])
    ///         -> filter_map(|text| text.parse::<u32>().ok())
    ///         -> &mut numbers
    /// }
    /// .run()?;
    /// assert_eq!(numbers, [1, 3]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** nothing. **Gives** a stream without key; timestamps stay.
    ///
    /// **State and cost:** none; runs inside the fused loop.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`map`](Flow::map), [`filter`](Flow::filter). Rust: `Iterator::filter_map`.
    pub fn filter_map<U, F: Fn(T) -> Option<U> + Sync>(
        self,
        function: F,
    ) -> (<U as IsKnown>::Of<Stage<F>>, Flow<U, Plain, Time>) {
        (Stage::new(function), Flow::NEW)
    }
}
