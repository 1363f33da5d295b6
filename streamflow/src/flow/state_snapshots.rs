//! `state_snapshots`: the states that `map_with_state` keeps, batch for batch.

use super::map_with_state::MapWithState;
use super::proof::Asked;
use super::{Changes, Flow, Keyed, Update};
use crate::KeyState;
use crate::state::{Key, StoredKey};

impl<T, K: Key, Time> Flow<T, Keyed<K>, Time> {
    /// Keeps a state for each key as [`map_with_state`](Flow::map_with_state) does, and gives all states behind each batch in place of
    /// what the function returns.
    ///
    /// ```
    /// # use streamflow::{stream, sink, source};
    /// let rows = sink::collect_batches();
    /// stream! {
    ///     source::batches(vec![vec!["a", "b"], vec!["a"]])
    ///         -> key_by(|letter| *letter)
    ///         -> state_snapshots(
    ///             |_, _, seen| seen.update(seen.get().copied().unwrap_or(0) + 1),
    ///             timeout = unbounded,
    ///         )
    ///         -> map(|row| format!("{}={}", row.key, row.value))
    ///         -> rows.clone()
    /// }
    /// .run()?;
    /// let mut last = rows.take().pop().expect("two batches").1;
    /// last.sort();
    /// assert_eq!(last, ["a=2", "b=1"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** what `map_with_state` needs. **Gives** an [`Update`](crate::Update) for each key that has a state, with every batch.
    ///
    /// **State and cost:** as `map_with_state`; and a batch gives a row for every key, so it costs what the state is large.
    ///
    /// **Order:** none between keys. The end of the input adds a batch only where stages before, such as a window, conclude something
    /// there. **Failure:** as `map_with_state`.
    ///
    /// **Related:** [`map_with_state`](Flow::map_with_state), [`update_state`](Flow::update_state). Spark: `stateSnapshots`.
    pub fn state_snapshots<'s, 'a, S, U, F>(
        self,
        function: F,
    ) -> (Asked<MapWithState<'a, T, K, S, U, F>, S>, Flow<Update<<K::Owned as StoredKey>::Ref<'s>, S>, Changes>)
    where
        T: Send,
        U: Send,
        F: Fn(&K::Owned, Option<T>, &mut KeyState<S>) -> U + Sync,
    {
        (Asked::new(MapWithState::new(function)), Flow::NEW)
    }
}
