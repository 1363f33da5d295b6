//! What the threads of a job are doing, and how long that usually takes: one word a thread, written when a task begins.
//!
//! Nothing is written for a record. A task takes two looks at the clock and two stores, and is about 64 KiB of input.

use super::explain::{Plan, Root, Step};
use super::warning::Straggler;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A part of the body that batches run through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The loop of a segment, by its number in the plan.
    Segment(usize),
    /// What a stage does when it has all records of a batch.
    Fold(usize),
    /// What it does with some of them, before.
    Wave(usize),
    /// The delivery to a sink.
    Sink(usize),
}

/// Who does what since when: thread, part, unit, and milliseconds since the board was made, in one word so that it is read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    thread: usize,
    word: u64,
}

const IDLE: u64 = 0;
const MOST_PARTS: usize = (1 << 10) - 1;
/// What the thread of the job does beside tasks has no number.
const ALONE: usize = (1 << 19) - 1;
/// A straggler takes so many times as long as usual.
const TIMES: u32 = 10;

impl Part {
    fn code(self) -> u64 {
        let (kind, number) = match self {
            Part::Segment(number) => (1, number),
            Part::Fold(number) => (2, number),
            Part::Sink(number) => (3, number),
            Part::Wave(number) => (4, number),
        };
        kind << 10 | number.min(MOST_PARTS) as u64
    }

    fn of_code(code: u64) -> Option<Self> {
        let number = code as usize & MOST_PARTS;
        match code >> 10 {
            1 => Some(Part::Segment(number)),
            2 => Some(Part::Fold(number)),
            3 => Some(Part::Sink(number)),
            4 => Some(Part::Wave(number)),
            _ => None,
        }
    }
}

fn word(part: u64, unit: usize, nanos: u64) -> u64 {
    // rounded up: nothing runs for longer than is told
    part << 51 | (unit.min(ALONE) as u64) << 32 | nanos.div_ceil(1_000_000) & u64::from(u32::MAX)
}

/// The last durations of a part, in microseconds.
#[derive(Default)]
struct Usual {
    seen: AtomicUsize,
    last: [AtomicU32; 32],
}

/// With fewer there is nothing to compare with.
const ENOUGH: usize = 5;

impl Usual {
    fn note(&self, took: Duration) {
        let place = self.seen.fetch_add(1, Relaxed) % self.last.len();
        self.last[place].store(u32::try_from(took.as_micros()).unwrap_or(u32::MAX), Relaxed);
    }

    fn median(&self) -> Option<Duration> {
        let seen = self.seen.load(Relaxed).min(self.last.len());
        let mut last: Vec<u32> = self.last[..seen].iter().map(|took| took.load(Relaxed)).collect();
        let (_, median, _) = (seen >= ENOUGH).then(|| last.select_nth_unstable(seen / 2))?;
        Some(Duration::from_micros(u64::from(*median)))
    }
}

/// The blocks of the batch in work, by source: the partition of each, and the names of partitions.
#[derive(Default)]
struct Blocks {
    partitions: Vec<u32>,
    names: Vec<(u32, String)>,
}

/// What the threads of a job are doing.
pub(crate) struct Board {
    began: Instant,
    limit: Duration,
    plan: Plan,
    threads: Vec<AtomicU64>,
    /// The part that the thread of the job is in, with the tasks of all threads, and since when it has been on it alone.
    part: AtomicU64,
    since: AtomicU64,
    /// By part: its tasks, and what the thread of the job does alone.
    usual: Vec<[Usual; 2]>,
    /// Is somebody told while tasks run? Only then are partitions named.
    watched: bool,
    blocks: Vec<Mutex<Blocks>>,
    sinks: OnceLock<Vec<String>>,
    /// Of each part the longest that has ended.
    ended: Mutex<Vec<Straggler>>,
}

impl Board {
    pub fn new(plan: Plan, threads: usize, limit: Duration, watched: bool) -> Self {
        let steps = plan.segments.iter().flat_map(|segment| segment.steps);
        let sinks = steps.filter(|step| matches!(step, Step::Sink(_))).count();
        let parts = plan.segments.len() + 2 * plan.stages.len() + sinks;
        Board {
            began: Instant::now(),
            limit,
            plan,
            threads: (0..threads).map(|_| AtomicU64::new(IDLE)).collect(),
            part: AtomicU64::new(IDLE),
            since: AtomicU64::new(0),
            usual: (0..parts).map(|_| Default::default()).collect(),
            watched,
            blocks: (0..plan.sources).map(|_| Mutex::default()).collect(),
            sinks: OnceLock::new(),
            ended: Mutex::default(),
        }
    }

    /// One that nobody looks at.
    pub fn idle() -> Self {
        Board::new(Plan { file: "", sources: 0, stages: &[], segments: &[] }, 1, Duration::MAX, false)
    }

    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// What the sinks are called.
    pub fn name_sinks(&self, names: &[String]) {
        let _ = self.sinks.set(names.to_owned());
    }

    /// The blocks of a source that are worked on next.
    pub fn blocks(&self, source: u32, partitions: &[u32], name: &dyn Fn(u32) -> String) {
        if let (true, Some(blocks)) = (self.watched, self.blocks.get(source as usize)) {
            let mut blocks = blocks.lock().unwrap_or_else(PoisonError::into_inner);
            blocks.partitions.clear();
            blocks.partitions.extend_from_slice(partitions);
            let mut distinct = partitions.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            if !blocks.names.iter().map(|(partition, _)| partition).eq(&distinct) {
                blocks.names = distinct.into_iter().map(|partition| (partition, name(partition))).collect();
            }
        }
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn usual(&self, part: Part, alone: bool) -> Option<&Usual> {
        let (segments, stages) = (self.plan.segments.len(), self.plan.stages.len());
        let place = match part {
            Part::Segment(number) => number,
            Part::Fold(number) => segments + number,
            Part::Wave(number) => segments + stages + number,
            Part::Sink(number) => segments + 2 * stages + number,
        };
        self.usual.get(place).map(|usual| &usual[usize::from(alone)])
    }

    /// Which part the thread of the job is in.
    pub fn part(&self) -> Option<Part> {
        Part::of_code(self.part.load(Relaxed))
    }

    /// The thread of the job enters a part.
    pub fn enter(&self, part: Part) {
        let now = self.nanos();
        self.done_alone(now);
        self.part.store(part.code(), Relaxed);
        self.alone(now);
    }

    /// It has left the body.
    pub fn leave(&self) {
        self.done_alone(self.nanos());
        self.part.store(IDLE, Relaxed);
        self.threads[0].store(IDLE, Relaxed);
    }

    /// It waits for the tasks of others.
    pub fn wait(&self) {
        self.threads[0].store(IDLE, Relaxed);
    }

    /// It goes on, alone.
    pub fn resume(&self) {
        self.alone(self.nanos());
    }

    fn alone(&self, now: u64) {
        self.since.store(now, Relaxed);
        let part = self.part.load(Relaxed);
        self.threads[0].store(if part == IDLE { IDLE } else { word(part, ALONE, now) }, Relaxed);
    }

    fn done_alone(&self, now: u64) {
        self.done(self.part.load(Relaxed), ALONE, now.saturating_sub(self.since.load(Relaxed)));
    }

    fn done(&self, part: u64, unit: usize, nanos: u64) {
        let took = Duration::from_nanos(nanos);
        let Some(part) = Part::of_code(part) else { return };
        let Some(usual) = self.usual(part, unit == ALONE) else { return };
        if took >= self.limit && self.is_slow(usual, took) {
            let straggler = self.straggler(part, unit, took);
            let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            match ended.iter_mut().find(|known| known.stage == straggler.stage && known.at == straggler.at) {
                Some(known) if known.running < took => *known = straggler,
                Some(_) => {}
                None => ended.push(straggler),
            }
        }
        usual.note(took);
    }

    fn is_slow(&self, usual: &Usual, took: Duration) -> bool {
        let usual = usual.median().unwrap_or(self.limit);
        took >= self.limit.max(usual.saturating_mul(TIMES))
    }

    /// Runs a task of the part that the thread of the job is in. That is thread 0.
    pub fn task<R>(&self, thread: usize, unit: usize, run: impl FnOnce() -> R) -> R {
        let began = self.nanos();
        if thread == 0 {
            self.done_alone(began);
        }
        let part = self.part.load(Relaxed);
        let unit = unit.min(ALONE - 1);
        if let Some(doing) = self.threads.get(thread) {
            doing.store(if part == IDLE { IDLE } else { word(part, unit, began) }, Relaxed);
        }
        let result = run();
        let ended = self.nanos();
        self.done(part, unit, ended.saturating_sub(began));
        match self.threads.get(thread) {
            Some(_) if thread == 0 => self.alone(ended),
            Some(doing) => doing.store(IDLE, Relaxed),
            None => {}
        }
        result
    }

    /// What has run for too long at this moment.
    pub fn stragglers(&self) -> Vec<(Task, Straggler)> {
        let words = self.threads.iter().map(|word| word.load(Relaxed)).enumerate();
        let slow = words.filter_map(|(thread, word)| {
            let (part, unit) = (Part::of_code(word >> 51)?, (word >> 32) as usize & ALONE);
            // a difference has room for 24 days
            let millis = ((self.nanos() / 1_000_000) as u32).wrapping_sub(word as u32) as i32;
            let running = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
            let usual = self.usual(part, unit == ALONE)?;
            self.is_slow(usual, running).then(|| (Task { thread, word }, self.straggler(part, unit, running)))
        });
        slow.collect()
    }

    /// Of each part the longest that has ended.
    pub fn ended(&self) -> Vec<Straggler> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn straggler(&self, part: Part, unit: usize, running: Duration) -> Straggler {
        let (stage, line) = self.stage(part, unit == ALONE);
        let at = if line == 0 { self.plan.file.to_owned() } else { format!("{}:{line}", self.plan.file) };
        let usual = self.usual(part, unit == ALONE).and_then(Usual::median);
        let part = if unit == ALONE { String::new() } else { self.unit(part, unit) };
        Straggler { stage, at, part, running, usual }
    }

    /// The stages of a part, and the line of the first of them.
    fn stage(&self, part: Part, alone: bool) -> (String, u32) {
        let stages = self.plan.stages;
        let named = |number: usize| stages.get(number).map_or(("", 0), |stage| (stage.name, stage.line));
        let names = match part {
            Part::Fold(number) | Part::Wave(number) => vec![named(number)],
            Part::Sink(number) => return (self.sink(number), 0),
            Part::Segment(number) => {
                let Some(segment) = self.plan.segments.get(number) else { return (String::new(), 0) };
                let into = segment.steps.iter().filter_map(|step| match step {
                    Step::Into(state) => stages.iter().find(|stage| stage.slot.unwrap_or(stage.name) == *state),
                    _ => None,
                });
                let into: Vec<_> = into.map(|stage| (stage.name, stage.line)).collect();
                let of_source = matches!(segment.root, Root::Source(_));
                // on one thread the states that take the records do so between the tasks
                if of_source && alone && !into.is_empty() {
                    into
                } else {
                    let root = match segment.root {
                        Root::Source(_) => None,
                        Root::Stage(number) | Root::Side(_, number) => Some(named(number)),
                    };
                    let fused = segment.steps.iter().filter_map(|step| match step {
                        Step::Stage(number) => Some(named(*number)),
                        _ => None,
                    });
                    root.into_iter().chain(fused).chain(into).collect()
                }
            }
        };
        match names.first() {
            Some((_, line)) => (names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" -> "), *line),
            // from a source to a sink
            None => ("source".to_owned(), 0),
        }
    }

    fn sink(&self, number: usize) -> String {
        self.sinks
            .get()
            .and_then(|sinks| sinks.get(number))
            .map_or_else(|| "sink".to_owned(), |name| format!("to {name}"))
    }

    fn unit(&self, part: Part, unit: usize) -> String {
        let root = match part {
            Part::Segment(number) => self.plan.segments.get(number).map(|segment| segment.root),
            Part::Fold(_) | Part::Wave(_) | Part::Sink(_) => None,
        };
        let Some(Root::Source(source)) = root else { return format!("lane {}", unit + 1) };
        let Some(blocks) = self.blocks.get(source) else { return String::new() };
        let blocks = blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let name = blocks
            .partitions
            .get(unit)
            .and_then(|partition| blocks.names.iter().find(|(named, _)| named == partition).map(|(_, name)| name));
        match name {
            Some(name) => format!("block {} of {}, from {name}", unit + 1, blocks.partitions.len()),
            None => format!("block {}", unit + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_part_unit_and_time() {
        for (part, unit, nanos) in [
            (Part::Segment(0), 0, 0),
            (Part::Fold(7), 63, 5_000_000),
            (Part::Sink(2), ALONE, u64::MAX),
            (Part::Wave(MOST_PARTS), 1, 1),
        ] {
            let word = word(part.code(), unit, nanos);
            assert_ne!(word, IDLE);
            assert_eq!(Part::of_code(word >> 51), Some(part));
            assert_eq!((word >> 32) as usize & ALONE, unit);
            assert_eq!(word as u32, nanos.div_ceil(1_000_000) as u32);
        }
    }

    #[test]
    fn what_is_usual_is_the_median_of_the_last_ones() {
        let usual = Usual::default();
        for micros in [1, 1_000, 3, 2] {
            usual.note(Duration::from_micros(micros));
            assert_eq!(usual.median(), None);
        }
        usual.note(Duration::from_micros(4));
        assert_eq!(usual.median(), Some(Duration::from_micros(3)));
        for _ in 0..32 {
            usual.note(Duration::from_micros(8));
        }
        assert_eq!(usual.median(), Some(Duration::from_micros(8)));
    }
}
