//! Joins with versions and tables against plain models, and taken back.

use super::as_of::{AsOfKind, AsOfRun, Versions};
use super::broadcast::{BroadcastKind, BroadcastRun, BroadcastSlot};
use super::latest_run::LatestRun;
use super::slot::JoinSlot;
use super::table_run::{RightVersions, TableKind, TableRun};
use super::tables::TablesSlot;
use super::tests::{CHUNK, Partition, Record, buffers, cut, records, turn};
use crate::job::executor::Executor;
use crate::source::Signal;
use crate::state::SlotApi;
use crate::state::kept::Kept;
use proptest::prelude::*;

/// Values divisible by 5 delete.
struct Fives;

impl AsOfKind<u32, u32> for Fives {
    type Out = (u32, Option<u32>);
    fn row(&self, left: &u32, right: Option<&u32>) -> (u32, Option<u32>) {
        (*left, right.copied())
    }
}
impl Versions<u32> for Fives {
    fn version(&self, right: u32) -> Option<u32> {
        (!right.is_multiple_of(5)).then_some(right)
    }
}
impl RightVersions<u32> for Fives {
    fn right_version(&self, right: u32) -> Option<u32> {
        self.version(right)
    }
}
impl TableKind<u32, u32> for Fives {
    type Out = (u32, u32);
    fn row(&self, left: Option<&u32>, right: Option<&u32>) -> Option<(u32, u32)> {
        Some((*left?, *right?))
    }
}
impl BroadcastKind<u32, u32> for Fives {
    type State = u32;
    type Out = u32;
    fn initial(&self) -> u32 {
        100
    }
    fn step(&self, state: &mut u32, item: u32) {
        assert!(item != 13, "unlucky");
        *state += item;
    }
    fn row(&self, item: u32, state: &u32) -> u32 {
        item + state
    }
}

struct Bench {
    slot: JoinSlot<u64, u32, Option<u32>>,
    left: Partition,
    right: Partition,
    executor: Executor,
}

impl Bench {
    fn batch(&mut self, left: &[Record], right: &[Record], ended: bool) -> Vec<(u32, Option<u32>)> {
        let signal = Signal::default();
        let turn = turn(&self.executor, &signal, ended);
        let mut run = AsOfRun::<u64, u64, u64, u32, u32, Fives>::new(&mut self.slot, &Fives, 0, &turn, 0);
        let mut bucket = run.buckets().bucket();
        left.iter().for_each(|of| bucket.feed(&(), of.2, of.0, self.left.stamp(of.1), 1));
        run.absorb(&turn, CHUNK, bucket).expect("no panic");
        let mut bucket = run.buckets_1().bucket();
        right.iter().for_each(|of| bucket.feed(&Fives, of.2, of.0, self.right.stamp(of.1), 1));
        run.absorb_1(&turn, CHUNK, bucket).expect("no panic");
        let reached = if ended { i64::MAX } else { self.left.watermark().min(self.right.watermark()) };
        run.fold(&turn, reached).expect("no panic");
        let mut all = vec![];
        let task = |rows: super::as_of::AsOfRows<'_, u64, u32, u32, Fives>, mut leaf: Vec<_>| {
            rows.each(|row, stamp| {
                assert!(stamp.watermark <= stamp.time, "not late at once");
                leaf.push(row);
            });
            (leaf, 0)
        };
        run.rows(&turn, Vec::new, task, |_, leaf| {
            all.extend(leaf);
            Ok(())
        })
        .expect("no panic");
        all
    }
}

/// Only the end of the input is behind the last moment there is.
#[test]
fn a_left_record_at_the_last_moment_gives_its_row_at_the_end() {
    let (executor, partition) = (Executor::new(1).expect("threads"), || Partition::new(0));
    let mut bench = Bench { slot: JoinSlot::default(), left: partition(), right: partition(), executor };
    let (left, right) = ([(1, i64::MIN, 1), (1, i64::MAX, 2)], [(1, 5, 3), (2, i64::MAX, 4)]);
    assert_eq!(bench.batch(&left, &right, false), [(1, None)]);
    bench.slot.commit();
    assert_eq!(bench.batch(&[(2, i64::MAX, 6)], &[], true), [(2, Some(3)), (6, Some(4))]);
    bench.slot.commit();
    assert!(bench.slot.shards.iter().flat_map(|shard| &shard.pairs).all(|pair| pair.left.is_empty()));
}

fn model(left: &[Record], right: &[Record], disorder: i64) -> Vec<(u32, Option<u32>)> {
    let stamped = |records: &[Record]| {
        let mut partition = Partition::new(disorder);
        records.iter().map(|record| (*record, partition.stamp(record.1).watermark)).collect::<Vec<_>>()
    };
    let versions = stamped(right);
    let taken = stamped(left).into_iter().filter(|(record, reached)| record.1 >= *reached);
    let mut rows: Vec<_> = taken
        .map(|(record, _)| {
            let known = versions
                .iter()
                .filter(|(version, reached)| version.0 == record.0 && version.1 <= record.1 && *reached <= record.1);
            let holds = known.max_by_key(|(version, _)| version.1).and_then(|(version, _)| Fives.version(version.2));
            (record.2, holds)
        })
        .collect();
    rows.sort();
    rows
}

proptest! {
    #[test]
    fn as_of_equals_the_model(
        left in records(),
        right in records(),
        mut left_cuts in prop::collection::vec(0usize..100, 3),
        mut right_cuts in prop::collection::vec(0usize..100, 3),
        disorder in 0i64..6,
        threads in 1usize..3,
        (failing, snapshot, dies) in (0usize..5, 0usize..5, any::<bool>()),
    ) {
        left_cuts.sort_unstable();
        right_cuts.sort_unstable();
        let executor = Executor::new(threads).expect("threads");
        let (slot, partition) = (JoinSlot::default(), || Partition::new(disorder));
        let mut bench = Bench { slot, left: partition(), right: partition(), executor };
        let (mut rows, mut saved) = (vec![], Kept::default());
        for part in 0..=left_cuts.len() {
            let (lefts, rights) = (cut(&left, &left_cuts, part), cut(&right, &right_cuts, part));
            if part == failing {
                let before = (bench.left.clone(), bench.right.clone());
                bench.batch(&lefts, &rights, true);
                bench.slot.rollback();
                (bench.left, bench.right) = before;
            }
            rows.extend(bench.batch(&lefts, &rights, false));
            saved.commit(&mut bench.slot);
            if part == snapshot {
                saved.snapshot(&bench.slot);
            }
            if dies {
                let mut slot = JoinSlot::default();
                slot.know(super::Rule::AsOf, Option::is_none, 7);
                saved.restore(&mut slot);
                prop_assert_eq!(slot.size().keys, bench.slot.size().keys);
                let lefts = |slot: &JoinSlot<u64, u32, Option<u32>>| {
                    buffers(slot).into_iter().map(|(key, (left, _))| (key, left)).collect::<Vec<_>>()
                };
                prop_assert_eq!(lefts(&slot), lefts(&bench.slot));
                bench.slot = slot;
            }
        }
        rows.extend(bench.batch(&[], &[], true));
        bench.slot.commit();
        rows.sort();
        prop_assert_eq!(rows, model(&left, &right, disorder));
        let keys: std::collections::BTreeSet<u64> = right.iter().map(|record| record.0).collect();
        prop_assert!(bench.slot.size().keys <= keys.len(), "only versions are left");
    }
}

/// The tables as they were saved.
fn restored<L: crate::State>(saved: &Kept, size: crate::state::SlotSize) -> TablesSlot<u64, L, u32> {
    let mut slot = TablesSlot::default();
    slot.know(String::new, 7);
    saved.restore(&mut slot);
    assert_eq!(slot.size().keys, size.keys);
    slot
}

#[test]
fn the_latest_value_is_taken_back_with_its_batch() {
    let executor = Executor::idle();
    let signal = Signal::default();
    let turn = turn(&executor, &signal, false);
    let (mut slot, mut saved) = (TablesSlot::default(), Kept::default());
    let mut batch = |left: &[(u64, u32)], right: &[(u64, u32)], keep: bool| {
        let mut run = LatestRun::<u64, u64, u64, u32, u32, (), Fives>::new(&mut slot, &Fives, &turn, 0);
        let mut bucket = run.buckets().bucket();
        left.iter().for_each(|(key, item)| bucket.feed(&(), *item, *key, (), 1));
        run.absorb(&turn, CHUNK, bucket).expect("no panic");
        let mut bucket = run.buckets_1().bucket();
        right.iter().for_each(|(key, item)| bucket.feed(&Fives, *item, *key, (), 1));
        run.absorb_1(&turn, CHUNK, bucket).expect("no panic");
        run.fold(&turn, i64::MIN).expect("no panic");
        let mut all = vec![];
        let task = |rows: super::latest_run::LatestRows<'_, u64, u64, u32, u32, (), Fives>, mut leaf: Vec<_>| {
            rows.each(|row, ()| leaf.push(row));
            (leaf, 0)
        };
        run.rows(&turn, Vec::new, task, |_, leaf| {
            all.extend(leaf);
            Ok(())
        })
        .expect("no panic");
        if keep {
            saved.commit(&mut slot);
            slot = restored(&saved, slot.size());
        } else {
            slot.rollback()
        }
        (all, slot.size().keys)
    };
    assert_eq!(batch(&[(1, 1)], &[(1, 7)], true), (vec![(1, Some(7))], 1));
    assert_eq!(batch(&[(1, 2)], &[(1, 8), (2, 9), (1, 10)], false), (vec![(2, None)], 1));
    assert_eq!(batch(&[(1, 3), (2, 4)], &[], true).0, [(3, Some(7)), (4, None)]);
    assert_eq!(batch(&[(1, 4)], &[(1, 5)], true), (vec![(4, None)], 0), "what is deleted is forgotten");
}

#[test]
fn tables_are_taken_back_with_their_batch() {
    let executor = Executor::idle();
    let signal = Signal::default();
    let turn = turn(&executor, &signal, false);
    let (mut slot, mut saved) = (TablesSlot::default(), Kept::default());
    let mut batch = |left: &[(u64, u32)], right: &[(u64, u32)], keep: bool| {
        let mut run = TableRun::<u64, u64, u64, u32, u32, Fives>::new(&mut slot, &Fives, &turn, 0);
        let mut bucket = run.buckets().bucket();
        left.iter().for_each(|(key, item)| bucket.feed(&Fives, *item, *key, (), 1));
        run.absorb(&turn, CHUNK, bucket).expect("no panic");
        let mut bucket = run.buckets_1().bucket();
        right.iter().for_each(|(key, item)| bucket.feed(&Fives, *item, *key, (), 1));
        run.absorb_1(&turn, CHUNK, bucket).expect("no panic");
        run.fold(&turn, i64::MIN).expect("no panic");
        let mut all = vec![];
        let task = |rows: super::table_run::TableRows<'_, u64, u32, u32, Fives>, mut leaf: Vec<_>| {
            rows.each(|row, ()| leaf.push((row.key, row.value)));
            (leaf, 0)
        };
        run.rows(&turn, Vec::new, task, |_, leaf| {
            all.extend(leaf);
            Ok(())
        })
        .expect("no panic");
        if keep {
            saved.commit(&mut slot);
            slot = restored(&saved, slot.size());
        } else {
            slot.rollback()
        }
        (all, slot.size().keys)
    };
    assert_eq!(batch(&[(1, 1)], &[], true), (vec![], 1));
    assert_eq!(batch(&[(1, 2), (1, 3)], &[(1, 4)], true), (vec![(1, Some((3, 4)))], 1), "one row a batch");
    assert_eq!(batch(&[(1, 5), (3, 1)], &[(1, 5)], false), (vec![(1, None)], 1));
    assert_eq!(batch(&[], &[(1, 6)], true), (vec![(1, Some((3, 6)))], 1), "both are there again");
    assert_eq!(batch(&[(1, 5)], &[(1, 5)], true), (vec![(1, None)], 0));
    assert_eq!(batch(&[(1, 5)], &[], true), (vec![], 0), "from nothing to nothing");
}

#[test]
fn a_broadcast_that_panics_is_taken_back() {
    let executor = Executor::idle();
    let signal = Signal::default();
    let turn = turn(&executor, &signal, false);
    let mut slot = BroadcastSlot::default();
    let mut batch = |main: &[u32], small: &[u32]| {
        let mut run = BroadcastRun::<u32, u32, (), (), Fives>::new(&mut slot, &Fives, 0);
        let mut bucket = run.buckets().bucket();
        main.iter().for_each(|item| bucket.feed(&(), *item, (), (), 1));
        run.absorb(&turn, CHUNK, bucket).expect("no panic");
        let mut bucket = run.buckets_1().bucket();
        small.iter().for_each(|item| bucket.feed(&(), *item, (), (), 1));
        run.absorb_1(&turn, CHUNK, bucket).expect("no panic");
        if run.fold(&turn, i64::MIN).is_err() {
            slot.rollback();
            return vec![];
        }
        let mut all = vec![];
        let task = |rows: super::broadcast::BroadcastRows<'_, u32, u32, (), Fives>, mut leaf: Vec<_>| {
            rows.each(|row, ()| leaf.push(row));
            (leaf, 0)
        };
        run.rows(&turn, Vec::new, task, |_, leaf| {
            all.extend(leaf);
            Ok(())
        })
        .expect("no panic");
        slot.commit();
        all
    };
    assert_eq!(batch(&[1], &[]), [101]);
    assert_eq!(batch(&[1], &[10]), [111]);
    assert!(batch(&[1], &[20, 13]).is_empty());
    assert_eq!(batch(&[1, 2], &[1]), [112, 113]);
}

#[test]
fn what_a_broadcast_has_been_told_is_kept_and_its_first_value_is_not() {
    let executor = Executor::idle();
    let signal = Signal::default();
    let turn = turn(&executor, &signal, false);
    let batch = |slot: &mut BroadcastSlot<u32>, small: &[u32]| {
        let mut run = BroadcastRun::<u32, u32, (), (), Fives>::new(slot, &Fives, 0);
        let mut bucket = run.buckets_1().bucket();
        small.iter().for_each(|item| bucket.feed(&(), *item, (), (), 1));
        run.absorb_1(&turn, CHUNK, bucket).expect("no panic");
        run.fold(&turn, i64::MIN).expect("no panic");
    };
    let (mut slot, mut saved) = (BroadcastSlot::default(), Kept::default());
    batch(&mut slot, &[]);
    assert_eq!(saved.commit(&mut slot), 0);
    saved.snapshot(&slot);
    let again = |saved: &Kept| {
        let mut slot = BroadcastSlot::default();
        batch(&mut slot, &[]);
        slot.rollback();
        saved.restore(&mut slot);
        slot.value()
    };
    assert_eq!(again(&saved), (Some(100), false), "that of the program");
    batch(&mut slot, &[10]);
    slot.rollback();
    assert_eq!(saved.commit(&mut slot), 0, "it was taken back");
    batch(&mut slot, &[7]);
    assert!(saved.commit(&mut slot) > 0);
    assert_eq!(again(&saved), (Some(107), true));
    saved.snapshot(&slot);
    assert_eq!(again(&saved), (Some(107), true));
}

/// Of 1,000 keys a batch changes two and deletes one.
#[test]
fn tables_save_what_has_changed() {
    let mut slot = TablesSlot::<u64, u64, u32>::default();
    slot.know(String::new, 7);
    let mut saved = Kept::default();
    let put = |slot: &mut TablesSlot<u64, u64, u32>, key: u64, value: Option<u64>| {
        let shard = &mut slot.shards[crate::state::shard_of(crate::state::Probe::hash(&key, 7))];
        let number = shard.keys.put(key);
        shard.left.set(number, value);
    };
    (0..1_000).for_each(|key| put(&mut slot, key, Some(key)));
    assert!(saved.commit(&mut slot) > 16_000);
    put(&mut slot, 1, Some(7));
    put(&mut slot, 2, Some(8));
    put(&mut slot, 3, None);
    let bytes = saved.commit(&mut slot);
    assert!((40..200).contains(&bytes), "{bytes} bytes");
    assert_eq!(restored::<u64>(&saved, slot.size()).size().keys, 999);
}
