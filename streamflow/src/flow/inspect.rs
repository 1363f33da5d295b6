use super::{Flow, Stage};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Looks at each record and passes it on.
    ///
    /// ```
    /// # use streamflow::{stream, sink, source};
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// let seen = AtomicU64::new(0);
    /// stream! {
    ///     source::vec(vec![1, 2, 3])
    ///         -> inspect(|_| { seen.fetch_add(1, Ordering::Relaxed); })
    ///         -> sink::discard()
    /// }
    /// .run()?;
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** nothing. **Gives** the same stream: key and timestamps stay.
    ///
    /// **State and cost:** none; runs inside the fused loop.
    ///
    /// **Order:** kept; threads call it at the same time, in no order between chunks. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`map`](Flow::map). Rust: `Iterator::inspect`; Kafka Streams: `peek`.
    pub fn inspect<F: Fn(&T) + Sync>(self, function: F) -> (Stage<F>, Flow<T, Shape, Time>) {
        (Stage::new(function), Flow::NEW)
    }
}
