//! `update_state`: the operator and what it does with a key.

use super::proof::Asked;
use super::{Changes, Flow, Keyed, Update};
use crate::state::held::update::Visit;
use crate::state::held::{Held, Initial, InitialKey, NEVER, Shard, Start};
use crate::state::{Key, State, StoredKey};
use std::marker::PhantomData;

impl<T, K: Key, Time> Flow<T, Keyed<K>, Time> {
    /// Visits every key in every batch, with the values that the batch brought for it and the state of the key.
    ///
    /// The function gets the key as state keeps it (text reads as `&str`), its values, an empty list where there are none, and `&mut Option` of the state. A key whose
    /// state is `None` afterwards is forgotten; every other one gives a row.
    ///
    /// ```
    /// # use streamflow::{stream, sink, source};
    /// let rows = sink::collect_batches();
    /// stream! {
    ///     source::batches(vec![vec!["a", "b"], vec!["a"]])
    ///         -> key_by(|letter| *letter)
    ///         -> update_state(|_, letters, seen| *seen = Some(seen.unwrap_or(0) + letters.len()))
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
    /// **Needs** a key; a function; a state that is [`State`](crate::State). The option `initial = vec![("a", 5)]` gives states to begin
    /// with. **Gives** an [`Update`](crate::Update) for each key that has a state, with every batch.
    ///
    /// **State and cost:** one state a key. Each batch visits all keys and saves all states (undo), whatever few records it has: a batch
    /// costs what the state is large. Where that is too much, [`map_with_state`](Flow::map_with_state) touches keys with records alone.
    ///
    /// **Order:** the values of a key come in the order of the source; rows of different keys in no fixed order. What is a batch follows
    /// the cut: with `#![batch(every = 1s)]` a batch without records visits all keys as well. The end of the input adds a batch only
    /// where stages before, such as a window, conclude something there.
    /// **Failure:** a panic of the function ends the job and names the key, also with `#![panics = skip]`; the batch is taken back. A key that is forgotten gives no row that says so: a `top`
    /// behind keeps its last value.
    ///
    /// **Related:** [`map_with_state`](Flow::map_with_state), [`fold`](Flow::fold). Spark: `updateStateByKey`.
    pub fn update_state<'s, 'a, S, F>(
        self,
        function: F,
    ) -> (Asked<UpdateState<'a, T, K, S, F>, S>, Flow<Update<<K::Owned as StoredKey>::Ref<'s>, S>, Changes>)
    where
        T: Send,
        F: Fn(&K::Owned, Vec<T>, &mut Option<S>) + Sync,
    {
        (Asked::new(UpdateState { function, initial: Initial::NONE, types: PhantomData }), Flow::NEW)
    }
}

/// The function of `update_state`, and what it begins with.
pub struct UpdateState<'a, T, K: Key, S, F> {
    function: F,
    initial: Initial<'a, K::Owned, S>,
    types: PhantomData<fn(T)>,
}

impl<'a, T, K: Key, S: State, F> UpdateState<'a, T, K, S, F> {
    /// The option `initial`.
    #[must_use]
    pub fn initial<Q: InitialKey<K::Owned> + Clone + Sync>(self, states: &'a [(Q, S)]) -> Self {
        UpdateState { initial: Initial::of(states), ..self }
    }
}

impl<T, K: Key, S: State, F> Start for UpdateState<'_, T, K, S, F> {
    type Key = K::Owned;
    type Kept = Held<S>;

    fn start(&self, shards: &mut [Shard<K::Owned, Held<S>>], seed: u64, _: i64) {
        self.initial.put(shards, seed, NEVER);
    }

    fn shape() -> String {
        format!("{} -> {}", K::Owned::shape(), S::shape())
    }
}

impl<T, K, S, F> Visit<T> for UpdateState<'_, T, K, S, F>
where
    K: Key,
    S: State,
    F: Fn(&K::Owned, Vec<T>, &mut Option<S>),
{
    fn visit(&self, key: &K::Owned, values: Vec<T>, kept: &mut Option<Held<S>>) {
        let mut state = kept.take().map(|held| held.state);
        (self.function)(key, values, &mut state);
        *kept = state.map(|state| Held { state, until: NEVER });
    }
}
