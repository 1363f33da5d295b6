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
        // rows that come out of state are one partition
        let index = if chunk.partition == u32::MAX { 0 } else { chunk.partition as usize };
        ChunkInfo { watermark: self.take(turn.now(), index, time), ..chunk }
    }

    fn take(&mut self, now: i64, index: usize, time: ChunkTime) -> i64 {
        self.know(index + 1, now);
        let partition = &mut self.partitions[index];
        let watermark = partition.max.saturating_sub(time.disorder);
        if time.max > i64::MIN {
            *partition = Partition { max: partition.max.max(time.max), seen: now };
        }
        watermark
    }

    /// Makes room for so many partitions; what was before the batch is kept for a rollback.
    fn know(&mut self, partitions: usize, now: i64) {
        if self.undo.is_none() {
            self.undo = Some(self.partitions.clone());
        }
        if self.partitions.len() < partitions {
            self.partitions.resize(partitions, Partition { max: i64::MIN, seen: now });
        }
    }

    /// The watermark after this batch: the minimum over the partitions that have not ended and are not idle.
    pub fn watermark(&mut self, turn: &Turn<'_>, known: &[PartitionState], disorder: Duration) -> i64 {
        if turn.input_ended() { i64::MAX } else { self.reach(turn.now(), known, super::micros(disorder)) }
    }

    fn reach(&mut self, now: i64, known: &[PartitionState], disorder: i64) -> i64 {
        self.know(known.len(), now);
        let idle = |partition: &Partition, state: &PartitionState| state.waiting && now - partition.seen >= IDLE;
        let partitions = self.partitions.iter().zip(known);
        let active = partitions.filter(|(partition, state)| !state.ended && !idle(partition, state));
        let slowest = active.map(|(partition, _)| partition.max).min();
        // where all have ended but more may come, such as files in a watched directory, what they reached holds
        let all_ended = !known.is_empty() && known.iter().all(|state| state.ended);
        let reached =
            slowest.or_else(|| self.partitions.iter().map(|partition| partition.max).max().filter(|_| all_ended));
        self.next = self.announced.max(reached.unwrap_or(i64::MIN).saturating_sub(disorder));
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

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        SlotSize { keys: self.partitions.len(), bytes: self.partitions.capacity() * size_of::<Partition>() }
    }

    fn shape(&self) -> String {
        "partition -> timestamp".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(times: &[i64]) -> ChunkTime {
        let mut time = ChunkTime::new(Duration::from_micros(2));
        times.iter().for_each(|at| {
            time.observe(*at);
        });
        time
    }

    const OPEN: PartitionState = PartitionState::NEVER_ENDING;
    const WAITING: PartitionState = PartitionState { waiting: true, ..OPEN };
    const ENDED: PartitionState = PartitionState { ended: true, ..OPEN };

    #[test]
    fn a_record_carries_the_watermark_before_it() {
        let mut time = ChunkTime::new(Duration::from_micros(2));
        let stamps = [5, 9, 7].map(|at| time.observe(at).watermark);
        assert_eq!(stamps, [i64::MIN, 3, 7]);
    }

    #[test]
    fn the_slowest_partition_holds_the_watermark() {
        let mut slot = TimeSlot::default();
        assert_eq!(slot.take(0, 0, seen(&[10, 50])), i64::MIN);
        assert_eq!(slot.take(0, 0, seen(&[40])), 48, "known from the chunk before");
        assert_eq!(slot.reach(0, &[OPEN, OPEN], 2), i64::MIN, "one has not spoken yet");
        slot.take(0, 1, seen(&[20]));
        assert_eq!(slot.reach(0, &[OPEN, OPEN], 2), 18);
        slot.commit();
        assert_eq!(slot.reach(0, &[OPEN, ENDED], 2), 48, "who has ended holds nobody back");
    }

    #[test]
    fn where_all_have_ended_their_times_hold() {
        let mut slot = TimeSlot::default();
        slot.take(0, 0, seen(&[50]));
        slot.take(0, 1, seen(&[70]));
        assert_eq!(slot.reach(0, &[ENDED, ENDED], 2), 68);
        assert_eq!(TimeSlot::default().reach(0, &[], 2), i64::MIN);
    }

    #[test]
    fn a_watermark_never_goes_back() {
        let mut slot = TimeSlot::default();
        slot.take(0, 0, seen(&[50]));
        assert_eq!(slot.reach(0, &[OPEN], 2), 48);
        slot.commit();
        slot.take(0, 1, seen(&[5]));
        assert_eq!(slot.reach(0, &[OPEN, OPEN], 2), 48, "a partition that comes later lies behind");
    }

    #[test]
    fn idle_is_who_was_asked_and_had_nothing_for_half_a_minute() {
        let mut slot = TimeSlot::default();
        slot.take(0, 0, seen(&[50]));
        assert_eq!(slot.reach(IDLE, &[OPEN, OPEN], 2), i64::MIN);
        slot.commit();
        assert_eq!(slot.reach(3 * IDLE, &[OPEN, OPEN], 2), i64::MIN, "its turn to be read has not come");
        assert_eq!(slot.reach(3 * IDLE, &[OPEN, WAITING], 2), 48);
    }

    #[test]
    fn a_batch_is_taken_back() {
        let mut slot = TimeSlot::default();
        slot.take(0, 0, seen(&[50]));
        slot.reach(0, &[OPEN], 2);
        slot.commit();
        slot.take(0, 0, seen(&[90]));
        slot.reach(0, &[OPEN], 2);
        slot.rollback();
        assert_eq!(slot.take(0, 0, seen(&[60])), 48);
        assert_eq!(slot.reach(0, &[OPEN], 2), 58);
    }
}
