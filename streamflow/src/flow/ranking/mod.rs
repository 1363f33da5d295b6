//! The steps of `top`: over rows of windows, over latest values, over records.

mod save;

use super::aggregate::Ordered;
use super::top::Top;
use super::{Update, Windowed};
use crate::job::turn::{ChunkInfo, Failure, Rows, Tracker, Turn, chunks};
use crate::state::column::Column;
use crate::state::interner::Interner;
use crate::state::save::{Codec, saved_by};
use crate::state::{Key, Probe, SlotApi, SlotSize, State, StoredKey};
use std::cmp::Ordering;

/// Best first, cut to the count.
fn rank<R>(count: usize, rows: &mut Vec<R>, order: impl Fn(&R, &R) -> Ordering) {
    if count == 0 {
        rows.clear();
    } else if rows.len() > count {
        rows.select_nth_unstable_by(count - 1, &order);
        rows.truncate(count);
    }
    rows.sort_by(order);
}

/// Runs what follows over rows that are at hand: one chunk.
fn emit<T, L>(
    turn: &Turn<'_>,
    rows: Vec<T>,
    make: impl FnMut() -> L,
    task: impl Fn(Rows<Vec<T>>, L) -> (L, u64),
    absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let rows = std::cell::Cell::new(rows);
    chunks(turn, 1, None, make, |_, leaf| task(Rows(rows.take()), leaf), absorb)
}

/// Makes the lists of one batch.
pub struct Lists;

impl Lists {
    pub fn bucket<T>(&self) -> List<T> {
        List(vec![])
    }
}

/// The records of a chunk, as they are.
pub struct List<T>(pub Vec<T>);

impl<T> List<T> {
    #[inline(always)]
    pub fn feed<C, K, S>(&mut self, _: &C, item: T, _: K, _: S, _: u64) {
        self.0.push(item);
    }
}

/// The best rows of each window. No state: all rows of a window come in one batch, windows one after the other.
pub struct WindowRanking<'s, T, F> {
    top: &'s Top<F>,
    rows: Vec<T>,
    stage: u32,
}

impl<'s, K, V, F> WindowRanking<'s, Windowed<K, V>, F> {
    pub fn new(top: &'s Top<F>, stage: u32) -> Self {
        WindowRanking { top, rows: vec![], stage }
    }

    pub fn buckets(&self) -> Lists {
        Lists
    }

    pub fn absorb(&mut self, _: &Turn<'_>, _: ChunkInfo, rows: List<Windowed<K, V>>) -> Result<(), Failure> {
        self.rows.extend(rows.0);
        Ok(())
    }

    pub fn fold(&mut self, _: &Turn<'_>, _: i64) -> Result<(), Failure> {
        Ok(())
    }

    pub fn rows<O: Ordered, L>(
        &mut self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Rows<Vec<Windowed<K, V>>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure>
    where
        F: Fn(&Windowed<K, V>) -> O,
    {
        let mut ranked = vec![];
        Failure::catch(ChunkInfo::RESULT, || {
            let tracker = Tracker::at(self.stage);
            let by = self.top.by.get();
            let order = |a: &Windowed<K, V>, b: &Windowed<K, V>| by(b).order(&by(a));
            let mut window: Vec<Windowed<K, V>> = vec![];
            for row in self.rows.drain(..) {
                if window.last().is_some_and(|last| (last.start, last.end) != (row.start, row.end)) {
                    rank(self.top.count, &mut window, order);
                    ranked.append(&mut window);
                }
                window.push(row);
            }
            rank(self.top.count, &mut window, order);
            ranked.append(&mut window);
            tracker.finish();
        })?;
        emit(turn, ranked, make, task, absorb)
    }
}

/// The latest value of every key, and the numbers of the best.
pub struct RankingSlot<K, V> {
    keys: Interner<K>,
    values: Column<V>,
    best: Vec<u32>,
    undo: Option<Vec<u32>>,
    known: Option<Known<K, V>>,
}

struct Known<K, V> {
    rollback: fn(&mut Interner<K>, &mut Column<V>, &V),
    any: Option<V>,
    shape: fn() -> String,
    codec: Codec<RankingSlot<K, V>>,
}

impl<K, V> Default for RankingSlot<K, V> {
    fn default() -> Self {
        RankingSlot { keys: Interner::new(), values: Column::new(), best: vec![], undo: None, known: None }
    }
}

impl<K, V> SlotApi for RankingSlot<K, V> {
    fn commit(&mut self) {
        self.keys.commit();
        self.values.commit();
        self.undo = None;
    }

    fn rollback(&mut self) {
        if let Some(Known { rollback, any: Some(any), .. }) = &self.known {
            rollback(&mut self.keys, &mut self.values, any);
        }
        if let Some(best) = self.undo.take() {
            self.best = best;
        }
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        SlotSize { keys: self.keys.len(), bytes: self.keys.bytes() + self.values.bytes() }
    }

    fn shape(&self) -> String {
        self.known.as_ref().map_or_else(String::new, |known| (known.shape)())
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));
}

/// The ranking of latest values during one batch.
pub struct Ranking<'s, K: Key, V, F> {
    slot: &'s mut RankingSlot<K::Owned, V>,
    top: &'s Top<F>,
    rows: Vec<Update<K, V>>,
    stage: u32,
    seed: u64,
}

impl<'s, K, V, F> Ranking<'s, K, V, F>
where
    K: Key,
    V: State,
{
    pub fn new(slot: &'s mut RankingSlot<K::Owned, V>, top: &'s Top<F>, turn: &Turn<'_>, stage: u32) -> Self {
        slot.known.get_or_insert_with(|| Known {
            rollback: |keys, values, any| {
                values.rollback(|| any.clone());
                keys.rollback();
            },
            any: None,
            codec: Codec::OF,
            shape: || format!("{} -> {}", K::Owned::shape(), V::shape()),
        });
        slot.keys.seed(turn.seed());
        Ranking { slot, top, rows: vec![], stage, seed: turn.seed() }
    }

    pub fn buckets(&self) -> Lists {
        Lists
    }

    pub fn absorb(&mut self, _: &Turn<'_>, _: ChunkInfo, rows: List<Update<K, V>>) -> Result<(), Failure> {
        self.rows.extend(rows.0);
        Ok(())
    }

    pub fn fold(&mut self, _: &Turn<'_>, _: i64) -> Result<(), Failure> {
        Ok(())
    }

    /// The whole ranking if this batch changed it, else nothing.
    pub fn rows<O: Ordered, L>(
        self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Rows<Vec<Update<K, V>>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure>
    where
        F: Fn(&Update<K, V>) -> O,
        K: Copy,
        K::Owned: StoredKey<Ref<'s> = K>,
    {
        let Ranking { slot, top, rows, stage, seed } = self;
        let ranked = Failure::catch(ChunkInfo::RESULT, || {
            let tracker = Tracker::at(stage);
            let ranked = slot.take(rows, top, seed);
            tracker.finish();
            ranked
        })?;
        emit(turn, ranked, make, task, absorb)
    }
}

impl<O: StoredKey, V: State> RankingSlot<O, V> {
    fn take<'s, K, F, R>(&'s mut self, rows: Vec<Update<K, V>>, top: &Top<F>, seed: u64) -> Vec<Update<K, V>>
    where
        K: Key<Owned = O> + Copy,
        O: StoredKey<Ref<'s> = K>,
        F: Fn(&Update<K, V>) -> R,
        R: Ordered,
    {
        let by = top.by.get();
        let RankingSlot { keys, values, best, undo, known } = self;
        let mut candidates = best.clone();
        let mut changed = vec![false; best.len()];
        let mut look_at_all = false;
        for Update { key, value } in rows {
            if let Some(known) = known {
                known.any.get_or_insert_with(|| value.clone());
            }
            let probe = key.probe();
            let number = keys.find_or_insert(probe.hash(seed), &probe);
            values.fit(keys.numbers(), || value.clone());
            match best.iter().position(|member| *member == number) {
                Some(place) => {
                    let before = by(&Update { key, value: values.value(number).clone() });
                    // a member that gets worse may have to give way to any key
                    look_at_all |= by(&Update { key, value: value.clone() }).order(&before) == Ordering::Less;
                    changed[place] = true;
                }
                None => candidates.push(number),
            }
            *values.save(number) = value;
        }
        let (keys, values): (&'s Interner<O>, &Column<V>) = (keys, values);
        if look_at_all {
            candidates.clear();
            candidates.extend((0..keys.numbers() as u32).filter(|number| values.is_live(*number)));
        }
        let row = |number: u32| (number, Update { key: keys.key(number).view(), value: values.value(number).clone() });
        let mut rows: Vec<(u32, Update<K, V>)> = candidates.into_iter().map(row).collect();
        rank(top.count, &mut rows, |a, b| by(&b.1).order(&by(&a.1)));
        let same = rows.iter().map(|row| row.0).eq(best.iter().copied());
        if same && !changed.contains(&true) {
            return vec![];
        }
        let now = rows.iter().map(|row| row.0).collect();
        undo.get_or_insert_with(|| std::mem::take(best));
        *best = now;
        rows.into_iter().map(|row| row.1).collect()
    }
}

/// The best records so far.
pub struct BestSlot<T> {
    best: Vec<T>,
    undo: Option<Vec<T>>,
    shape: fn() -> String,
    codec: Option<Codec<Self>>,
}

impl<T> Default for BestSlot<T> {
    fn default() -> Self {
        BestSlot { best: vec![], undo: None, shape: String::new, codec: None }
    }
}

impl<T> SlotApi for BestSlot<T> {
    fn commit(&mut self) {
        self.undo = None;
    }

    fn rollback(&mut self) {
        if let Some(best) = self.undo.take() {
            self.best = best;
        }
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        SlotSize { keys: self.best.len(), bytes: self.best.capacity() * size_of::<T>() }
    }

    fn shape(&self) -> String {
        (self.shape)()
    }

    saved_by!(|slot| slot.codec);
}

/// The ranking of records during one batch.
pub struct BestRun<'s, T, F> {
    slot: &'s mut BestSlot<T>,
    top: &'s Top<F>,
    rows: Vec<(bool, T)>,
    stage: u32,
}

impl<'s, T, F> BestRun<'s, T, F> {
    pub fn new(slot: &'s mut BestSlot<T>, top: &'s Top<F>, stage: u32) -> Self {
        BestRun { slot, top, rows: vec![], stage }
    }
}

impl<T: State, F> BestRun<'_, T, F> {
    pub fn buckets(&self) -> Lists {
        Lists
    }

    pub fn absorb(&mut self, _: &Turn<'_>, _: ChunkInfo, rows: List<T>) -> Result<(), Failure> {
        self.rows.extend(rows.0.into_iter().map(|row| (true, row)));
        Ok(())
    }

    pub fn fold(&mut self, _: &Turn<'_>, _: i64) -> Result<(), Failure> {
        Ok(())
    }

    /// The whole ranking if this batch changed it, else nothing.
    pub fn rows<O: Ordered, L>(
        self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Rows<Vec<T>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure>
    where
        F: Fn(&T) -> O,
    {
        let BestRun { slot, top, rows: new, stage } = self;
        slot.shape = || format!("list<{}>", T::shape());
        slot.codec = Some(Codec::OF);
        let ranked = Failure::catch(ChunkInfo::RESULT, || {
            let tracker = Tracker::at(stage);
            let by = top.by.get();
            let mut rows: Vec<(bool, T)> = slot.best.iter().map(|row| (false, row.clone())).collect();
            rows.extend(new);
            rank(top.count, &mut rows, |a, b| by(&b.1).order(&by(&a.1)));
            let changed = rows.iter().any(|row| row.0);
            tracker.finish();
            if changed { rows.into_iter().map(|row| row.1).collect() } else { vec![] }
        })?;
        if !ranked.is_empty() {
            slot.undo.get_or_insert_with(|| std::mem::take(&mut slot.best));
            slot.best.clone_from(&ranked);
        }
        emit(turn, ranked, make, task, absorb)
    }
}
