//! The latest values of one or two streams by key, over all shards: what `latest_join` and `table_join` keep.

use super::latest::Latest;
use crate::state::codec::ReadError;
use crate::state::exchange::SharedSpare;
use crate::state::interner::Interner;
use crate::state::numbered::Numbered;
use crate::state::save::{Blocks, Codec, Saves, Saving, Stored, TableLayout, saved_by};
use crate::state::{Fraction, SHARDS, SlotApi, SlotSize, State, StoredKey, shard_of};

pub(crate) struct TableShard<K, L, R> {
    pub keys: Interner<K>,
    pub left: Latest<L>,
    pub right: Latest<R>,
}

impl<K: StoredKey, L, R> Numbered for TableShard<K, L, R> {
    type Key = K;

    #[inline(always)]
    fn keys(&self) -> &Interner<K> {
        &self.keys
    }
    #[inline(always)]
    fn keys_mut(&mut self) -> &mut Interner<K> {
        &mut self.keys
    }
    #[inline(always)]
    fn touch(&self, number: u32) {
        self.left.touch(number);
        self.right.touch(number);
    }
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
    codec: Codec<TablesSlot<K, L, R>>,
    seed: u64,
}

/// The latest value of each key of a side; none where it has gone.
const LEFT: &str = "left";
const RIGHT: &str = "right";

impl<K: StoredKey, L: State, R: State> Saves for TablesSlot<K, L, R> {
    const TABLES: &'static [TableLayout] =
        &[TableLayout::of::<K, Option<L>>(LEFT), TableLayout::of::<K, Option<R>>(RIGHT)];

    fn save(&self, saving: &mut Saving<'_>) {
        let what = (saving.all, saving.fraction);
        saving.table(LEFT, |out| save(out, what, &self.shards, |shard| &shard.left));
        saving.table(RIGHT, |out| save(out, what, &self.shards, |shard| &shard.right));
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        match stored.name {
            LEFT => self.restore_side(stored, |shard| &mut shard.left),
            RIGHT => self.restore_side(stored, |shard| &mut shard.right),
            _ => Ok(()),
        }
    }
}

fn save<K: StoredKey, L, R, V: State>(
    out: &mut Blocks,
    (all, fraction): (bool, Fraction),
    shards: &[TableShard<K, L, R>],
    side: impl Fn(&TableShard<K, L, R>) -> &Latest<V>,
) {
    let side = &side;
    let rows = |(n, shard)| {
        let values = side(shard).to_save(all, n, fraction).into_iter();
        values.map(|(number, value)| (shard.keys.key(number), value))
    };
    out.rows(0, shards.iter().enumerate().flat_map(rows));
}

impl<K: StoredKey, L: State, R: State> TablesSlot<K, L, R> {
    fn restore_side<V: State>(
        &mut self,
        stored: &Stored<'_>,
        side: impl Fn(&mut TableShard<K, L, R>) -> &mut Latest<V>,
    ) -> Result<(), ReadError> {
        let Some(Known { seed, .. }) = self.known else { return Ok(()) };
        let shards = &mut self.shards;
        stored.each(|_, key: K, value: Option<V>| {
            let shard = &mut shards[shard_of(key.hash(seed))];
            let number = shard.keys.put(key);
            // the commit behind it makes it final
            side(shard).set(number, value);
        })
    }
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
            self.known = Some(Known { commit, rollback, shape, codec: Codec::OF, seed });
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

    fn divides(&self) -> bool {
        true
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));
}
