//! The slot: all shards, and what needs the bounds of their types.

use super::{Kept, Shard};
use crate::job::turn::Turn;
use crate::state::codec::ReadError;
use crate::state::exchange::SharedSpare;
use crate::state::keyed::VALUES;
use crate::state::save::{Codec, Saves, Saving, Stored, TableLayout, saved_by};
use crate::state::{SlotApi, SlotSize, StoredKey, lane_of};

/// What user code keeps for each key.
pub struct HeldSlot<K, V> {
    /// One a lane.
    pub(crate) shards: Vec<Shard<K, V>>,
    known: Option<Known<K, V>>,
    pub(crate) spare: SharedSpare,
    /// The watermark that the last batch ended with; the end of what the stage reads is no moment, so it leaves the last one.
    pub(crate) watermark: i64,
    pub(crate) watermark_now: i64,
    /// What the stage reads has ended and is concluded. The job may go on for the sake of other sources.
    pub(crate) concluded: bool,
    pub(crate) concluded_now: bool,
    /// The latest event time of all records.
    pub(crate) latest: i64,
    pub(crate) latest_now: i64,
    late: u64,
    pub(crate) late_now: u64,
    /// What the user gave to begin with has been put in.
    started: bool,
    starting: bool,
}

/// What needs the bounds of the types; known as soon as the pipeline has been run or looked at once.
struct Known<K, V> {
    commit: fn(&mut Shard<K, V>),
    rollback: fn(&mut Shard<K, V>),
    shape: fn() -> String,
    codec: Codec<HeldSlot<K, V>>,
    seed: u64,
    /// The batch clock at the first look.
    opened: i64,
}

/// Keys that have lost their value.
const GONE: &str = "gone";
/// What holds for all keys. Behind the values.
const CLOCK: &str = "clock";

/// The watermark, has the stream been concluded, the latest event time, late records, have the first states been put in.
type Clock = (i64, bool, i64, u64, bool);

impl<K: StoredKey, V: Kept> Saves for HeldSlot<K, V> {
    const TABLES: &'static [TableLayout] =
        &[TableLayout::of::<K, V>(VALUES), TableLayout::of::<K, ()>(GONE), TableLayout::own::<Clock>(CLOCK)];

    fn save(&self, saving: &mut Saving<'_>) {
        let (all, fraction, shards) = (saving.all, saving.fraction, &self.shards);
        let numbers: Vec<Vec<u32>> =
            shards.iter().enumerate().map(|(n, shard)| shard.values.numbers_in(all, n, fraction)).collect();
        let rows = || {
            let shards = shards.iter().zip(&numbers);
            shards.flat_map(|(shard, numbers)| {
                numbers.iter().map(|number| (shard.keys.key(*number), shard.values.value(*number)))
            })
        };
        saving.table(VALUES, |out| out.rows(0, rows().filter_map(|(key, value)| Some((key, value.as_ref()?)))));
        saving.table(GONE, |out| out.rows(0, rows().filter(|(_, value)| value.is_none()).map(|(key, _)| (key, &()))));
        let clock: Clock = (
            self.watermark_now,
            self.concluded_now,
            self.latest_now,
            self.late + self.late_now,
            self.started || self.starting,
        );
        let before = (self.watermark, self.concluded, self.latest, self.late, self.started);
        if saving.fraction.is_last() && (saving.all || clock != before) {
            saving.table(CLOCK, |out| out.row(0, &(), &clock));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        let Some(Known { seed, .. }) = self.known else { return Ok(()) };
        let (lanes, shards) = (self.shards.len(), &mut self.shards);
        let mut put = |key: K, value: Option<V>| {
            let shard = &mut shards[lane_of(key.hash(seed), lanes)];
            let number = shard.keys.put(key);
            *shard.touch(number).1 = value;
        };
        match stored.name {
            VALUES => stored.each(|_, key, value| put(key, Some(value))),
            GONE => stored.each(|_, key, ()| put(key, None)),
            CLOCK => stored.each(|_, (), clock: Clock| {
                (self.watermark_now, self.concluded_now, self.latest_now, self.late, self.started) = clock;
            }),
            _ => Ok(()),
        }
    }
}

impl<K, V> Default for HeldSlot<K, V> {
    fn default() -> Self {
        HeldSlot {
            shards: vec![],
            known: None,
            spare: SharedSpare::default(),
            watermark: i64::MIN,
            watermark_now: i64::MIN,
            concluded: false,
            concluded_now: false,
            latest: i64::MIN,
            latest_now: i64::MIN,
            late: 0,
            late_now: 0,
            started: false,
            starting: false,
        }
    }
}

impl<K: StoredKey, V: Kept> HeldSlot<K, V> {
    /// Learns the types and the number of lanes. In the first batch, which puts in what the user gave to begin with, tells when the job was
    /// opened: from then on that times out.
    pub(crate) fn start(&mut self, turn: &Turn<'_>, lanes: usize, shape: fn() -> String) -> Option<i64> {
        if self.known.is_none() {
            self.shards = (0..lanes).map(|_| Shard::new(turn.seed())).collect();
            self.known = Some(Known {
                commit: Shard::commit,
                rollback: Shard::rollback,
                shape,
                codec: Codec::OF,
                seed: turn.seed(),
                opened: turn.now(),
            });
        }
        let first = !self.started && !turn.describes();
        self.starting |= first;
        self.known.as_ref().filter(|_| first).map(|known| known.opened)
    }
}

impl<K, V> SlotApi for HeldSlot<K, V> {
    fn commit(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.commit);
        self.started |= std::mem::take(&mut self.starting);
        self.watermark = self.watermark_now;
        self.concluded = self.concluded_now;
        self.latest = self.latest_now;
        self.late += std::mem::take(&mut self.late_now);
    }

    fn rollback(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.rollback);
        self.starting = false;
        self.watermark_now = self.watermark;
        self.concluded_now = self.concluded;
        self.latest_now = self.latest;
        self.late_now = 0;
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        let keys = self.shards.iter().map(Shard::len).sum();
        SlotSize { keys, bytes: self.shards.iter().map(Shard::bytes).sum() }
    }

    fn shape(&self) -> String {
        self.known.as_ref().map_or_else(String::new, |known| (known.shape)())
    }

    fn late(&self) -> u64 {
        self.late
    }

    fn divides(&self) -> bool {
        true
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));

    fn wake_at(&self) -> Option<i64> {
        self.shards.iter().filter_map(Shard::wake_at).min()
    }
}
