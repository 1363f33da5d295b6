//! Rows of everything that is held: one for each key, batch for batch.

use super::{Held, Shard};
use crate::Update;
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};
use crate::state::{SHARDS, State, StoredKey};

/// One task a lane: every key that holds a state, in shard order. `records`: has the batch brought any?
pub(crate) fn rows<'r, K, S, L>(
    shards: &'r [Shard<K, Held<S>>],
    (lanes, records): (usize, bool),
    turn: &Turn<'_>,
    make: impl FnMut() -> L,
    task: impl Fn(AllRows<'r, K, S>, L) -> (L, u64),
    absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (lanes, of) = if turn.is_batch(records) { (lanes, SHARDS / lanes) } else { (0, 0) };
    let task = |lane: usize, leaf| task(AllRows(&shards[lane * of..(lane + 1) * of]), leaf);
    chunks(turn, lanes, None, make, task, absorb)
}

/// The states in a range of shards.
pub struct AllRows<'r, K, S>(&'r [Shard<K, Held<S>>]);

impl<'r, K: StoredKey, S: State> AllRows<'r, K, S> {
    /// Calls `each` with every row.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Update<K::Ref<'r>, S>, ())) {
        for shard in self.0 {
            for number in shard.held() {
                if let Some(held) = shard.value(number) {
                    each(Update { key: shard.keys.key(number).view(), value: held.state.clone() }, ());
                }
            }
        }
    }
}
