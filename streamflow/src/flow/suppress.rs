//! `suppress`: the operator and its step.

use super::proof::Asked;
use super::{Flow, Keyed, Plain};
use crate::state::held::{Due, Kept, KeyStep, Moment, NEVER, Shard, Start};
use crate::state::{Key, State};
use crate::window::{Stamp, micros};
use std::marker::PhantomData;
use std::time::Duration;

impl<T, K: Key, Time> Flow<T, Keyed<K>, Time> {
    /// Holds the records of a key back for a time, and then gives the last of them alone.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut prices = Vec::new();
    /// stream! {
    ///     source::vec(vec![("gold", 1, 90), ("gold", 2, 91), ("gold", 9, 92), ("tin", 11, 5), ("gold", 12, 95)])
    ///         -> timestamp(|price| Timestamp::from_secs(price.1))
    ///         -> map(|price| (price.0.to_owned(), price.2))
    ///         -> key_by(|price| price.0.clone())
    ///         -> suppress(10s)
    ///         -> &mut prices
    /// }
    /// .run()?;
    /// prices.sort();
    /// let last = [("gold".to_owned(), 92), ("gold".to_owned(), 95), ("tin".to_owned(), 5)];
    /// assert_eq!(prices, last, "at 11 the ten seconds are over that the gold of 1 began");
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// It slows changes down that nobody needs one by one: those of a running aggregate, of a `table_join`, of a window with `emit = changes`.
    /// The first record of a key begins a time; what follows takes its place; when the time is over the last one is given, and the next
    /// record begins a new time.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// # let mut totals = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 5i64), ("bob", 1), ("ann", 7)])
    ///         -> key_by(|order| order.0)
    ///         -> sum(|order| order.1)
    ///         -> map(|total| (total.key.to_owned(), total.value))
    ///         -> key_by(|total| total.0.clone())
    ///         -> suppress(1min, keys = 100_000)
    ///         -> &mut totals
    /// }
    /// .run()?;
    /// # totals.sort();
    /// assert_eq!(totals, [("ann".to_owned(), 12), ("bob".to_owned(), 1)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key, and records that are [`State`](crate::State). The time is event time where the stream has timestamps, by the
    /// watermark; else, and with `clock = processing`, it is the batch clock. **Gives** the records that were last, without a key, with
    /// their times. With `keys = 100_000` no more keys are held back than that: behind a batch the ones that have waited longest give way.
    ///
    /// **State and cost:** one record a key that is held back, saved at the first touch of a batch (undo). With `keys` each batch looks at
    /// all that are held, if they are too many.
    ///
    /// **Order:** the last record is the one that came last, whatever its time; rows of different keys come in no fixed order. In event time
    /// what is given does not follow the cut into batches, but for what `keys` drives out and for records of one key from several
    /// partitions. A row comes when its time is behind the watermark, so an event-time window behind takes it as late unless it allows as much `lateness`. The
    /// end of the input gives all that is held. **Failure:** none of its own.
    ///
    /// **Related:** windows with `emit = final` and `emit = early(1s)`; [`process`](Flow::process) for rules of your own. Kafka Streams:
    /// `suppress(Suppressed.untilTimeLimit(..))`, where `keys` is `maxRecords(..).emitEarlyWhenFull()`; Rx: `audit`.
    pub fn suppress(self, time: &Duration) -> (Asked<Suppress<T, K>, T>, Flow<T, Plain, Time>)
    where
        T: Send,
    {
        let stage = Suppress { time: micros(*time), on_the_clock: false, keys: None, types: PhantomData };
        (Asked::new(stage), Flow::NEW)
    }
}

/// How long `suppress` holds records back, and how many.
pub struct Suppress<T, K> {
    time: i64,
    on_the_clock: bool,
    keys: Option<usize>,
    types: PhantomData<fn(T) -> K>,
}

impl<T, K> Suppress<T, K> {
    /// The option `keys`.
    #[must_use]
    pub fn keys(self, keys: &usize) -> Self {
        Suppress { keys: Some(*keys), ..self }
    }

    /// `clock = processing`
    #[must_use]
    pub fn clock_processing(self) -> Self {
        Suppress { on_the_clock: true, ..self }
    }

    /// How many keys may be held back.
    pub(crate) fn most(&self) -> usize {
        self.keys.unwrap_or(usize::MAX)
    }
}

/// The last record of a key, and until when it waits.
#[derive(Clone, crate::State)]
pub struct Waiting<T> {
    item: T,
    time: i64,
    /// When it is due in event time, and on the batch clock.
    event: i64,
    clock: i64,
}

impl<T: State> Kept for Waiting<T> {
    fn due(&self) -> Due {
        Due { event: self.event, clock: self.clock }
    }
}

impl<T> Waiting<T> {
    /// The record and its stamp: how far the input was when its time was over, however it was cut. Driven out before, how far it is now.
    fn given<S: Stamp>(self, at: Moment) -> (T, S) {
        let reached = if self.clock == NEVER { self.event.min(at.watermark) } else { at.before };
        (self.item, S::of(self.time, reached))
    }
}

impl<T: State, K: Key> Start for Suppress<T, K> {
    type Key = K::Owned;
    type Kept = Waiting<T>;

    fn start(&self, _: &mut [Shard<K::Owned, Waiting<T>>], _: u64, _: i64) {}

    fn shape() -> String {
        format!("{} -> {} held back", K::Owned::shape(), T::shape())
    }
}

impl<T: State, K: Key, S: Stamp> KeyStep<T, S> for Suppress<T, K> {
    type Row = T;

    fn record(
        &self,
        at: Moment,
        _: &K::Owned,
        kept: &mut Option<Waiting<T>>,
        (item, stamp): (T, S),
        rows: &mut Vec<(T, S)>,
    ) {
        // over before this one came, also where the batch has not told yet
        if let Some(over) = kept.take_if(|held| held.event <= at.watermark) {
            rows.push(over.given(at));
        }
        let time = stamp.time(at.now);
        match kept {
            Some(held) => (held.item, held.time) = (item, time),
            None => {
                // the end of the input gives what still waits
                let last = NEVER - 1;
                let (event, clock) = match S::TIMED && !self.on_the_clock {
                    true => (time.saturating_add(self.time).min(last), NEVER),
                    false => (last, at.now.saturating_add(self.time).min(last)),
                };
                *kept = Some(Waiting { item, time, event, clock });
            }
        }
    }

    fn due(&self, at: Moment, _: &K::Owned, kept: &mut Option<Waiting<T>>, rows: &mut Vec<(T, S)>) {
        rows.extend(kept.take().map(|held| held.given(at)));
    }
}
