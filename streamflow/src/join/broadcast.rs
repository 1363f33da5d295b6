//! `broadcast`: a small stream folded into one value that every record of the main stream can read.

use crate::job::turn::{ChunkInfo, Failure, Tracker, Turn, chunks};
use crate::state::codec::ReadError;
use crate::state::keyed::VALUES;
use crate::state::save::{Codec, Saves, Saving, Stored, TableLayout, saved_by};
use crate::state::{SlotApi, SlotSize, State};
use crate::window::Stamp;
use std::sync::Mutex;

/// The functions of `broadcast` and its first value.
pub trait BroadcastKind<T, R> {
    type State: State;
    type Out;
    fn initial(&self) -> Self::State;
    fn step(&self, state: &mut Self::State, item: R);
    fn row(&self, item: T, state: &Self::State) -> Self::Out;
}

/// The value of one `broadcast`.
pub struct BroadcastSlot<S> {
    value: Option<S>,
    /// Has the small stream spoken? Until then the value is the first one of the program, whichever that is after a restart.
    told: bool,
    /// The value before this batch, and whether it was told, saved at the first change.
    undo: Option<(S, bool)>,
    shape: fn() -> String,
    codec: Option<Codec<Self>>,
}

impl<S: State> Saves for BroadcastSlot<S> {
    const TABLES: &'static [TableLayout] = &[TableLayout::of::<(), S>(VALUES)];

    fn save(&self, saving: &mut Saving<'_>) {
        let changed = saving.all || self.undo.is_some();
        if let Some(value) = self.value.as_ref().filter(|_| self.told && changed) {
            saving.table(VALUES, |out| out.row(0, &(), value));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        stored.each(|_, (), value| (self.value, self.told) = (Some(value), true))
    }
}

impl<S> Default for BroadcastSlot<S> {
    fn default() -> Self {
        BroadcastSlot { value: None, told: false, undo: None, shape: String::new, codec: None }
    }
}

impl<S> SlotApi for BroadcastSlot<S> {
    fn commit(&mut self) {
        self.undo = None;
    }

    fn rollback(&mut self) {
        if let Some((old, told)) = self.undo.take() {
            (self.value, self.told) = (Some(old), told);
        }
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        SlotSize { keys: usize::from(self.value.is_some()), bytes: size_of::<S>() }
    }

    fn shape(&self) -> String {
        (self.shape)()
    }

    saved_by!(|slot| slot.codec);
}

#[cfg(test)]
impl<S: Clone> BroadcastSlot<S> {
    /// The value, and whether the small stream has told it.
    pub(super) fn value(&self) -> (Option<S>, bool) {
        (self.value.clone(), self.told)
    }
}

/// The records of one chunk.
pub struct Records<T, S>(Vec<(T, S, u64)>);
/// Makes them.
pub struct MakeRecords;

/// What generated code asks of it: the type comes with the first record.
impl MakeRecords {
    pub fn bucket<T, S>(&self) -> Records<T, S> {
        Records(vec![])
    }
}

impl<T, S> Records<T, S> {
    #[inline(always)]
    pub fn feed<C, K>(&mut self, _: &C, item: T, _: K, stamp: S, place: u64) {
        self.0.push((item, stamp, place));
    }
}

/// `broadcast` during one batch.
pub struct BroadcastRun<'s, T, R, S, Z, J: BroadcastKind<T, R>> {
    slot: &'s mut BroadcastSlot<J::State>,
    stage: &'s J,
    main: Vec<Mutex<(ChunkInfo, Records<T, S>)>>,
    small: Vec<(ChunkInfo, Records<R, Z>)>,
    number: u32,
}

impl<'s, T, R, S, Z, J: BroadcastKind<T, R>> BroadcastRun<'s, T, R, S, Z, J> {
    pub(crate) fn new(slot: &'s mut BroadcastSlot<J::State>, stage: &'s J, number: u32) -> Self {
        slot.shape = J::State::shape;
        slot.codec = Some(Codec::OF);
        BroadcastRun { slot, stage, main: vec![], small: vec![], number }
    }

    pub fn buckets(&self) -> MakeRecords {
        MakeRecords
    }

    pub fn buckets_1(&self) -> MakeRecords {
        MakeRecords
    }

    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, records: Records<T, S>) -> Result<(), Failure> {
        if !records.0.is_empty() {
            self.main.push(Mutex::new((chunk, records)));
        }
        Ok(())
    }

    pub fn absorb_1(&mut self, _: &Turn<'_>, chunk: ChunkInfo, records: Records<R, Z>) -> Result<(), Failure> {
        if !records.0.is_empty() {
            self.small.push((chunk, records));
        }
        Ok(())
    }

    /// Applies the small stream, in order of the chunks; the main stream sees what is there then.
    pub fn fold(&mut self, _: &Turn<'_>, _: i64) -> Result<(), Failure> {
        let (stage, number) = (self.stage, self.number);
        let value = self.slot.value.get_or_insert_with(|| stage.initial());
        for (chunk, records) in self.small.drain(..) {
            if self.slot.undo.is_none() {
                self.slot.undo = Some((value.clone(), self.slot.told));
                self.slot.told = true;
            }
            Failure::catch(chunk, || {
                let mut tracker = Tracker::at(number);
                for (item, _, place) in records.0 {
                    tracker.record(place);
                    stage.step(value, item);
                }
                tracker.finish();
            })?;
        }
        Ok(())
    }

    /// One task a chunk of the main stream, in its order.
    pub fn rows<'r, O>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> O,
        task: impl Fn(BroadcastRows<'r, T, R, S, J>, O) -> (O, u64),
        absorb: impl FnMut(ChunkInfo, O) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (stage, state) = (self.stage, self.slot.value.as_ref());
        let task = |index: usize, leaf| {
            let mut part = self.main[index].lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let (chunk, records) = (part.0, std::mem::take(&mut part.1.0));
            drop(part);
            task(BroadcastRows { chunk, records, stage, state }, leaf)
        };
        chunks(turn, self.main.len(), None, make, task, absorb)
    }
}

/// The records of one chunk beside the value.
pub struct BroadcastRows<'r, T, R, S, J: BroadcastKind<T, R>> {
    chunk: ChunkInfo,
    records: Vec<(T, S, u64)>,
    stage: &'r J,
    state: Option<&'r J::State>,
}

impl<T, R, S: Stamp, J: BroadcastKind<T, R>> BroadcastRows<'_, T, R, S, J> {
    /// Calls `each` with every row and the stamp of its record.
    #[inline]
    pub fn each(self, mut each: impl FnMut(J::Out, S)) {
        let Some(state) = self.state else { return };
        for (item, stamp, _) in self.records {
            each(self.stage.row(item, state), stamp.after(self.chunk.watermark));
        }
    }
}
