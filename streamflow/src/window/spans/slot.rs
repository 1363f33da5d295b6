//! The state of one aggregate over windows that are kept one by one.

use super::shard::Shard;
use crate::state::exchange::SharedSpare;
use crate::state::save::{Codec, saved_by};
use crate::state::{SlotApi, SlotSize};
use crate::window::clock::ClockKind;
use crate::window::micros;
use crate::window::options::{Emit, Options};

/// The state of one aggregate.
pub struct SpanSlot<K, A> {
    /// One a lane.
    pub(super) shards: Vec<Shard<K, A>>,
    /// Windows that end here or before have been closed.
    pub(super) closed: i64,
    /// The same, once this batch is final.
    pub(super) closing: i64,
    pub(super) late: u64,
    pub(super) late_now: u64,
    /// The batch clock when open windows were last shown.
    pub(super) early: Option<i64>,
    pub(super) early_now: Option<i64>,
    /// Out of a checkpoint: the timers of its keys are still to be set.
    pub(super) restored: bool,
    pub(super) known: Option<Known<K, A>>,
    pub(super) spare: SharedSpare,
}

pub(super) struct Known<K, A> {
    pub rollback: fn(&mut Shard<K, A>),
    pub commit: fn(&mut Shard<K, A>),
    pub set_timers: fn(&mut Shard<K, A>),
    pub codec: Codec<SpanSlot<K, A>>,
    pub seed: u64,
    pub shape: String,
    pub options: Options,
    pub clock: ClockKind,
}

impl<K, A> Default for SpanSlot<K, A> {
    fn default() -> Self {
        SpanSlot {
            shards: vec![],
            closed: i64::MIN,
            closing: i64::MIN,
            late: 0,
            late_now: 0,
            early: None,
            early_now: None,
            restored: false,
            known: None,
            spare: SharedSpare::default(),
        }
    }
}

impl<K, A> SlotApi for SpanSlot<K, A> {
    fn commit(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.commit);
        if std::mem::take(&mut self.restored) {
            self.shards.iter_mut().for_each(known.set_timers);
        }
        self.closed = self.closing;
        self.late += std::mem::take(&mut self.late_now);
        self.early = self.early_now.take().or(self.early);
    }

    fn rollback(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.rollback);
        self.closing = self.closed;
        (self.late_now, self.early_now) = (0, None);
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        let keys = self.shards.iter().map(|shard| shard.keys.len()).sum();
        SlotSize { keys, bytes: self.shards.iter().map(Shard::bytes).sum() }
    }

    fn shape(&self) -> String {
        self.known.as_ref().map(|known| known.shape.clone()).unwrap_or_default()
    }

    fn late(&self) -> u64 {
        self.late
    }

    fn divides(&self) -> bool {
        true
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));

    fn wake_at(&self) -> Option<i64> {
        let known = self.known.as_ref()?;
        let closing = match known.clock {
            ClockKind::Processing => self.shards.iter().filter_map(Shard::next).min().filter(|end| *end < i64::MAX),
            ClockKind::Event | ClockKind::Batches => None,
        };
        let early = match (known.options.emit, self.early) {
            (Emit::Early(every), Some(shown)) if self.shards.iter().any(Shard::has_unseen) => {
                Some(shown.saturating_add(micros(every)))
            }
            _ => None,
        };
        closing.into_iter().chain(early).min()
    }
}
