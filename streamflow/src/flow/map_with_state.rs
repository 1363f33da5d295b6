//! `map_with_state`: the operator and its step.

use super::proof::Asked;
use super::{Flow, Keyed};
use crate::KeyState;
use crate::state::held::{Held, Initial, InitialKey, KeyStep, Moment, NEVER, Shard, Start};
use crate::state::{Key, State};
use crate::window::micros;
use std::marker::PhantomData;
use std::time::Duration;

impl<T, K: Key, Time> Flow<T, Keyed<K>, Time> {
    /// Turns each record into a result, with a state of your own for each key that the function sees and changes.
    ///
    /// The function gets the key as state keeps it (text reads as `&str`), `Some` record and the [`KeyState`] of the key. Once a key has had no record for longer than the
    /// timeout, the function gets `None` for the record and sees the state for the last time.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut visits = Vec::new();
    /// stream! {
    ///     source::vec(vec!["ann", "bob", "ann"])
    ///         -> key_by(|name| *name)
    ///         -> map_with_state(
    ///             |name, record, state| {
    ///                 let visits = state.get().copied().unwrap_or(0) + 1;
    ///                 if record.is_some() {
    ///                     state.update(visits);
    ///                 }
    ///                 format!("{name} {visits}")
    ///             },
    ///             timeout = 30min,
    ///         )
    ///         -> &mut visits
    /// }
    /// .threads(1)
    /// .run()?;
    /// assert_eq!(visits, ["ann 1", "bob 1", "ann 2"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key, a function, and `timeout = 30min` or `timeout = unbounded`; a state that is [`State`]. The option
    /// `initial = vec![("ann", 5)]` gives states to begin with. **Gives** what the function returns, without a key and without times;
    /// a function that has nothing to say returns `None`, and `-> filter_map(|result| result)` follows.
    ///
    /// **State and cost:** one state a key that has one; only keys with records are touched. A state is saved at its first touch in a
    /// batch (undo). Each record puts the timeout of its key off, also if it changes nothing. The timeout is on the batch clock: a key
    /// times out in the first batch that is later than its last record by more than the timeout; such a batch is formed without records,
    /// too. At the end of the input nothing times out.
    ///
    /// **Order:** source order for each key; time-outs come behind the records of a batch. Results of different keys come in no fixed order.
    /// **Failure:** a panic of the function ends the job with its place, for a time-out with its key; the batch is taken back. With
    /// `#![panics = skip]` a record is left out, and the state of its key is cloned before each call; a time-out ends the job all the same. To update or remove a state that has been
    /// removed, or that is timing out, is such a panic.
    ///
    /// **Related:** [`state_snapshots`](Flow::state_snapshots), [`update_state`](Flow::update_state), [`process`](Flow::process),
    /// [`fold`](Flow::fold). Spark: `mapWithState`; Flink: `RichFlatMapFunction` with `ValueState`.
    pub fn map_with_state<'a, S, U, F>(self, function: F) -> (Asked<MapWithState<'a, T, K, S, U, F>, S>, Flow<U>)
    where
        T: Send,
        U: Send,
        F: Fn(&K::Owned, Option<T>, &mut KeyState<S>) -> U + Sync,
    {
        (Asked::new(MapWithState::new(function)), Flow::NEW)
    }
}

/// The function of `map_with_state`, its timeout and what it begins with.
pub struct MapWithState<'a, T, K: Key, S, U, F> {
    function: F,
    timeout: Option<i64>,
    initial: Initial<'a, K::Owned, S>,
    types: PhantomData<fn(T, K) -> U>,
}

impl<'a, T, K: Key, S, U, F> MapWithState<'a, T, K, S, U, F> {
    pub(crate) fn new(function: F) -> Self {
        MapWithState { function, timeout: None, initial: Initial::NONE, types: PhantomData }
    }

    /// The option `timeout`.
    #[must_use]
    pub fn timeout(self, timeout: &Duration) -> Self {
        MapWithState { timeout: Some(micros(*timeout)), ..self }
    }

    /// `timeout = unbounded`
    #[must_use]
    pub fn timeout_unbounded(self) -> Self {
        MapWithState { timeout: None, ..self }
    }

    /// The option `initial`.
    #[must_use]
    pub fn initial<Q: InitialKey<K::Owned> + Clone + Sync>(self, states: &'a [(Q, S)]) -> Self
    where
        S: State,
    {
        MapWithState { initial: Initial::of(states), ..self }
    }

    /// A key is kept as long as the clock is not later than this: a time-out is strictly later.
    fn until(&self, now: i64) -> i64 {
        self.timeout.map_or(NEVER, |timeout| now.saturating_add(timeout).saturating_add(1))
    }
}

impl<T, K, S, U, F> Start for MapWithState<'_, T, K, S, U, F>
where
    K: Key,
    S: State,
{
    type Key = K::Owned;
    type Kept = Held<S>;

    fn start(&self, shards: &mut [Shard<K::Owned, Held<S>>], seed: u64, now: i64) {
        self.initial.put(shards, seed, self.until(now));
    }

    fn shape() -> String {
        format!("{} -> {}", K::Owned::shape(), S::shape())
    }
}

impl<T, K, S, U, F> KeyStep<T, ()> for MapWithState<'_, T, K, S, U, F>
where
    K: Key,
    S: State,
    F: Fn(&K::Owned, Option<T>, &mut KeyState<S>) -> U,
{
    type Row = U;

    #[inline]
    fn record(
        &self,
        at: Moment,
        key: &K::Owned,
        kept: &mut Option<Held<S>>,
        (item, ()): (T, ()),
        rows: &mut Vec<(U, ())>,
    ) {
        let mut state = kept.take().map_or_else(KeyState::new, |held| KeyState::of(held.state));
        rows.push(((self.function)(key, Some(item), &mut state), ()));
        *kept = state.into_inner().map(|state| Held { state, until: self.until(at.now) });
    }

    fn due(&self, _: Moment, key: &K::Owned, kept: &mut Option<Held<S>>, rows: &mut Vec<(U, ())>) {
        if let Some(held) = kept.take() {
            rows.push(((self.function)(key, None, &mut KeyState::timing_out(held.state)), ()));
        }
    }
}
