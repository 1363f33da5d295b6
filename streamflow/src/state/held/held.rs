//! A state of the user's with the moment at which its key times out, and the states that a job begins with.

use super::{Due, Kept, NEVER, Shard};
use crate::state::{Key, Probe, State, StoredKey, lane_of};

/// What is kept for a key: the user's state, and until when.
#[derive(Clone, crate::State)]
pub struct Held<S> {
    pub state: S,
    /// On the batch clock; the key times out there.
    pub until: i64,
}

impl<S: State> Kept for Held<S> {
    fn due(&self) -> Due {
        Due { event: NEVER, clock: self.until }
    }
}

/// A key of a stream whose keys are kept as `O`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of the keys of this stream",
    label = "these states have keys of type `{Self}`",
    note = "`initial` takes a list of `(key, state)` with the keys that `key_by` gives; text may be `&str` or `String`",
    note = "a number needs its type: `(5u64, ..)`"
)]
pub trait InitialKey<O: StoredKey>: Key<Owned = O> {}
#[diagnostic::do_not_recommend]
impl<O: StoredKey, Q: Key<Owned = O>> InitialKey<O> for Q {}

/// Puts states into the shards, given the seed and until when they are kept.
type Fill<'a, O, S> = dyn Fn(&mut [Shard<O, Held<S>>], u64, i64) + Sync + 'a;

/// The states that a job begins with, whatever type the user's keys have.
pub struct Initial<'a, O, S>(Option<Box<Fill<'a, O, S>>>);

impl<'a, O: StoredKey, S: State> Initial<'a, O, S> {
    pub fn of<Q: InitialKey<O> + Clone + Sync>(states: &'a [(Q, S)]) -> Self {
        Initial(Some(Box::new(move |shards, seed, until| {
            for (key, state) in states {
                let probe = key.clone().probe();
                let hash = probe.hash(seed);
                let lane = lane_of(hash, shards.len());
                let shard = &mut shards[lane];
                let number = shard.keys.find_or_insert(hash, &probe);
                *shard.touch(number).1 = Some(Held { state: state.clone(), until });
            }
        })))
    }

    pub fn put(&self, shards: &mut [Shard<O, Held<S>>], seed: u64, until: i64) {
        if let Some(fill) = &self.0 {
            fill(shards, seed, until);
        }
    }
}

impl<O, S> Initial<'_, O, S> {
    pub const NONE: Self = Initial(None);
}
