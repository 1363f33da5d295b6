use super::Keys;
use crate::flow::{Flow, Keyed, Plain, Timed};
use crate::join::as_of::{AsOfKind, Deletes, Never, Versions, When, version};
use crate::window::micros;
use std::marker::PhantomData;
use std::time::Duration;

impl<T, K> Flow<T, Keyed<K>, Timed> {
    /// Joins each record with the version of the other stream that held when the record happened.
    ///
    /// A record of the other stream is the version of its key from its time on, until the next one.
    /// * `deletes = |right| ..`: records that say that there is nothing from their time on.
    /// * `lateness = 1min`: left records up to a minute behind the watermark of their partition are taken, and all wait a minute longer.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut dollars = Vec::new();
    /// stream! {
    ///     let sales = source::vec(vec![(1, 5, 200), (1, 25, 200)])
    ///         -> timestamp(|s| Timestamp::from_secs(s.1)) -> key_by(|s| s.0);
    ///     let rates = source::vec(vec![(1, 0, 108), (1, 20, 110)])
    ///         -> timestamp(|r| Timestamp::from_secs(r.1)) -> key_by(|r| r.0);
    ///     sales
    ///         -> as_of_join(rates, |sale, rate| sale.2 * rate.map_or(100, |rate| rate.2) / 100)
    ///         -> &mut dollars;
    /// }
    /// .run()?;
    /// assert_eq!(dollars, [216, 220]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** timestamps and a key of one type on both streams; items of both are [`State`](crate::State). The closure gets
    /// `(&left, Option<&right>)`; for an inner join let it give an `Option` and put `filter_map(|row| row)` behind. **Gives** a stream
    /// without key; a row has the time of its left record.
    ///
    /// **State and cost:** left records until the watermark of both streams has passed them; of each key the version that holds and those to come. A key
    /// goes when it is deleted.
    ///
    /// **Order:** of a key in order of time, when the watermark of both streams has passed. What is joined does not depend on batches, threads, or
    /// which stream is read first. A left record behind the watermark of its partition is late and counted; a late version holds from that watermark on, and is left out and counted
    /// if it is more than a day late: so long deletions are remembered.
    /// **Failure:** a panic ends the job with its stage.
    ///
    /// **Related:** [`latest_join`](Flow::latest_join) does not wait, [`lookup`](Flow::lookup). Flink: temporal join; Kafka Streams: join with a
    /// versioned table.
    pub fn as_of_join<R, Q, U, F: Fn(&T, Option<&R>) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Timed>,
        function: F,
    ) -> (Keys<Versioned<K, T, R, F, Never>, K, Q>, Flow<U, Plain, Timed>) {
        (Keys::new(Versioned::new(function)), Flow::NEW)
    }
}

/// The function of a join with versions, and its options.
pub struct Versioned<K, L, R, F, D> {
    function: F,
    deletes: D,
    lateness: Duration,
    types: PhantomData<fn() -> (K, L, R)>,
}

impl<K, L, R, F> Versioned<K, L, R, F, Never> {
    pub(crate) fn new(function: F) -> Self {
        Versioned { function, deletes: Never, lateness: Duration::ZERO, types: PhantomData }
    }
}

impl<K, L, R, F, D> Versioned<K, L, R, F, D> {
    /// The option `deletes`.
    #[must_use]
    pub fn deletes<G: Fn(&R) -> bool + Sync>(self, deletes: G) -> Versioned<K, L, R, F, When<G>> {
        Versioned { function: self.function, deletes: When(deletes), lateness: self.lateness, types: PhantomData }
    }

    /// The option `lateness`.
    #[must_use]
    pub fn lateness(self, lateness: &Duration) -> Self {
        Versioned { lateness: *lateness, ..self }
    }

    pub(crate) fn allowed(&self) -> i64 {
        micros(self.lateness)
    }
}

impl<K, L, R, U, F: Fn(&L, Option<&R>) -> U, D> AsOfKind<L, R> for Versioned<K, L, R, F, D> {
    type Out = U;
    #[inline(always)]
    fn row(&self, left: &L, right: Option<&R>) -> U {
        (self.function)(left, right)
    }
}

impl<K, L, R, F, D: Deletes<R>> Versions<R> for Versioned<K, L, R, F, D> {
    #[inline(always)]
    fn version(&self, right: R) -> Option<R> {
        version(&self.deletes, right)
    }
}
