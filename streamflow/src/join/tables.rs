//! The latest values of one or two streams by key, over all shards: what `latest_join` and `table_join` keep.

use super::latest::Latest;
use crate::state::exchange::SharedSpare;
use crate::state::interner::Interner;
use crate::state::{SHARDS, SlotApi, SlotSize, State, StoredKey};

pub(crate) struct TableShard<K, L, R> {
    pub keys: Interner<K>,
    pub left: Latest<L>,
    pub right: Latest<R>,
}

/// The state of a join of tables. One side of it stays empty where the other records pass by.
pub struct TablesSlot<K, L, R> {
    pub(crate) shards: Vec<TableShard<K, L, R>>,
    known: Option<Known<K, L, R>>,
    pub(crate) spare: (SharedSpare, SharedSpare),
}

struct Known<K, L, R> {
    commit: fn(&mut TableShard<K, L, R>),
    rollback: fn(&mut TableShard<K, L, R>),
    shape: fn() -> String,
}

impl<K, L, R> Default for TablesSlot<K, L, R> {
    fn default() -> Self {
        let shard = || TableShard { keys: Interner::new(), left: Latest::new(), right: Latest::new() };
        TablesSlot { shards: (0..SHARDS).map(|_| shard()).collect(), known: None, spare: Default::default() }
    }
}

impl<K: StoredKey, L: State, R: State> TablesSlot<K, L, R> {
    pub(crate) fn know(&mut self, shape: fn() -> String, seed: u64) {
        if self.known.is_none() {
            self.shards.iter_mut().for_each(|shard| shard.keys.seed(seed));
            let rollback = |shard: &mut TableShard<K, L, R>| {
                shard.left.rollback();
                shard.right.rollback();
                shard.keys.rollback();
            };
            self.known = Some(Known { commit, rollback, shape });
        }
    }
}

fn commit<K: StoredKey, L, R>(shard: &mut TableShard<K, L, R>) {
    let TableShard { keys, left, right } = shard;
    let gone = left.commit() | right.commit();
    if gone {
        let live = |live: &[u64], word: usize| live.get(word).copied().unwrap_or(0);
        keys.sweep(|word| live(left.live(), word) | live(right.live(), word));
    }
    keys.commit();
}

impl<K, L, R> SlotApi for TablesSlot<K, L, R> {
    fn commit(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.commit);
    }

    fn rollback(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.rollback);
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        let keys = self.shards.iter().map(|shard| shard.keys.len()).sum();
        let bytes = |shard: &TableShard<K, L, R>| shard.keys.bytes() + shard.left.bytes() + shard.right.bytes();
        SlotSize { keys, bytes: self.shards.iter().map(bytes).sum() }
    }

    fn shape(&self) -> String {
        self.known.as_ref().map_or_else(String::new, |known| (known.shape)())
    }
}
