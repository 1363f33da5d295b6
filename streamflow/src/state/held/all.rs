//! Rows of everything that is held: one for each key, batch for batch.

use super::{Held, Shard};
use crate::Update;
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};
use crate::state::{State, StoredKey};

/// One task a lane: every key that holds a state. `records`: has the batch brought any?
pub(crate) fn rows<'r, K, S, L>(
    shards: &'r [Shard<K, Held<S>>],
    records: bool,
    turn: &Turn<'_>,
    make: impl FnMut() -> L,
    task: impl Fn(AllRows<'r, K, S>, L) -> (L, u64),
    absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let lanes = if turn.is_batch(records) { shards.len() } else { 0 };
    let task = |lane: usize, leaf| task(AllRows(&shards[lane]), leaf);
    chunks(turn, lanes, None, make, task, absorb)
}

/// The states of a lane.
pub struct AllRows<'r, K, S>(&'r Shard<K, Held<S>>);

impl<'r, K: StoredKey, S: State> AllRows<'r, K, S> {
    /// Calls `each` with every row.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Update<K::Ref<'r>, S>, ())) {
        let shard = self.0;
        for number in shard.held() {
            if let Some(held) = shard.value(number) {
                each(Update { key: shard.keys.key(number).view(), value: held.state.clone() }, ());
            }
        }
    }
}
