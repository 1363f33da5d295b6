//! Running keyed aggregates: one value a key, over the whole life of the job.

use super::codec::ReadError;
use super::column::Column;
use super::exchange::{Buckets, Combining, CombiningBuckets, Entry, SharedSpare, lanes_on};
use super::interner::{BLOCK, Interner, NONE};
use super::save::{Codec, Saves, Saving, Stored, TableLayout, saved_by};
use super::slot::{SlotApi, SlotSize};
use super::{Probe, State, StoredKey, lane_of};
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{ChunkInfo, Failure, Isolation, Parts, Tracker, Turn, chunks};

struct Shard<K, A> {
    keys: Interner<K>,
    column: Column<A>,
}

/// The state of one running keyed aggregate.
pub struct KeyedSlot<K, A> {
    /// One a lane.
    shards: Vec<Shard<K, A>>,
    known: Option<Known<K, A>>,
    spare: SharedSpare,
    /// Records were left out of this batch, so a key that it brought may have no value.
    left_out: bool,
}

/// What needs the bounds of the types; known as soon as the pipeline has been run or looked at once.
struct Known<K, A> {
    rollback: fn(&mut Shard<K, A>, &A),
    /// Forgets keys without a value.
    sweep: fn(&mut Shard<K, A>),
    seed: u64,
    initial: A,
    shape: fn() -> String,
    codec: Codec<KeyedSlot<K, A>>,
}

fn rows_of<'s, K, A>(shard: &'s Shard<K, A>, numbers: &'s [u32]) -> impl Iterator<Item = (&'s K, &'s A)> {
    numbers.iter().map(|number| (shard.keys.key(*number), shard.column.value(*number)))
}

/// Keys and their values.
pub(crate) const VALUES: &str = "values";

impl<K: StoredKey, A: State> Saves for KeyedSlot<K, A> {
    const TABLES: &'static [TableLayout] = &[TableLayout::of::<K, A>(VALUES)];

    fn save(&self, saving: &mut Saving<'_>) {
        let (all, fraction) = (saving.all, saving.fraction);
        let numbers: Vec<Vec<u32>> =
            self.shards.iter().enumerate().map(|(n, shard)| shard.column.numbers_in(all, n, fraction)).collect();
        saving.table(VALUES, |out| {
            let shards = self.shards.iter().zip(&numbers);
            out.rows(0, shards.flat_map(|(shard, numbers)| rows_of(shard, numbers)));
        });
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        let Some(Known { initial, seed, .. }) = &self.known else { return Ok(()) };
        let lanes = self.shards.len();
        let shards = &mut self.shards;
        // no more than there can be, whatever the bytes say
        let coming = stored.count()?.min(stored.bytes.len()) / lanes;
        shards.iter_mut().for_each(|shard| shard.keys.reserve(coming));
        let mut hashes = Vec::with_capacity(BLOCK);
        stored.blocks(|_, rows: Vec<(K, A)>| {
            let mut rows = rows.into_iter();
            while !rows.as_slice().is_empty() {
                // the misses of a block overlap, as in `fold`
                hashes.clear();
                for (key, _) in rows.as_slice().iter().take(BLOCK) {
                    let hash = key.hash(*seed);
                    shards[lane_of(hash, lanes)].keys.touch(hash);
                    hashes.push(hash);
                }
                for (hash, (key, value)) in hashes.iter().zip(rows.by_ref()) {
                    let Shard { keys, column } = &mut shards[lane_of(*hash, lanes)];
                    let number = keys.put_hashed(*hash, key);
                    column.fit(keys.numbers(), || initial.clone());
                    column.restore(number, value);
                }
            }
        })?;
        // what came back is final, and a list of all keys that were born is of no use
        shards.iter_mut().for_each(|shard| shard.keys.commit());
        Ok(())
    }
}

impl<K, A> Default for KeyedSlot<K, A> {
    fn default() -> Self {
        KeyedSlot { shards: vec![], known: None, spare: SharedSpare::default(), left_out: false }
    }
}

impl<K: StoredKey, A: State> KeyedSlot<K, A> {
    /// Learns the types and the number of lanes.
    fn open(&mut self, turn: &Turn<'_>, initial: A) {
        let shard = |_| Shard { keys: Interner::seeded(turn.seed()), column: Column::new() };
        self.shards = (0..lanes_on(turn.threads())).map(shard).collect();
        self.known = Some(Known {
            rollback: |shard, initial| {
                shard.column.rollback(|| initial.clone());
                shard.keys.rollback();
            },
            sweep: |Shard { keys, column }| keys.sweep(|word| column.live().get(word).copied().unwrap_or(0)),
            seed: turn.seed(),
            initial,
            codec: Codec::OF,
            shape: || format!("{} -> {}", K::shape(), A::shape()),
        });
    }
}

impl<K, A> SlotApi for KeyedSlot<K, A> {
    fn commit(&mut self) {
        if let Some(known) = self.known.as_ref().filter(|_| std::mem::take(&mut self.left_out)) {
            self.shards.iter_mut().for_each(known.sweep);
        }
        for shard in &mut self.shards {
            shard.keys.commit();
            shard.column.commit();
        }
    }

    fn rollback(&mut self) {
        self.left_out = false;
        if let Some(known) = &self.known {
            self.shards.iter_mut().for_each(|shard| (known.rollback)(shard, &known.initial));
        }
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        let keys = self.shards.iter().map(|shard| shard.keys.len()).sum();
        let bytes = self.shards.iter().map(|shard| shard.keys.bytes() + shard.column.bytes()).sum();
        SlotSize { keys, bytes }
    }

    fn shape(&self) -> String {
        self.known.as_ref().map_or_else(String::new, |known| (known.shape)())
    }

    fn divides(&self) -> bool {
        true
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));
}

/// A running keyed aggregate during one batch.
pub struct KeyedRun<'s, K, P, T, G: Aggregate<T>> {
    slot: &'s mut KeyedSlot<K, G::Acc>,
    aggregate: &'s G,
    buckets: Buckets<P, G::Carry>,
    parts: Parts<P, G::Carry>,
    isolation: Isolation,
    stage: u32,
}

impl<'s, K, P, T, G> KeyedRun<'s, K, P, T, G>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    G: Aggregate<T>,
{
    pub fn new(slot: &'s mut KeyedSlot<K, G::Acc>, aggregate: &'s G, turn: &Turn<'_>, stage: u32) -> Self {
        if slot.known.is_none() {
            slot.open(turn, aggregate.initial());
        }
        let buckets = Buckets::new(turn.threads(), turn.seed(), G::COMBINES, &slot.spare);
        KeyedRun { slot, aggregate, buckets, parts: Parts::default(), isolation: Isolation::new(turn, stage), stage }
    }

    pub fn buckets(&self) -> CombiningBuckets<'s, T, P, G> {
        CombiningBuckets { buckets: self.buckets.clone(), aggregate: self.aggregate }
    }

    /// Takes the records of a chunk, in chunk order. One lane: folds them at once, while they are in the cache.
    pub fn absorb(&mut self, turn: &Turn<'_>, chunk: ChunkInfo, filled: Combining<'s, T, P, G>) -> Result<(), Failure> {
        let mut bucket = filled.bucket;
        self.buckets.filled(&mut bucket);
        if self.buckets.lanes() > 1 {
            return if self.parts.push(turn, chunk, bucket) { self.wave(turn) } else { Ok(()) };
        }
        let (shard, aggregate, isolation) = (&mut self.slot.shards[0], self.aggregate, &self.isolation);
        let done = Failure::catch(chunk, || fold(shard, chunk, bucket.lane(0), aggregate, isolation, self.stage));
        self.buckets.give_back(bucket);
        done
    }

    /// Folds what has been taken so far: one task a lane.
    fn wave(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let (aggregate, isolation, stage) = (self.aggregate, &self.isolation, self.stage);
        self.parts.fold(turn, (stage, &self.buckets), &mut self.slot.shards, &|shards, _, (_, chunk), entries| {
            fold(&mut shards[0], chunk, entries, aggregate, isolation, stage);
        })
    }

    /// Folds what is left.
    pub fn fold(&mut self, turn: &Turn<'_>, _: i64) -> Result<(), Failure> {
        self.wave(turn)?;
        self.slot.shards.iter_mut().for_each(|shard| shard.column.folded());
        self.slot.left_out = self.isolation.tell(turn);
        Ok(())
    }

    /// One task a lane: what changed in this batch, in the order of the lanes.
    pub fn rows<'r, L>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Changes<'r, K, T, G>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let task =
            |unit: usize, leaf| task(Changes { shard: &self.slot.shards[unit], aggregate: self.aggregate }, leaf);
        chunks(turn, self.slot.shards.len(), None, make, task, absorb)
    }
}

/// Folds the records of one lane, a block at a time: bring the lines into the cache, read numbers and bring keys and
/// values, compare, fold. The misses of 256 records overlap.
fn fold<K, P, T, G>(
    Shard { keys, column }: &mut Shard<K, G::Acc>,
    chunk: ChunkInfo,
    entries: &mut Vec<Entry<P, G::Carry>>,
    aggregate: &G,
    isolation: &Isolation,
    stage: u32,
) where
    K: StoredKey,
    P: Probe<Owned = K>,
    G: Aggregate<T>,
{
    let mut numbers = [0u32; BLOCK];
    let mut tracker = Tracker::at(stage);
    let mut entries = entries.drain(..);
    while !entries.as_slice().is_empty() {
        let block = &entries.as_slice()[..entries.len().min(BLOCK)];
        let numbers = &mut numbers[..block.len()];
        for entry in block {
            keys.touch(entry.hash);
        }
        for (number, entry) in numbers.iter_mut().zip(block) {
            *number = keys.guess(entry.hash);
            column.touch(*number);
        }
        for (number, entry) in numbers.iter_mut().zip(block) {
            if *number == NONE || !keys.is(*number, &entry.key) {
                *number = keys.find_or_insert(entry.hash, &entry.key);
                column.fit(keys.numbers(), || aggregate.initial());
            }
        }
        for number in &*numbers {
            // the block is as long as the numbers, so the iterator has an entry for each
            let Some(entry) = entries.next() else { break };
            let record = G::place(&entry.carry);
            tracker.record(record);
            if G::UNDO && isolation.isolates(record) {
                let step = |value: &mut G::Acc| isolation.attempt(chunk, record, || aggregate.step(value, entry.carry));
                column.attempt(*number, step);
            } else {
                let value = if G::UNDO { column.save_or_copy(*number) } else { column.mark(*number) };
                aggregate.step(value, entry.carry);
            }
        }
    }
    tracker.finish();
}

/// What a running aggregate changed in this batch, in a lane.
pub struct Changes<'r, K, T, G: Aggregate<T>> {
    shard: &'r Shard<K, G::Acc>,
    aggregate: &'r G,
}

impl<'r, K: StoredKey, T, G: Aggregate<T>> Changes<'r, K, T, G> {
    /// Calls `each` with every row.
    #[inline]
    pub fn each(self, mut each: impl FnMut(crate::Update<K::Ref<'r>, G::Out>, ())) {
        let Shard { keys, column } = self.shard;
        column.changed(|number| {
            let value = self.aggregate.output(column.value(number));
            each(crate::Update { key: keys.key(number).view(), value }, ());
        });
    }
}
