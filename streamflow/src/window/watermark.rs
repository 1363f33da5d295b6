//! Watermarks: how far event time has come in each partition, in each stream, and in all that a stage reads.

use super::EventStamp;
use crate::flow::TimeRules;
use crate::job::turn::{ChunkInfo, Reading, Turn};
use crate::state::codec::ReadError;
use crate::state::save::{Saving, Stored, Table};
use crate::state::{SlotApi, SlotSize};

/// How far a chunk has come: the running maximum of its timestamps.
#[derive(Clone, Copy, Debug)]
pub struct ChunkTime {
    max: i64,
    /// What the maximum says to the records behind it.
    watermark: i64,
    disorder: i64,
    /// Timestamps behind this are ahead of the clock: they are believed, but move nothing.
    believed: i64,
    /// Records are judged by what was announced before the batch, not by each other.
    per_batch: bool,
}

impl ChunkTime {
    pub fn new(turn: &Turn<'_>, rules: &impl TimeRules) -> Self {
        Self::at(turn.now(), rules)
    }

    fn at(now: i64, rules: &impl TimeRules) -> Self {
        let believed = now.saturating_add(rules.ahead());
        let (max, watermark) = (i64::MIN, i64::MIN);
        ChunkTime { max, watermark, disorder: rules.disorder(), believed, per_batch: rules.per_batch() }
    }

    /// Takes the timestamp of the next record; the stamp carries the watermark *before* it.
    #[inline(always)]
    pub fn observe(&mut self, time: i64) -> EventStamp {
        let stamp = EventStamp { time, watermark: self.watermark };
        if time > self.max && time <= self.believed {
            self.advance(time);
        }
        stamp
    }

    /// A branch, not a selection: records in order always take it, records far out of order nearly never.
    #[inline(always)]
    fn advance(&mut self, time: i64) {
        std::hint::cold_path();
        self.max = time;
        if !self.per_batch {
            self.watermark = time.saturating_sub(self.disorder);
        }
    }
}

#[derive(Clone, Copy)]
struct Partition {
    max: i64,
    /// The batch clock at its last record.
    seen: i64,
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// To this moment.
    Until(i64),
    /// To this moment by the fastest of its partitions; all of them have been silent for so long that they hold nobody back.
    Idle(i64),
    /// Nothing will come any more; this moment was the last.
    Ended(i64),
}

/// The watermark of a stage: the minimum over the streams that it reads, but for those that are idle or have ended.
pub fn slowest(turn: &Turn<'_>, streams: &[Reached]) -> i64 {
    if turn.input_ended() { i64::MAX } else { slowest_of(streams) }
}

/// The same where `#![watermark = max]` stands: the stream that has come farthest decides, also when it is idle or has ended.
pub fn fastest(turn: &Turn<'_>, streams: &[Reached]) -> i64 {
    if turn.input_ended() { i64::MAX } else { fastest_of(streams) }
}

fn fastest_of(streams: &[Reached]) -> i64 {
    let open = |stream: &Reached| !matches!(stream, Reached::Ended(_));
    if !streams.is_empty() && !streams.iter().any(open) {
        return i64::MAX;
    }
    let moment = |stream: &Reached| match stream {
        Reached::Until(moment) | Reached::Idle(moment) | Reached::Ended(moment) => *moment,
    };
    streams.iter().map(moment).max().unwrap_or(i64::MIN)
}

fn slowest_of(streams: &[Reached]) -> i64 {
    let until = |stream: &Reached| if let Reached::Until(moment) = stream { Some(*moment) } else { None };
    let idle = |stream: &Reached| if let Reached::Idle(moment) = stream { Some(*moment) } else { None };
    match streams.iter().filter_map(until).min() {
        Some(moment) => moment,
        None if streams.is_empty() => i64::MIN,
        // where all are silent nobody is waited for, so the fastest one decides, as in Flink
        None => streams.iter().filter_map(idle).max().unwrap_or(i64::MAX),
    }
}

/// The timestamps of a stream: the maximum of each partition. State of the engine, taken back like any other.
pub struct TimeSlot {
    partitions: Vec<Partition>,
    undo: Option<Vec<Partition>>,
    /// What has been announced; a watermark never goes back.
    announced: i64,
    next: i64,
    /// When the slowest partition will have been silent for too long.
    wake: Option<i64>,
    /// Out of a checkpoint, in no batch yet: nobody has been silent while the job did not run.
    restored: bool,
}

/// By number of the partition, its maximum.
const PARTITIONS: &str = "partitions";
/// What has been announced.
const ANNOUNCED: &str = "announced";

impl Default for TimeSlot {
    fn default() -> Self {
        TimeSlot { partitions: vec![], undo: None, announced: i64::MIN, next: i64::MIN, wake: None, restored: false }
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
        let watermark = if time.per_batch { self.announced } else { partition.max.saturating_sub(time.disorder) };
        if time.max > i64::MIN {
            *partition = Partition { max: partition.max.max(time.max), seen: now };
        }
        watermark
    }

    /// Makes room for so many partitions; what was before the batch is kept for a rollback.
    fn know(&mut self, partitions: usize, now: i64) {
        if std::mem::take(&mut self.restored) {
            self.partitions.iter_mut().for_each(|partition| partition.seen = now);
        }
        if self.undo.is_none() {
            self.undo = Some(self.partitions.clone());
        }
        if self.partitions.len() < partitions {
            self.partitions.resize(partitions, Partition { max: i64::MIN, seen: now });
        }
    }

    /// How far the stream has come after this batch: the minimum over the partitions that have not ended and are not idle.
    pub fn reach(&mut self, turn: &Turn<'_>, reading: Reading<'_>, rules: &impl TimeRules) -> Reached {
        self.reached(turn.now(), reading, rules)
    }

    fn reached(&mut self, now: i64, reading: Reading<'_>, rules: &impl TimeRules) -> Reached {
        let known = reading.partitions;
        self.know(known.len(), now);
        let silent = |partition: &Partition| partition.seen.saturating_add(rules.idle());
        let partitions = self.partitions.iter().zip(known).filter(|(_, state)| !state.ended);
        let active = partitions.filter(|(partition, state)| !(state.waiting && silent(partition) <= now));
        let slowest = active.map(|(partition, _)| partition).min_by_key(|partition| partition.max);
        // a partition whose turn has not come is not idle when it wakes the job; then it does not wake it again
        self.wake = slowest.map(silent).filter(|moment| *moment > now);
        // where all are silent, or have ended but more may come, such as files in a watched directory, what they reached holds
        let last = self.partitions.iter().map(|partition| partition.max).max();
        let all_ended = !known.is_empty() && known.iter().all(|state| state.ended);
        let reached = slowest.map(|partition| partition.max).or(last);
        self.next = self.announced.max(reached.unwrap_or(i64::MIN).saturating_sub(rules.disorder()));
        if reading.ended {
            Reached::Ended(self.next)
        } else if slowest.is_none() && !all_ended {
            Reached::Idle(self.next)
        } else {
            Reached::Until(self.next)
        }
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

    fn wake_at(&self) -> Option<i64> {
        self.wake
    }

    fn tables(&self) -> Option<Vec<Table>> {
        Some(vec![Table::of::<u32, i64>(PARTITIONS), Table::of::<(), i64>(ANNOUNCED)])
    }

    fn save(&self, saving: &mut Saving<'_>) {
        let before = self.undo.as_ref().unwrap_or(&self.partitions);
        let numbers: Vec<u32> = (0..self.partitions.len() as u32).collect();
        let changed = |number: &&u32| {
            let at = **number as usize;
            saving.all || before.get(at).is_none_or(|before| before.max != self.partitions[at].max)
        };
        let changed: Vec<&u32> = numbers.iter().filter(changed).collect();
        saving.table(PARTITIONS, |out| {
            out.rows(0, changed.into_iter().map(|number| (number, &self.partitions[*number as usize].max)));
        });
        if saving.all || self.next != self.announced {
            saving.table(ANNOUNCED, |out| out.row(0, &(), &self.next));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError> {
        self.restored = true;
        // the first batch says who is silent
        self.wake = Some(i64::MIN);
        match stored.name {
            PARTITIONS => {
                let mut ordered = true;
                stored.each(|_, number: u32, max| match self.partitions.get_mut(number as usize) {
                    Some(partition) => partition.max = max,
                    None => {
                        ordered &= number as usize == self.partitions.len();
                        self.partitions.push(Partition { max, seen: 0 });
                    }
                })?;
                if ordered { Ok(()) } else { Err(ReadError::new("partitions are not in order")) }
            }
            _ => stored.each(|_, (), announced| self.next = announced),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::turn::PartitionState;

    /// Disorder 2, idle after 30, five ahead.
    struct Rules {
        per_batch: bool,
    }

    impl TimeRules for Rules {
        fn disorder(&self) -> i64 {
            2
        }
        fn idle(&self) -> i64 {
            30
        }
        fn ahead(&self) -> i64 {
            5
        }
        fn per_batch(&self) -> bool {
            self.per_batch
        }
    }

    const RULES: Rules = Rules { per_batch: false };

    fn seen(times: &[i64]) -> ChunkTime {
        let mut time = ChunkTime::at(1_000, &RULES);
        times.iter().for_each(|at| {
            time.observe(*at);
        });
        time
    }

    const OPEN: PartitionState = PartitionState::NEVER_ENDING;
    const WAITING: PartitionState = PartitionState { waiting: true, ..OPEN };
    const ENDED: PartitionState = PartitionState { ended: true, ..OPEN };

    fn reach(slot: &mut TimeSlot, now: i64, partitions: &[PartitionState]) -> Reached {
        slot.reached(now, Reading { partitions, ended: false }, &RULES)
    }

    #[test]
    fn a_record_carries_the_watermark_before_it() {
        let mut time = ChunkTime::at(1_000, &RULES);
        let stamps = [5, 9, 7].map(|at| time.observe(at).watermark);
        assert_eq!(stamps, [i64::MIN, 3, 7]);
    }

    #[test]
    fn a_timestamp_ahead_of_the_clock_moves_nothing() {
        let mut time = ChunkTime::at(100, &RULES);
        let stamps = [90, 105, 106, 91].map(|at| time.observe(at).watermark);
        assert_eq!(stamps, [i64::MIN, 88, 103, 103], "105 is believed, 106 is not");
        assert_eq!(time.max, 105);
    }

    #[test]
    fn judged_by_batches_records_see_what_was_announced() {
        let mut slot = TimeSlot::default();
        let rules = Rules { per_batch: true };
        let mut time = ChunkTime::at(1_000, &rules);
        assert_eq!([50, 10].map(|at| time.observe(at).watermark), [i64::MIN; 2]);
        assert_eq!(slot.take(0, 0, time), i64::MIN);
        assert_eq!(slot.take(0, 0, time), i64::MIN, "of the same batch");
        reach(&mut slot, 0, &[OPEN]);
        slot.commit();
        assert_eq!(slot.take(0, 0, time), 48);
    }

    #[test]
    fn the_slowest_partition_holds_the_watermark() {
        let mut slot = TimeSlot::default();
        assert_eq!(slot.take(0, 0, seen(&[10, 50])), i64::MIN);
        assert_eq!(slot.take(0, 0, seen(&[40])), 48, "known from the chunk before");
        assert_eq!(reach(&mut slot, 0, &[OPEN, OPEN]), Reached::Until(i64::MIN), "one has not spoken yet");
        slot.take(0, 1, seen(&[20]));
        assert_eq!(reach(&mut slot, 0, &[OPEN, OPEN]), Reached::Until(18));
        slot.commit();
        assert_eq!(reach(&mut slot, 0, &[OPEN, ENDED]), Reached::Until(48), "who has ended holds nobody back");
    }

    #[test]
    fn where_all_have_ended_their_times_hold() {
        let mut slot = TimeSlot::default();
        slot.take(0, 0, seen(&[50]));
        slot.take(0, 1, seen(&[70]));
        assert_eq!(reach(&mut slot, 0, &[ENDED, ENDED]), Reached::Until(68));
        assert_eq!(reach(&mut TimeSlot::default(), 0, &[]), Reached::Idle(i64::MIN));
        assert_eq!(slot.reached(0, Reading { partitions: &[ENDED, ENDED], ended: true }, &RULES), Reached::Ended(68));
    }

    #[test]
    fn the_slowest_stream_holds_a_stage() {
        use Reached::{Ended, Idle, Until};
        for (streams, expected) in [
            (&[Until(5), Until(3)][..], 3),
            (&[Until(5), Idle(9)], 5),
            (&[Until(5), Ended(9)], 5),
            (&[Idle(3), Idle(7), Ended(9)], 7),
            (&[Ended(5), Ended(9)], i64::MAX),
            (&[], i64::MIN),
        ] {
            assert_eq!(slowest_of(streams), expected, "{streams:?}");
        }
    }

    #[test]
    fn the_fastest_stream_takes_a_stage_with_it() {
        use Reached::{Ended, Idle, Until};
        for (streams, expected) in [
            (&[Until(5), Until(3)][..], 5),
            (&[Until(5), Idle(9)], 9),
            (&[Until(5), Until(i64::MIN)], 5),
            (&[Until(5), Ended(9)], 9),
            (&[Ended(5), Ended(9)], i64::MAX),
            (&[], i64::MIN),
        ] {
            assert_eq!(fastest_of(streams), expected, "{streams:?}");
        }
    }

    #[test]
    fn a_watermark_never_goes_back() {
        let mut slot = TimeSlot::default();
        slot.take(0, 0, seen(&[50]));
        assert_eq!(reach(&mut slot, 0, &[OPEN]), Reached::Until(48));
        slot.commit();
        slot.take(0, 1, seen(&[5]));
        assert_eq!(reach(&mut slot, 0, &[OPEN, OPEN]), Reached::Until(48), "a partition that comes later lies behind");
    }

    #[test]
    fn idle_is_who_was_asked_and_had_nothing_for_half_a_minute() {
        let mut slot = TimeSlot::default();
        slot.take(0, 0, seen(&[50]));
        assert_eq!(reach(&mut slot, 0, &[OPEN, OPEN]), Reached::Until(i64::MIN));
        assert_eq!(slot.wake_at(), Some(30), "then the silent one may be idle");
        slot.commit();
        assert_eq!(reach(&mut slot, 90, &[OPEN, OPEN]), Reached::Until(i64::MIN), "its turn to be read has not come");
        assert_eq!(slot.wake_at(), None, "else the job would wake for ever");
        assert_eq!(reach(&mut slot, 90, &[OPEN, WAITING]), Reached::Until(48));
        slot.take(90, 1, seen(&[60]));
        assert_eq!(reach(&mut slot, 91, &[WAITING, WAITING]), Reached::Until(58), "only the first one is silent");
        assert_eq!(reach(&mut slot, 120, &[WAITING, WAITING]), Reached::Idle(58), "the fastest one decides");
    }

    #[test]
    fn a_batch_is_taken_back() {
        let mut slot = TimeSlot::default();
        slot.take(0, 0, seen(&[50]));
        reach(&mut slot, 0, &[OPEN]);
        slot.commit();
        slot.take(0, 0, seen(&[90]));
        reach(&mut slot, 0, &[OPEN]);
        slot.rollback();
        assert_eq!(slot.take(0, 0, seen(&[60])), 48);
        assert_eq!(reach(&mut slot, 0, &[OPEN]), Reached::Until(58));
    }
}
