use super::proof::Asked;
use super::{Flow, Timed};
use crate::window::micros;
use std::time::Duration;

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Says when a record happened: event-time windows become possible.
    ///
    /// Of two timestamps before a window the later stage counts.
    ///
    /// * `disorder`: how far a record may lie behind the newest one of its partition and still be in time; 0 if left out.
    /// * `idle`: a partition without records for this long no longer holds the others back; 30 s if left out.
    /// * `ahead`: a timestamp further ahead of the batch clock than this moves no watermark; 5 min if left out. One wrong
    ///   clock would otherwise make the records of all others late.
    /// * `late = per_batch`: a record is judged by the watermark that the batch before it left, as Spark does. What is late
    ///   then depends on the cut into batches.
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
    /// close at the minimum over the partitions that have not ended and are not idle. Where several streams with timestamps meet the slowest
    /// decides, with `#![watermark = max]` the one that has come farthest: what the others bring behind that is late.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`window`](Flow::window). Spark: `withWatermark`; Flink: `assignTimestampsAndWatermarks`.
    pub fn timestamp<E, F: Fn(&T) -> E + Sync>(self, function: F) -> (Asked<TimeStage<F>, E>, Flow<T, Shape, Timed>) {
        (
            Asked::new(TimeStage {
                function: super::Stage::new(function),
                disorder: Duration::ZERO,
                idle: IDLE,
                ahead: AHEAD,
                per_batch: false,
            }),
            Flow::NEW,
        )
    }
}

/// A partition without records for this long no longer holds the others back.
const IDLE: Duration = Duration::from_secs(30);
/// How far ahead of the batch clock a timestamp is believed.
const AHEAD: Duration = Duration::from_secs(300);

/// The function of `timestamp` and its rules.
pub struct TimeStage<F> {
    function: super::Stage<F>,
    disorder: Duration,
    idle: Duration,
    ahead: Duration,
    per_batch: bool,
}

impl<F> TimeStage<F> {
    /// The option `disorder`.
    #[must_use]
    pub fn disorder(self, disorder: &Duration) -> Self {
        TimeStage { disorder: *disorder, ..self }
    }
    /// The option `idle`.
    #[must_use]
    pub fn idle(self, idle: &Duration) -> Self {
        TimeStage { idle: *idle, ..self }
    }
    /// The option `ahead`.
    #[must_use]
    pub fn ahead(self, ahead: &Duration) -> Self {
        TimeStage { ahead: *ahead, ..self }
    }
    /// The option `late = per_batch`.
    #[must_use]
    pub fn late_per_batch(self) -> Self {
        TimeStage { per_batch: true, ..self }
    }
    #[doc(hidden)]
    #[inline(always)]
    pub fn get(&self) -> &F {
        self.function.get()
    }
}

/// What `timestamp` says about time, in microseconds.
pub trait TimeRules {
    /// How far a record may lie behind the newest one of its partition.
    fn disorder(&self) -> i64;
    /// How long a partition may be silent.
    fn idle(&self) -> i64;
    /// How far ahead of the batch clock a timestamp is believed.
    fn ahead(&self) -> i64;
    /// Are records judged by the watermark that the batch before them left?
    fn per_batch(&self) -> bool;
}

impl<F> TimeRules for TimeStage<F> {
    fn disorder(&self) -> i64 {
        micros(self.disorder)
    }
    fn idle(&self) -> i64 {
        micros(self.idle)
    }
    fn ahead(&self) -> i64 {
        micros(self.ahead)
    }
    fn per_batch(&self) -> bool {
        self.per_batch
    }
}
