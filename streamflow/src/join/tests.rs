//! Joins against plain models, whatever the cut into batches and the number of threads.

use super::kind::{FullOuter, Inner, Kind};
use super::run::{JoinRun, less};
use super::side::Held;
use super::slot::JoinSlot;
use super::*;
use crate::BatchInfo;
use crate::job::executor::Executor;
use crate::job::turn::{ChunkInfo, Done, Failure, Polled, Task, Turn};
use crate::source::Signal;
use crate::state::kept::Kept;
use crate::state::{SlotApi, State};
use crate::window::EventStamp;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Key, time, value.
pub(crate) type Record = (u64, i64, u32);
type Row = (Option<u32>, Option<u32>, i64);

pub(crate) fn turn<'t>(executor: &'t Executor, signal: &'t Signal, ended: bool) -> Turn<'t> {
    Turn {
        task: Task::Run,
        batch: BatchInfo { epoch: 1, time: SystemTime::UNIX_EPOCH },
        last: ended,
        input_ended: ended,
        seed: 7,
        chunk_bytes: 1,
        stages: &[],
        panicked: None,
        executor,
        signal,
        skew: None,
        polled: Polled::default(),
        saves: None,
        durable: None,
        outputs: &[],
        seek: &[],
        received: None,
        done: Done::default(),
    }
}

/// The stamps of a partition, and how far it has come.
#[derive(Clone)]
pub(crate) struct Partition {
    max: i64,
    disorder: i64,
}

impl Partition {
    pub fn new(disorder: i64) -> Self {
        Partition { max: i64::MIN, disorder }
    }

    pub fn stamp(&mut self, time: i64) -> EventStamp {
        let stamp = EventStamp { time, watermark: self.watermark() };
        self.max = self.max.max(time);
        stamp
    }

    pub fn watermark(&self) -> i64 {
        self.max.saturating_sub(self.disorder)
    }
}

pub(crate) const CHUNK: ChunkInfo = ChunkInfo { source: 0, partition: 0, first: 0, watermark: i64::MIN };

struct Bench<J> {
    slot: JoinSlot<u64, u32, u32>,
    kind: J,
    rule: Rule,
    lateness: i64,
    left: Partition,
    right: Partition,
    executor: Executor,
    saved: Kept,
}

/// The records of both sides of each key.
pub(crate) fn buffers<L: State, R: State>(slot: &JoinSlot<u64, L, R>) -> BTreeMap<u64, (Vec<Held<L>>, Vec<Held<R>>)> {
    let of_shard = |shard: &'_ super::slot::Shard<u64, L, R>| {
        let buffers = |number: u32| {
            let pair = &shard.pairs[number as usize];
            (*shard.keys.key(number), (pair.left.kept().to_vec(), pair.right.kept().to_vec()))
        };
        shard.keys.living().into_iter().map(buffers).collect::<Vec<_>>()
    };
    slot.shards.iter().flat_map(of_shard).collect()
}

impl<J: Kind<u32, u32, Out = (Option<u32>, Option<u32>)>> Bench<J> {
    fn new(kind: J, rule: Rule, disorder: i64, threads: usize) -> Self {
        let executor = Executor::new(threads).expect("threads");
        let slot = JoinSlot::default();
        let (left, right) = (Partition::new(disorder), Partition::new(disorder));
        Bench { slot, kind, rule, lateness: 0, left, right, executor, saved: Kept::default() }
    }

    fn batch(&mut self, left: &[Record], right: &[Record], ended: bool) -> Result<Vec<Row>, Failure> {
        let watermark = |bench: &Self| bench.left.watermark().min(bench.right.watermark());
        self.step(left, right, ended, watermark)
    }

    fn step(
        &mut self,
        left: &[Record],
        right: &[Record],
        ended: bool,
        watermark: impl Fn(&Self) -> i64,
    ) -> Result<Vec<Row>, Failure> {
        let stamps = |partition: &mut Partition, records: &[Record]| {
            records.iter().map(|record| partition.stamp(record.1)).collect::<Vec<_>>()
        };
        let (lefts, rights) = (stamps(&mut self.left, left), stamps(&mut self.right, right));
        let reached = if ended { i64::MAX } else { watermark(self) };
        let signal = Signal::default();
        let turn = turn(&self.executor, &signal, ended);
        let rule = (self.rule, self.lateness);
        let mut run = JoinRun::<u64, u64, u64, u32, u32, J>::new(&mut self.slot, &self.kind, rule, &turn, 0);
        let mut bucket = run.buckets().bucket();
        left.iter().zip(lefts).for_each(|(record, stamp)| bucket.feed(&(), record.2, record.0, stamp, 1));
        run.absorb(&turn, CHUNK, bucket)?;
        let mut bucket = run.buckets_1().bucket();
        right.iter().zip(rights).for_each(|(record, stamp)| bucket.feed(&(), record.2, record.0, stamp, 1));
        run.absorb_1(&turn, CHUNK, bucket)?;
        run.fold(&turn, reached)?;
        let mut all = vec![];
        run.rows(
            &turn,
            Vec::new,
            |rows, mut leaf| {
                rows.each(|(left, right), stamp| {
                    let pair = left.is_some() && right.is_some();
                    let per_pair = matches!(self.rule, Rule::Within(_, Judged::PerPair));
                    let late = stamp.time < less(stamp.watermark, self.lateness);
                    assert!(!pair || per_pair || !late, "late at once");
                    leaf.push((left, right, stamp.time));
                });
                (leaf, 0)
            },
            |_, leaf: Vec<Row>| {
                all.extend(leaf);
                Ok(())
            },
        )?;
        Ok(all)
    }

    /// A batch that is final.
    fn commit(&mut self, left: &[Record], right: &[Record], ended: bool) -> Vec<Row> {
        let rows = self.batch(left, right, ended).expect("no panic");
        self.saved.commit(&mut self.slot);
        rows
    }

    /// Goes on with what was saved.
    fn restart(&mut self) {
        let mut slot = JoinSlot::default();
        slot.know(self.rule, |_| false, 7);
        self.saved.restore(&mut slot);
        assert_eq!(
            (slot.closed, slot.late(), slot.size().keys),
            (self.slot.closed, self.slot.late(), self.slot.size().keys)
        );
        if !matches!(self.rule, Rule::Window(_)) {
            assert_eq!(buffers(&slot), buffers(&self.slot));
        }
        self.slot = slot;
    }

    /// The times that are kept.
    fn kept(&self) -> [Vec<i64>; 2] {
        let pairs = self.slot.shards.iter().flat_map(|shard| &shard.pairs);
        let (mut left, mut right) = (vec![], vec![]);
        for pair in pairs {
            left.extend(pair.left.all().map(|held| held.time));
            right.extend(pair.right.all().map(|held| held.time));
        }
        [left, right]
    }
}

fn inner() -> Inner<impl Fn(&u32, &u32) -> (Option<u32>, Option<u32>) + Sync> {
    Inner(|left: &u32, right: &u32| (Some(*left), Some(*right)))
}

fn full() -> FullOuter<impl Fn(Option<&u32>, Option<&u32>) -> (Option<u32>, Option<u32>) + Sync> {
    FullOuter(|left: Option<&u32>, right: Option<&u32>| (left.copied(), right.copied()))
}

fn micros(micros: i64) -> Bound {
    let length = Duration::from_micros(micros.unsigned_abs());
    if micros < 0 { negative(length) } else { length.into() }
}

fn within(before: i64, after: i64) -> Rule {
    judged(before, after, Judged::PerRecord)
}

fn judged(before: i64, after: i64, judged: Judged) -> Rule {
    Rule::Within(Reach::new(micros(before), micros(after)).expect("not empty"), judged)
}

fn one_key(times: &[i64]) -> Vec<Record> {
    times.iter().map(|time| (1, *time, *time as u32)).collect()
}

/// Flink's watermark `w` says that all up to `w` is there, ours that all before it is.
#[test]
fn buffers_are_cleaned_as_soon_as_nothing_can_match() {
    for (before, after, expected) in [
        (1, 0, [([2, 3, 4, 5].as_slice(), [1, 2, 3, 4, 5].as_slice()), (&[5], &[4, 5]), (&[], &[])]),
        (0, 1, [(&[1, 2, 3, 4, 5], &[2, 3, 4, 5]), (&[4, 5], &[5]), (&[], &[])]),
    ] {
        let mut bench = Bench::new(inner(), within(before, after), 0, 1);
        let all = one_key(&[1, 2, 3, 4, 5]);
        bench.step(&all, &all, false, |_| i64::MIN).expect("no panic");
        bench.slot.commit();
        for (watermark, (left, right)) in [1, 4, 6].into_iter().zip(expected) {
            bench.step(&[], &[], false, |_| watermark + 1).expect("no panic");
            bench.slot.commit();
            assert_eq!(bench.kept(), [left.to_vec(), right.to_vec()], "{before} {after} {watermark}");
        }
        assert_eq!(bench.slot.size().keys, 0, "a key without records is forgotten");
    }
}

#[test]
fn a_pair_is_there_with_its_second_record_and_has_the_later_time() {
    let mut bench = Bench::new(inner(), within(3, 3), 0, 1);
    assert_eq!(bench.commit(&one_key(&[10]), &[], false), []);
    assert_eq!(bench.commit(&[], &one_key(&[8, 12]), false), [(Some(10), Some(8), 10), (Some(10), Some(12), 12)]);
    assert_eq!(
        bench.commit(&one_key(&[13]), &one_key(&[14]), false),
        [(Some(13), Some(12), 13), (Some(13), Some(14), 14),]
    );
}

#[test]
fn who_met_none_gives_one_row_when_the_watermark_has_passed() {
    let mut bench = Bench::new(full(), within(10, 10), 0, 1);
    assert_eq!(bench.commit(&one_key(&[1]), &[(2, 1, 5)], false), []);
    assert_eq!(bench.commit(&one_key(&[11]), &[(2, 11, 6)], false), [], "at the bound it may still match");
    assert_eq!(
        bench.commit(&one_key(&[12]), &[(1, 12, 7)], false),
        [(Some(12), Some(7), 12), (Some(11), Some(7), 12), (Some(1), None, 1), (None, Some(5), 1)]
    );
    assert_eq!(bench.commit(&[], &[], true), [(None, Some(6), 11)]);
}

/// The last watermark under which they may match is the last moment there is: only the end of the input is behind it.
#[test]
fn who_met_none_within_an_unlimited_bound_gives_a_row_at_the_end() {
    for far in [i64::MAX, i64::MAX - 1] {
        let mut bench = Bench::new(full(), within(far, far), 0, 1);
        assert_eq!(bench.commit(&one_key(&[2]), &[(1, 2, 2), (2, 3, 7)], false), [(Some(2), Some(2), 2)]);
        bench.commit(&[(1, 4, 4), (3, 4, 5)], &[(4, 5, 6)], false);
        bench.batch(&[], &[], true).expect("no panic");
        bench.slot.rollback();
        assert_eq!(bench.commit(&[], &[], false), [], "the end was taken back");
        let mut rows = bench.commit(&[(5, 9, 8)], &[], true);
        rows.sort();
        assert_eq!(rows, [(None, Some(6), 5), (None, Some(7), 3), (Some(5), None, 4), (Some(8), None, 9)], "{far}");
        assert_eq!((bench.kept(), bench.slot.size().keys), ([vec![], vec![]], 0));
    }
}

#[test]
fn joins_at_both_ends_of_time() {
    let times = [i64::MIN, i64::MIN + 1, 0, i64::MAX - 1, i64::MAX];
    let records: Vec<Record> = times.iter().zip(0..).map(|(time, value)| (u64::from(value), *time, value)).collect();
    for rule in [within(1, 1), Rule::Window(crate::window::grid::Grid::new(10, 10, 0).expect("a grid"))] {
        let mut bench = Bench::new(full(), rule, 0, 1);
        let mut rows = bench.commit(&records, &[], false);
        rows.extend(bench.commit(&[], &[], true));
        let mut values: Vec<_> = rows.into_iter().map(|row| row.0).collect();
        values.sort();
        assert_eq!(values, [Some(0), Some(1), Some(2), Some(3), Some(4)], "{rule}");
        assert_eq!((bench.slot.late(), bench.slot.size().keys), (0, 0));
    }
}

#[test]
fn lateness_waits_longer_and_takes_what_is_behind() {
    let mut bench = Bench::new(full(), within(0, 0), 0, 1);
    bench.lateness = 5;
    bench.commit(&one_key(&[10, 5]), &one_key(&[10]), false);
    assert_eq!(bench.commit(&[], &one_key(&[5]), false), [(Some(5), Some(5), 5)]);
    assert_eq!(bench.slot.late(), 0);
    bench.commit(&one_key(&[4]), &[], false);
    assert_eq!(bench.slot.late(), 1);
}

/// The watermark of both is at 20 when records come that lie behind it.
#[test]
fn late_per_pair_takes_what_something_could_still_meet() {
    for (how, expected, late) in
        [(Judged::PerRecord, vec![], 3), (Judged::PerPair, vec![(Some(12), Some(15), 15), (Some(20), Some(15), 20)], 1)]
    {
        let mut bench = Bench::new(full(), judged(10, 10, how), 0, 1);
        assert_eq!(bench.commit(&one_key(&[20]), &[(2, 20, 20)], false), []);
        assert_eq!(bench.commit(&one_key(&[12, 9]), &one_key(&[15]), false), expected, "{how:?}");
        assert_eq!(bench.slot.late(), late, "{how:?}: nothing can meet 9 any more");
    }
}

/// One was told to be alone, the other comes behind that: both are alone.
#[test]
fn late_per_pair_takes_no_row_back() {
    let mut bench = Bench::new(full(), judged(10, 10, Judged::PerPair), 0, 1);
    bench.commit(&one_key(&[5]), &[], false);
    let mut rows = bench.commit(&[(2, 20, 20)], &[(2, 20, 21)], false);
    rows.sort();
    assert_eq!(rows, [(Some(5), None, 5), (Some(20), Some(21), 20)]);
    assert_eq!(bench.commit(&[], &one_key(&[15]), false), [], "5 and 15 are near enough, but 5 is over");
    assert_eq!(bench.commit(&[], &[], true), [(None, Some(15), 15)]);
    assert_eq!(bench.slot.late(), 0);
}

#[test]
fn a_batch_that_is_taken_back_leaves_nothing() {
    let mut bench = Bench::new(full(), within(5, 5), 0, 1);
    bench.commit(&one_key(&[10]), &[], false);
    let before = (bench.kept(), bench.slot.size().keys);
    bench.batch(&one_key(&[11]), &[(1, 10, 3), (9, 40, 4)], true).expect("no panic");
    bench.slot.rollback();
    assert_eq!((bench.kept(), bench.slot.size().keys), before);
    bench.right = Partition::new(0);
    assert_eq!(bench.commit(&[], &[], true), [(Some(10), None, 10)], "it has met none after all");
}

/// Of 1,000 keys and of one with 1,000 records.
#[test]
fn a_batch_saves_what_it_brings_and_not_what_is_kept() {
    let mut bench = Bench::new(full(), within(1_000, 1_000), 1_000, 1);
    let keys: Vec<Record> = (0..1_000).map(|key| (key, key as i64, key as u32)).collect();
    let long: Vec<Record> = (0..1_000).map(|time| (5, time, time as u32)).collect();
    bench.batch(&keys, &long, false).expect("no panic");
    assert!(bench.saved.commit(&mut bench.slot) > 2_000 * 20);
    bench.batch(&[(1, 1_000, 1), (5, 1_000, 2)], &[(7, 1_000, 3)], false).expect("no panic");
    let bytes = bench.saved.commit(&mut bench.slot);
    assert!((50..1_000).contains(&bytes), "{bytes} bytes for three records");
    // all that is kept goes, and nothing has to be said about it
    bench.left.max = 5_000;
    bench.right.max = 5_000;
    bench.batch(&[], &[], false).expect("no panic");
    let (bytes, before) = (bench.saved.commit(&mut bench.slot), bench.slot.size().keys);
    assert!((1..200).contains(&bytes), "{bytes} bytes for the watermark");
    assert_eq!((before, bench.kept()), (0, [vec![], vec![]]));
    bench.restart();
}

/// A record that has met one is not alone later, whether the mark stands in a snapshot or in the record of the batch that made it.
#[test]
fn who_has_met_one_before_a_restart_is_not_alone() {
    for snapshot in [0, 1, 2] {
        let mut bench = Bench::new(full(), within(10, 10), 0, 1);
        for (number, right) in [vec![], one_key(&[12]), one_key(&[13])].into_iter().enumerate() {
            let left = if number == 0 { [one_key(&[5, 5, 11, 11]), vec![(2, 11, 7)]].concat() } else { vec![] };
            bench.commit(&left, &right, false);
            if number == snapshot {
                bench.saved.snapshot(&bench.slot);
            }
            bench.restart();
        }
        assert_eq!(bench.commit(&[], &[], true), [(Some(7), None, 11)], "snapshot behind {snapshot}");
    }
}

/// What the join is, on paper.
fn model(left: &[Record], right: &[Record], disorder: i64, rule: Rule, outer: bool) -> Vec<Row> {
    let in_time = |records: &[Record]| {
        let mut partition = Partition::new(disorder);
        let stamped = records.iter().map(|record| (*record, partition.stamp(record.1).watermark));
        stamped.collect::<Vec<_>>()
    };
    let (left, right) = (in_time(left), in_time(right));
    let mut rows = vec![];
    match rule {
        Rule::Within(reach, judged) => {
            // how far the watermark may be when a record comes
            let last = |reach: Reach, time: i64| match judged {
                Judged::PerRecord => time,
                Judged::PerPair => reach.last(time),
            };
            let taken = |side: &[(Record, i64)], reach: Reach| {
                let taken = side.iter().filter(|(record, reached)| last(reach, record.1) >= *reached);
                taken.copied().collect::<Vec<_>>()
            };
            let (left, right) = (taken(&left, reach), taken(&right, reach.mirrored()));
            let meets = |(l, reached_left): &(Record, i64), (r, reached_right): &(Record, i64)| {
                let (first, last) = reach.around(l.1);
                let open = reach.last(l.1) >= *reached_right && reach.mirrored().last(r.1) >= *reached_left;
                l.0 == r.0 && (first..=last).contains(&r.1) && (judged == Judged::PerRecord || open)
            };
            for l in &left {
                let met = right.iter().filter(|r| meets(l, r));
                rows.extend(met.map(|r| (Some(l.0.2), Some(r.0.2), l.0.1.max(r.0.1))));
            }
            if outer {
                let alone = left.iter().filter(|l| !right.iter().any(|r| meets(l, r)));
                rows.extend(alone.map(|l| (Some(l.0.2), None, l.0.1)));
                let alone = right.iter().filter(|r| !left.iter().any(|l| meets(l, r)));
                rows.extend(alone.map(|r| (None, Some(r.0.2), r.0.1)));
            }
        }
        Rule::Window(grid) => {
            for window in -20..200 {
                let (start, end) = (grid.start(window), grid.end(window));
                let inside = |side: &[(Record, i64)], key: u64| {
                    let inside = side.iter().filter(|(record, reached)| {
                        record.0 == key && (start..end).contains(&record.1) && *reached < end
                    });
                    inside.map(|(record, _)| Some(record.2)).collect::<Vec<_>>()
                };
                for key in 0..4 {
                    let (mut left, mut right) = (inside(&left, key), inside(&right, key));
                    if outer && left.is_empty() != right.is_empty() {
                        if left.is_empty() { &mut left } else { &mut right }.push(None);
                    }
                    for l in &left {
                        rows.extend(right.iter().map(|r| (*l, *r, end - 1)));
                    }
                }
            }
        }
        Rule::AsOf => {}
    }
    rows.sort();
    rows
}

pub(crate) fn records() -> impl Strategy<Value = Vec<Record>> {
    let steps = prop::collection::vec((0u64..4, -6i64..10), 0..40);
    steps.prop_map(|steps| {
        let (mut now, mut records) = (0, vec![]);
        for (number, (key, step)) in steps.into_iter().enumerate() {
            now += step;
            records.push((key, now, number as u32));
        }
        records
    })
}

pub(crate) fn cut(records: &[Record], cuts: &[usize], part: usize) -> Vec<Record> {
    let place = |part: usize| if part == cuts.len() { records.len() } else { cuts[part] * records.len() / 100 };
    let from = if part == 0 { 0 } else { place(part - 1) };
    records[from..place(part).max(from)].to_vec()
}

proptest! {
    #[test]
    fn equals_the_model(
        left in records(),
        right in records(),
        (mut left_cuts, mut right_cuts) in (1usize..6).prop_flat_map(|n| {
            let cuts = || prop::collection::vec(0usize..100, n);
            (cuts(), cuts())
        }),
        (before, after) in (-3i64..8, 3i64..8),
        window in prop::option::of((1i64..12, 1i64..12)),
        disorder in 0i64..6,
        (outer, per_pair) in any::<(bool, bool)>(),
        threads in 1usize..3,
        accidents in (0usize..6, 0usize..6, any::<bool>()),
    ) {
        left_cuts.sort_unstable();
        right_cuts.sort_unstable();
        let rule = match window {
            None => judged(before, after, if per_pair { Judged::PerPair } else { Judged::PerRecord }),
            Some((size, slide)) => Rule::Window(crate::window::grid::Grid::new(size.max(slide), slide, 0).expect("a grid")),
        };
        let expected = model(&left, &right, disorder, rule, outer);
        let parts: Vec<_> = (0..=left_cuts.len()).map(|part| (cut(&left, &left_cuts, part), cut(&right, &right_cuts, part))).collect();
        let mut rows = match outer {
            true => play(Bench::new(full(), rule, disorder, threads), &parts, accidents),
            false => play(Bench::new(inner(), rule, disorder, threads), &parts, accidents),
        };
        rows.sort();
        prop_assert_eq!(rows, expected);
    }
}

/// Plays all batches; one of them fails at first and is taken back. Where the job dies it does so behind each of them, and goes on from a
/// snapshot behind one of them and the records of all.
fn play<J>(
    mut bench: Bench<J>,
    parts: &[(Vec<Record>, Vec<Record>)],
    (failing, snapshot, dies): (usize, usize, bool),
) -> Vec<Row>
where
    J: Kind<u32, u32, Out = (Option<u32>, Option<u32>)>,
{
    let mut rows = vec![];
    for (part, (left, right)) in parts.iter().enumerate() {
        if part == failing {
            let before = (bench.left.max, bench.right.max);
            bench.batch(left, right, false).expect("no panic");
            bench.slot.rollback();
            (bench.left.max, bench.right.max) = before;
        }
        rows.extend(bench.commit(left, right, false));
        if part == snapshot {
            bench.saved.snapshot(&bench.slot);
        }
        if dies {
            bench.restart();
        }
    }
    rows.extend(bench.commit(&[], &[], true));
    assert_eq!(bench.kept(), [Vec::<i64>::new(), vec![]], "nothing is left at the end");
    rows
}
