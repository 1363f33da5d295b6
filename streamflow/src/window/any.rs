//! One state for windows of every kind: which one it is, the first batch decides.

use super::counts::CountSlot;
use super::panes::PaneSlot;
use super::spans::SpanSlot;
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{Failure, Turn};
use crate::state::codec::ReadError;
use crate::state::lock::Lockable;
use crate::state::save::{Saves, Saving, Stored, Table, TableLayout};
use crate::state::{SlotApi, SlotSize, State, StoredKey};

/// The state of one windowed aggregate.
pub struct WindowSlot<K, A>(Kept<K, A>);

/// What is kept. Boxed: a slot stands in the state of the pipeline, which is moved about.
enum Kept<K, A> {
    Nothing,
    Panes(Box<PaneSlot<K, A>>),
    Spans(Box<SpanSlot<K, A>>),
    Counts(Box<CountSlot<K, A>>),
}

/// The form of windows that are kept each for itself.
const SPANS: &str = "in windows kept one by one";
/// The form of windows of counts.
const COUNTS: &str = "in windows of counts";

impl<K: StoredKey, A: State> Lockable for WindowSlot<K, A> {
    const FORMS: &'static [(&'static str, &'static [TableLayout])] = &[
        (SPANS, <SpanSlot<K, A> as Saves>::TABLES),
        (COUNTS, <CountSlot<K, A> as Saves>::TABLES),
        ("", <PaneSlot<K, A> as Saves>::TABLES),
    ];
}

/// A window that can be opened over a stream with this key, clock and aggregate; `L` says whether late records are kept.
pub trait Opens<'s, T, K, P, C, G: Aggregate<T>, L> {
    /// What a batch does with it.
    type Run;
    fn open(
        &'s self,
        slot: &'s mut WindowSlot<K, G::Acc>,
        keep: L,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self::Run, Failure>;
}

impl<K, A> Default for WindowSlot<K, A> {
    fn default() -> Self {
        WindowSlot(Kept::Nothing)
    }
}

impl<K, A> WindowSlot<K, A> {
    pub fn panes(&mut self) -> &mut PaneSlot<K, A> {
        if !matches!(self.0, Kept::Panes(_)) {
            self.0 = Kept::Panes(Box::default());
        }
        match &mut self.0 {
            Kept::Panes(slot) => slot,
            _ => unreachable!("it was made above"),
        }
    }

    pub fn spans(&mut self) -> &mut SpanSlot<K, A> {
        if !matches!(self.0, Kept::Spans(_)) {
            self.0 = Kept::Spans(Box::default());
        }
        match &mut self.0 {
            Kept::Spans(slot) => slot,
            _ => unreachable!("it was made above"),
        }
    }

    pub fn counts(&mut self) -> &mut CountSlot<K, A> {
        if !matches!(self.0, Kept::Counts(_)) {
            self.0 = Kept::Counts(Box::default());
        }
        match &mut self.0 {
            Kept::Counts(slot) => slot,
            _ => unreachable!("it was made above"),
        }
    }

    fn kept(&self) -> Option<&dyn SlotApi> {
        match &self.0 {
            Kept::Nothing => None,
            Kept::Panes(slot) => Some(&**slot),
            Kept::Spans(slot) => Some(&**slot),
            Kept::Counts(slot) => Some(&**slot),
        }
    }

    fn kept_mut(&mut self) -> Option<&mut dyn SlotApi> {
        match &mut self.0 {
            Kept::Nothing => None,
            Kept::Panes(slot) => Some(&mut **slot),
            Kept::Spans(slot) => Some(&mut **slot),
            Kept::Counts(slot) => Some(&mut **slot),
        }
    }
}

impl<K, A> SlotApi for WindowSlot<K, A> {
    fn commit(&mut self) {
        if let Some(slot) = self.kept_mut() {
            slot.commit();
        }
    }
    fn rollback(&mut self) {
        if let Some(slot) = self.kept_mut() {
            slot.rollback();
        }
    }
    fn forget(&mut self) {
        self.0 = Kept::Nothing;
    }
    fn size(&self) -> SlotSize {
        self.kept().map(SlotApi::size).unwrap_or_default()
    }
    fn shape(&self) -> String {
        self.kept().map(SlotApi::shape).unwrap_or_default()
    }
    fn late(&self) -> u64 {
        self.kept().map_or(0, SlotApi::late)
    }
    fn form(&self) -> String {
        match &self.0 {
            Kept::Spans(_) => SPANS.to_owned(),
            Kept::Counts(_) => COUNTS.to_owned(),
            Kept::Nothing | Kept::Panes(_) => self.kept().map(SlotApi::form).unwrap_or_default(),
        }
    }
    fn tables(&self) -> Option<Vec<Table>> {
        self.kept()?.tables()
    }
    fn divides(&self) -> bool {
        self.kept().is_some_and(SlotApi::divides)
    }
    fn save(&self, saving: &mut Saving<'_>) {
        if let Some(slot) = self.kept() {
            slot.save(saving);
        }
    }
    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        self.kept_mut().map_or(Ok(()), |slot| slot.restore(stored))
    }
    fn wake_at(&self) -> Option<i64> {
        self.kept().and_then(SlotApi::wake_at)
    }
}
