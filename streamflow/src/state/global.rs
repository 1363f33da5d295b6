//! Running aggregates without a key: one value.

use super::State;
use super::codec::ReadError;
use super::keyed::VALUES;
use super::save::{Codec, Saves, Saving, Stored, TableLayout, saved_by};
use super::slot::{SlotApi, SlotSize};
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{ChunkInfo, Failure, Isolation, Rows, Tracker, Turn, chunks};
use std::marker::PhantomData;

/// The state of one running aggregate without a key.
pub struct GlobalSlot<A> {
    value: Option<A>,
    /// The value before this batch, saved at the first touch.
    undo: Option<Option<A>>,
    shape: fn() -> String,
    codec: Option<Codec<Self>>,
}

impl<A: State> Saves for GlobalSlot<A> {
    const TABLES: &'static [TableLayout] = &[TableLayout::of::<(), A>(VALUES)];

    fn save(&self, saving: &mut Saving<'_>) {
        let changed = saving.all || self.undo.is_some();
        if let Some(value) = self.value.as_ref().filter(|_| changed) {
            saving.table(VALUES, |out| out.row(0, &(), value));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        stored.each(|_, (), value| self.value = Some(value))
    }
}

impl<A> Default for GlobalSlot<A> {
    fn default() -> Self {
        GlobalSlot { value: None, undo: None, shape: String::new, codec: None }
    }
}

impl<A> SlotApi for GlobalSlot<A> {
    fn commit(&mut self) {
        self.undo = None;
    }

    fn rollback(&mut self) {
        if let Some(old) = self.undo.take() {
            self.value = old;
        }
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        SlotSize { keys: usize::from(self.value.is_some()), bytes: size_of::<A>() }
    }

    fn shape(&self) -> String {
        (self.shape)()
    }

    saved_by!(|slot| slot.codec);
}

/// What one chunk gives to a global aggregate: one combined value where the aggregate combines, else the records.
pub struct GlobalPart<T, C> {
    /// `Some` from the start where the aggregate combines: the loop that fills it then has nothing to decide.
    combined: Option<C>,
    /// 1 if a record was combined. Not a `bool`: a store of that width keeps the compiler from making a vector loop (0.15 of
    /// the hand-written loop instead of 0.98).
    touched: u64,
    records: Vec<C>,
    item: PhantomData<fn(T)>,
}

impl<T, C> GlobalPart<T, C> {
    #[inline(always)]
    pub fn feed<G: Aggregate<T, Carry = C>, K, S>(&mut self, aggregate: &G, item: T, _: K, _: S, record: u64) {
        let carry = aggregate.lift(item, record);
        if !G::COMBINES {
            self.records.push(carry);
        } else if let Some(combined) = &mut self.combined {
            aggregate.combine(combined, carry);
            self.touched = 1;
        }
    }
}

/// Makes the parts of one batch.
pub struct GlobalParts<'s, T, G> {
    aggregate: &'s G,
    item: PhantomData<fn(T)>,
}

impl<T, G: Aggregate<T>> GlobalParts<'_, T, G> {
    pub fn bucket(&self) -> GlobalPart<T, G::Carry> {
        let combined = self.aggregate.nothing();
        GlobalPart { combined, touched: 0, records: Vec::new(), item: PhantomData }
    }
}

/// A global aggregate during one batch.
pub struct GlobalRun<'s, T, G: Aggregate<T>> {
    slot: &'s mut GlobalSlot<G::Acc>,
    aggregate: &'s G,
    isolation: Isolation,
    stage: u32,
}

impl<'s, T, G: Aggregate<T>> GlobalRun<'s, T, G> {
    pub fn new(slot: &'s mut GlobalSlot<G::Acc>, aggregate: &'s G, turn: &Turn<'_>, stage: u32) -> Self {
        slot.shape = G::Acc::shape;
        slot.codec = Some(Codec::OF);
        GlobalRun { slot, aggregate, isolation: Isolation::new(turn, stage), stage }
    }

    pub fn buckets(&self) -> GlobalParts<'s, T, G> {
        GlobalParts { aggregate: self.aggregate, item: PhantomData }
    }

    /// Folds the part of a chunk, in chunk order.
    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, part: GlobalPart<T, G::Carry>) -> Result<(), Failure> {
        if part.touched == 0 && part.records.is_empty() {
            return Ok(());
        }
        let first = self.slot.undo.is_none();
        if first {
            self.slot.undo = Some(self.slot.value.clone());
        }
        let (aggregate, isolation, stage) = (self.aggregate, &self.isolation, self.stage);
        let value = self.slot.value.get_or_insert_with(|| aggregate.initial());
        let changed = Failure::catch(chunk, || {
            let (mut tracker, mut changed) = (Tracker::at(stage), false);
            for carry in part.combined.filter(|_| part.touched != 0).into_iter().chain(part.records) {
                let record = G::place(&carry);
                tracker.record(record);
                if G::UNDO && isolation.isolates(record) {
                    let before = value.clone();
                    let done = isolation.attempt(chunk, record, || aggregate.step(value, carry)).is_some();
                    if !done {
                        *value = before;
                    }
                    changed |= done;
                } else {
                    aggregate.step(value, carry);
                    changed = true;
                }
            }
            tracker.finish();
            changed
        })?;
        // a batch whose records were all left out has changed nothing
        if first && !changed {
            self.slot.rollback();
        }
        Ok(())
    }

    /// Chunks have been folded as they came.
    pub fn fold(&mut self, turn: &Turn<'_>, _: i64) -> Result<(), Failure> {
        self.isolation.tell(turn);
        Ok(())
    }

    /// One row if the batch changed the value, else none.
    pub fn rows<L>(
        &self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Rows<Option<G::Out>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let row = || {
            let changed = self.slot.undo.is_some();
            self.slot.value.as_ref().filter(|_| changed).map(|value| self.aggregate.output(value))
        };
        chunks(turn, 1, None, make, |_, leaf| task(Rows(row()), leaf), absorb)
    }
}
