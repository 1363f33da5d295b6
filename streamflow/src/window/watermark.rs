//! Watermarks: how far event time has come in each partition, and in all.

use super::EventStamp;
use crate::job::turn::{ChunkInfo, PartitionState, Turn};
use crate::state::{SlotApi, SlotSize};
use std::time::Duration;

/// A partition without records for this long no longer holds the others back.
const IDLE: i64 = 30_000_000;

/// How far a chunk has come: the running maximum of its timestamps.
#[derive(Clone, Copy, Debug)]
pub struct ChunkTime {
    max: i64,
    disorder: i64,
}

impl ChunkTime {
    pub fn new(disorder: Duration) -> Self {
        ChunkTime { max: i64::MIN, disorder: super::micros(disorder) }
    }

    /// Takes the timestamp of the next record; the stamp carries the watermark *before* it.
    #[inline(always)]
    pub fn observe(&mut self, time: i64) -> EventStamp {
        let watermark = self.max.saturating_sub(self.disorder);
        self.max = self.max.max(time);
        EventStamp { time, watermark }
    }
}

#[derive(Clone, Copy)]
struct Partition {
    max: i64,
    /// The batch clock at its last record.
    seen: i64,
}

/// The timestamps of a stream: the maximum of each partition. State of the engine, taken back like any other.
pub struct TimeSlot {
    partitions: Vec<Partition>,
    undo: Option<Vec<Partition>>,
    /// What has been announced; a watermark never goes back.
    announced: i64,
    next: i64,
}

impl Default for TimeSlot {
    fn default() -> Self {
        TimeSlot { partitions: vec![], undo: None, announced: i64::MIN, next: i64::MIN }
    }
}

impl TimeSlot {
    /// Takes what a chunk saw, in chunk order, and tells the watermark of its partition before it.
    pub fn absorb(&mut self, turn: &Turn<'_>, chunk: ChunkInfo, time: ChunkTime) -> ChunkInfo {
        if self.undo.is_none() {
            self.undo = Some(self.partitions.clone());
        }
        // rows that come out of state are one partition
        let index = if chunk.partition == u32::MAX { 0 } else { chunk.partition as usize };
        let now = turn.now();
        if self.partitions.len() <= index {
            self.partitions.resize(index + 1, Partition { max: i64::MIN, seen: now });
        }
        let partition = &mut self.partitions[index];
        let watermark = partition.max.saturating_sub(time.disorder);
        if time.max > i64::MIN {
            *partition = Partition { max: partition.max.max(time.max), seen: now };
        }
        ChunkInfo { watermark, ..chunk }
    }

    /// The watermark after this batch: the minimum over the partitions that have not ended and are not idle.
    pub fn watermark(&mut self, turn: &Turn<'_>, known: &[PartitionState], disorder: Duration) -> i64 {
        if turn.last() {
            return i64::MAX;
        }
        let now = turn.now();
        self.partitions.resize(self.partitions.len().max(known.len()), Partition { max: i64::MIN, seen: now });
        let active = self.partitions.iter().zip(known);
        let active =
            active.filter(|(partition, state)| !state.ended && !(state.waiting && now - partition.seen >= IDLE));
        let reached = active.map(|(partition, _)| partition.max).min();
        let reached = reached.unwrap_or(i64::MIN).saturating_sub(super::micros(disorder));
        self.next = self.announced.max(reached);
        self.next
    }
}

impl SlotApi for TimeSlot {
    fn commit(&mut self) {
        self.undo = None;
        self.announced = self.next;
    }

    fn rollback(&mut self) {
        if let Some(old) = self.undo.take() {
            self.partitions = old;
        }
        self.next = self.announced;
    }

    fn size(&self) -> SlotSize {
        SlotSize { keys: self.partitions.len(), bytes: self.partitions.capacity() * size_of::<Partition>() }
    }

    fn shape(&self) -> String {
        "partition -> timestamp".to_owned()
    }
}
