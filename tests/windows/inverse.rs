//! Sliding windows that take out the panes that have left: what they show, when nothing is taken out, and that nothing is kept.

use crate::cut::cuts;
use crate::grid::partitions;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use streamflow::testing::{Driver, input};
use streamflow::window::{Emit, Event, Window, sliding};
use streamflow::{Aggregator, ErrorKind, Inverse, Merge, Timestamp, sink, source, stream};

/// How often panes were merged, and how often one was taken out.
#[derive(Default)]
struct Calls {
    merges: AtomicU64,
    inverses: AtomicU64,
}

/// A sum that counts what it is asked for.
struct Counting<'c>(&'c Calls);

impl Aggregator<(i64, i64)> for Counting<'_> {
    type State = i64;
    type Output = i64;
    const MERGE: Option<Merge<Self, i64>> = Some(|counting, into, from| {
        counting.0.merges.fetch_add(1, Ordering::Relaxed);
        *into += from;
    });
    const INVERSE: Option<Inverse<Self, i64>> = Some(|counting, all, leaving| {
        counting.0.inverses.fetch_add(1, Ordering::Relaxed);
        *all -= leaving;
    });

    fn create(&self) -> i64 {
        0
    }
    fn add(&self, state: &mut i64, record: (i64, i64)) {
        *state += record.1;
    }
    fn output(&self, state: &i64) -> i64 {
        *state
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Each second brings a value of its own.
fn value(second: i64) -> i64 {
    second * second + 1
}

/// Values of one group, a batch each: the rows as end and sum, how often panes were merged, and how often one was taken out.
fn one_group(window: Window<Event>, times: &[i64]) -> (Vec<(i64, i64)>, u64, u64) {
    let (calls, rows) = (Calls::default(), sink::collect());
    stream! {
        source::batches(times.iter().map(|time| vec![(*time, value(*time))]).collect())
            -> timestamp(|record| Timestamp::from_secs(record.0))
            -> window(window)
            -> aggregate(Counting(&calls))
            -> map(|row| (row.end.as_secs(), row.value))
            -> rows.clone()
    }
    .run()
    .expect("runs");
    (rows.take(), calls.merges.into_inner(), calls.inverses.into_inner())
}

/// The sums of all windows that hold a record, by their ends; every second begins one.
fn sums(size: i64, times: &[i64]) -> Vec<(i64, i64)> {
    let mut sums = BTreeMap::new();
    for time in times {
        (time + 1..=time + size).for_each(|end| *sums.entry(end).or_insert(0) += value(*time));
    }
    sums.into_iter().collect()
}

#[test]
fn each_pane_is_merged_once_and_taken_out_once() {
    let times: Vec<i64> = (0..50).collect();
    let (rows, merges, inverses) = one_group(sliding(seconds(10), seconds(1)), &times);
    assert_eq!(rows, sums(10, &times));
    assert_eq!(
        (merges, inverses),
        (49, 49),
        "the first pane is taken as it is, and with the last one the group is gone"
    );
}

#[test]
fn windows_of_few_slides_merge_their_panes() {
    let times: Vec<i64> = (0..50).collect();
    let (rows, merges, inverses) = one_group(sliding(seconds(2), seconds(1)), &times);
    assert_eq!(rows, sums(2, &times));
    assert_eq!((merges, inverses), (49, 0));
}

/// Behind a gap the panes are added up anew, and what has left with the gap is not missed.
#[test]
fn windows_without_records_in_between() {
    let times = [0, 1, 2, 30, 31, 32, 33, 1_000_000, 1_000_005, 1_000_014, 1_000_024, 1_000_033];
    let (rows, merges, inverses) = one_group(sliding(seconds(10), seconds(1)), &times);
    assert_eq!(rows, sums(10, &times));
    assert_eq!((merges, inverses), (8, 8));
}

/// Where panes may still change, or windows are shown by what has changed, windows add up their panes.
#[test]
fn panes_that_may_change_are_not_taken_out() {
    let times: Vec<i64> = (0..30).collect();
    let window = || sliding(seconds(10), seconds(1));
    for window in [window().lateness(seconds(1)), window().purge(true), window().emit(Emit::Changes)] {
        let (rows, _, inverses) = one_group(window, &times);
        let last: BTreeMap<i64, i64> = rows.into_iter().collect();
        assert_eq!(last.into_iter().collect::<Vec<_>>(), sums(10, &times));
        assert_eq!(inverses, 0);
    }
}

/// Windows shown before they close do not disturb the total of those that close.
#[test]
fn windows_that_are_shown_early() {
    let times: Vec<i64> = (0..30).collect();
    let (rows, _, inverses) = one_group(sliding(seconds(10), seconds(1)).emit(Emit::Early(Duration::ZERO)), &times);
    assert!(rows.len() > sums(10, &times).len(), "some were shown early");
    let last: BTreeMap<i64, i64> = rows.into_iter().collect();
    assert_eq!(last.into_iter().collect::<Vec<_>>(), sums(10, &times));
    assert_eq!(inverses, 29);
}

/// A group shows a sum of nothing as long as it has records, and vanishes with the last one, as its key does.
#[test]
fn a_group_vanishes_with_its_records() {
    for threads in [1, 3] {
        let (fed, rows) = (input::<(&'static str, i64, i64)>(), sink::collect());
        let job = stream! {
            fed.clone()
                -> timestamp(|record| Timestamp::from_secs(record.1))
                -> key_by(|record| record.0)
                -> window(sliding(4s, every = 1s))
                -> sum(|record| record.2) as sums
                -> map(|row| (row.end.as_secs(), row.key.to_owned(), row.value))
                -> rows.clone()
        };
        let mut driver = Driver::new(job.threads(threads)).expect("opens");
        fed.extend([("a", 0, 5), ("a", 1, -5), ("b", 1, 7), ("z", 3, 0)]);
        driver.batch().expect("runs");
        let mut shown = rows.take();
        shown.sort();
        let row = |end, key: &str, value| (end, key.to_owned(), value);
        assert_eq!(shown, [row(1, "a", 5), row(2, "a", 0), row(2, "b", 7), row(3, "a", 0), row(3, "b", 7)]);
        // the clock of the stream alone
        fed.extend([("clock", 100, 1)]);
        driver.batch().expect("runs");
        let mut shown = rows.take();
        shown.sort();
        let expected = [
            row(4, "a", 0),
            row(4, "b", 7),
            row(4, "z", 0),
            row(5, "a", -5),
            row(5, "b", 7),
            row(5, "z", 0),
            row(6, "z", 0),
            row(7, "z", 0),
        ];
        assert_eq!(shown, expected);
        let keys = |driver: &mut Driver<'_>| {
            driver.report().state.iter().find(|state| state.0 == "sums").map(|state| state.1.keys)
        };
        assert_eq!(keys(&mut driver), Some(1), "the key of the clock is left");
        let report = driver.finish().expect("runs");
        assert!(report.state.iter().any(|state| state.0 == "sums" && state.1.keys == 0), "{:?}", report.state);
    }
}

/// Keys that come and go share their numbers: the total of one is not that of another.
#[test]
fn keys_come_and_go() {
    let records: Vec<(i64, i64)> =
        (0..400).flat_map(|time| (0..5).map(move |key| (time, time / 7 * 5 + key))).collect();
    let mut expected = BTreeMap::new();
    for (time, key) in &records {
        (time + 1..=time + 6).for_each(|end| *expected.entry((end, *key)).or_insert(0u64) += 1);
    }
    for (threads, bytes) in [(1, 64), (2, 64), (2, 1 << 20)] {
        let rows = sink::collect();
        let job = stream! {
            source::slice(&records)
                -> timestamp(|record| Timestamp::from_secs(record.0))
                -> key_by(|record| record.1)
                -> window(sliding(6s, every = 1s))
                -> count() as counts
                -> map(|row| ((row.end.as_secs(), row.key), row.value))
                -> rows.clone()
        };
        let report = job.threads(threads).batch_bytes(bytes).run().expect("runs");
        let rows = rows.take();
        assert!(rows.is_sorted_by_key(|row| row.0.0), "windows in order of their ends");
        assert_eq!(rows.into_iter().collect::<BTreeMap<_, _>>(), expected);
        assert!(report.state.iter().any(|state| state.0 == "counts" && state.1.keys == 0));
    }
}

/// A large float takes the digits of small ones with it and does not give them back, so floats are added up anew.
#[test]
fn floats_are_not_taken_out() {
    let rows = sink::collect();
    stream! {
        source::vec(vec![(0, 1e17f64), (1, 1.0), (2, 2.0)])
            -> timestamp(|record| Timestamp::from_secs(record.0))
            -> window(sliding(4s, every = 1s))
            -> sum(|record| record.1)
            -> map(|row| row.value)
            -> rows.clone()
    }
    .run()
    .expect("runs");
    assert_eq!(rows.take()[4..], [3.0, 2.0]);
}

/// Sums of integers wrap around at their end and come back.
#[test]
fn sums_that_wrap_around() {
    let (sums, means) = (sink::collect(), sink::collect());
    stream! {
        let stamped = source::vec(vec![(0, u64::MAX), (1, 3), (2, u64::MAX), (3, 5)]) -> timestamp(|record| Timestamp::from_secs(record.0));
        stamped -> window(sliding(4s, every = 1s)) -> sum(|record| record.1) -> map(|row| row.value) -> sums.clone();
        stamped -> window(sliding(4s, every = 1s)) -> mean(|record| record.1) -> map(|row| row.value) -> means.clone();
    }
    .run()
    .expect("runs");
    assert_eq!(sums.take(), [u64::MAX, 2, 1, 6, 7, 4, 5]);
    assert_eq!(means.take()[3..], [1.5, 7.0 / 3.0, 2.0, 5.0]);
}

/// What leaves is the earliest, so texts can be taken out as well.
#[test]
fn an_inverse_of_what_does_not_commute() {
    let letters: Vec<(i64, String)> = (0..30).filter(|n| n % 5 != 3).map(|n| (n, format!("<{n}>"))).collect();
    let text = |from: i64, to: i64| -> String {
        letters.iter().filter(|letter| (from..to).contains(&letter.0)).map(|letter| letter.1.as_str()).collect()
    };
    let expected: Vec<(i64, String)> =
        (1..37).map(|end| (end, text(end - 7, end))).filter(|row| !row.1.is_empty()).collect();
    let (reduced, folded) = (sink::collect(), sink::collect());
    stream! {
        let stamped = source::vec(letters.clone()) -> timestamp(|letter| Timestamp::from_secs(letter.0));
        stamped
            -> map(|letter| letter.1)
            -> window(sliding(7s, every = 1s))
            -> reduce(|a, b| a + &b, inverse = |all, leaving| all.strip_prefix(&leaving).expect("the earliest").to_owned())
            -> map(|row| (row.end.as_secs(), row.value))
            -> reduced.clone();
        stamped
            -> window(sliding(7s, every = 1s))
            // in any order
            -> fold(String::new(), |text, letter| text.push_str(&letter.1),
                inverse = |all, leaving| *all = all.strip_prefix(&leaving).expect("the earliest").to_owned(),
                merge = |into, from| into.push_str(&from))
            -> map(|row| (row.end.as_secs(), row.value))
            -> folded.clone();
    }
    .run()
    .expect("runs");
    assert_eq!(reduced.take(), expected);
    assert_eq!(folded.take(), expected);
}

/// Spark's inverse function over batches, without a filter and with one.
#[test]
fn windows_of_batches() {
    let (kept, gone) = (sink::collect_batches(), sink::collect_batches());
    stream! {
        let numbers = source::batches(vec![vec![1i64], vec![2, 30], vec![], vec![4], vec![], vec![], vec![], vec![]]) -> key_by(|n| *n >= 10);
        numbers -> window(batches(4, every = 1, keep_empty = true)) -> sum() -> map(|row| (row.key, row.value)) -> kept.clone();
        numbers
            -> window(batches(4, every = 1))
            -> reduce(|a, b| a + b, inverse = |all, leaving| all - leaving)
            -> map(|row| (row.key, row.value))
            -> gone.clone();
    }
    .run()
    .expect("runs");
    let by_batch = |batches: Vec<(u64, Vec<(bool, i64)>)>| -> Vec<Vec<i64>> {
        let sums = |mut rows: Vec<(bool, i64)>| {
            rows.sort_unstable();
            rows.into_iter().map(|row| row.1).collect::<Vec<_>>()
        };
        batches.into_iter().map(|batch| sums(batch.1)).filter(|rows| !rows.is_empty()).collect()
    };
    let expected = [vec![1], vec![3, 30], vec![3, 30], vec![7, 30], vec![6, 30], vec![4], vec![4]];
    assert_eq!(by_batch(gone.take()), expected);
    let expected = [vec![1], vec![3, 30], vec![3, 30], vec![7, 30], vec![6, 30], vec![4, 0], vec![4, 0], vec![0, 0]];
    assert_eq!(by_batch(kept.take()), expected);
}

/// What a user's inverse says wrong ends the job with its place.
#[test]
fn an_inverse_that_panics() {
    for threads in [1, 2] {
        let rows = sink::collect();
        let job = stream! {
            source::batches((0..10).map(|n| vec![n]).collect())
                -> timestamp(|n| Timestamp::from_secs(*n))
                -> window(sliding(4s, every = 1s))
                -> reduce(|a, b| a + b, inverse = |_, _| panic!("no way back"))
                -> map(|row| row.value)
                -> rows.clone()
        };
        let error = job.threads(threads).signals(false).run().expect_err("panics");
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert!(error.to_string().contains("no way back"), "{error}");
        assert_eq!(rows.take(), [0, 1, 3], "the batches before it stand");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// What is taken out leaves what windows that add up their panes hold: the same sums, one told an inverse and one not.
    #[test]
    fn the_same_with_an_inverse_and_without(
        input in partitions(4), cut in cuts(), every in 1u64..6, slides in 4u64..12, rest in 0u64..6, disorder in 0u64..25,
    ) {
        let micros = Duration::from_micros;
        let (every, size) = (micros(every), micros(every * slides + rest % every));
        let (inverse, merged, summed) = (sink::collect(), sink::collect(), sink::collect());
        let job = stream! {
            let keyed = source::partitions(input.clone())
                -> timestamp(|record| Timestamp::from_micros(record.2), disorder = micros(disorder), ahead = Duration::MAX)
                -> key_by(|record| record.1);
            keyed
                -> window(sliding(size, every = every))
                -> fold((0i64, 0u64), |all, record| *all = (all.0 + record.3, all.1 + 1),
                    merge = |into, from| *into = (into.0 + from.0, into.1 + from.1),
                    inverse = |all, leaving| *all = (all.0 - leaving.0, all.1 - leaving.1))
                -> map(|row| (row.end, row.key, row.value))
                -> inverse.clone();
            keyed
                -> window(sliding(size, every = every))
                -> fold((0i64, 0u64), |all, record| *all = (all.0 + record.3, all.1 + 1),
                    merge = |into, from| *into = (into.0 + from.0, into.1 + from.1))
                -> map(|row| (row.end, row.key, row.value))
                -> merged.clone();
            keyed -> window(sliding(size, every = every)) -> sum(|record| record.3) -> map(|row| (row.end, row.key, row.value)) -> summed.clone();
        };
        let report = run_cut!(&cut, job);
        let [mut inverse, mut merged] = [inverse.take(), merged.take()];
        prop_assert!(inverse.is_sorted_by_key(|row| row.0));
        inverse.sort_unstable();
        merged.sort_unstable();
        prop_assert_eq!(&inverse, &merged);
        prop_assert!(merged.iter().all(|row| row.2.1 > 0), "each row has records");
        let mut summed = summed.take();
        summed.sort_unstable();
        prop_assert_eq!(summed, merged.iter().map(|row| (row.0, row.1, row.2.0)).collect::<Vec<_>>());
        let mut kept = report.state.iter().filter(|state| !state.0.starts_with("timestamp"));
        prop_assert!(kept.all(|state| state.1.keys == 0), "{:?}", report.state);
    }
}
