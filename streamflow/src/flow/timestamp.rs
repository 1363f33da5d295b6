use super::proof::Asked;
use super::{Flow, Timed};
use std::time::Duration;

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Says when a record happened: event-time windows become possible.
    ///
    /// Of two timestamps before a window the later stage counts.
    ///
    /// `disorder` is how far a record may lie behind the newest one of its partition and still be in time; 0 if left out.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut windows = Vec::new();
    /// stream! {
    ///     source::vec(vec![1, 11, 9])
    ///         -> timestamp(|second| Timestamp::from_secs(*second), disorder = 2s)
    ///         -> window(tumbling(10s))
    ///         -> count()
    ///         -> map(|window| (window.start.as_secs(), window.value))
    ///         -> &mut windows
    /// }
    /// .run()?;
    /// assert_eq!(windows, [(0, 2), (10, 1)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a closure that gives a [`Timestamp`](crate::Timestamp) or a `SystemTime`. **Gives** the same stream with timestamps.
    ///
    /// **State and cost:** the newest timestamp of each partition. The watermark of a partition is that minus the disorder; windows
    /// close at the minimum over the partitions that have not ended and have given records within 30 s.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`window`](Flow::window). Spark: `withWatermark`; Flink: `assignTimestampsAndWatermarks`.
    pub fn timestamp<E, F: Fn(&T) -> E + Sync>(self, function: F) -> (Asked<TimeStage<F>, E>, Flow<T, Shape, Timed>) {
        (Asked::new(TimeStage { function: super::Stage::new(function), disorder: Duration::ZERO }), Flow::NEW)
    }
}

/// The function of `timestamp` and its disorder.
pub struct TimeStage<F> {
    function: super::Stage<F>,
    disorder: Duration,
}

impl<F> TimeStage<F> {
    /// The option `disorder`.
    #[must_use]
    pub fn disorder(self, disorder: &Duration) -> Self {
        TimeStage { disorder: *disorder, ..self }
    }
    #[doc(hidden)]
    #[inline(always)]
    pub fn get(&self) -> &F {
        self.function.get()
    }
    #[doc(hidden)]
    pub fn allowed(&self) -> Duration {
        self.disorder
    }
}
