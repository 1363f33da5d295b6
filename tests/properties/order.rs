//! Results that show the order of the records in a sliding window.

use crate::data::{Record, grids, records};
use crate::model::{by_pane, read, timestamp, windowed, windows};
use crate::{cases, own, rows, updates};
use proptest::prelude::*;
use std::time::Duration;
use streamflow::Timestamp;

type Input = Vec<Vec<Record>>;

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

fn own_key(r: &Record) -> (u8, u8) {
    (r.partition, r.key)
}

fn values(held: &[Record]) -> Vec<i64> {
    held.iter().map(|r| r.value).collect()
}

/// An aggregate whose panes are merged. `value`: what a window gives that holds these records, in the order of the panes; `shown`: what is
/// compared with it of the aggregate.
macro_rules! by_pane {
    ($records:expr, $seed:expr, $grid:expr, $value:expr, $shown:expr, $($aggregate:tt)*) => {{
        let (size, every, disorder) = $grid;
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            by_pane(&timed, (size, every), 0, own_key).into_iter().map(|(span, held)| (span, ($value)(&held))).collect()
        };
        rows!($records, $seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(own_key)
                -> window(sliding(seconds(size), every = seconds(every)))
                -> $($aggregate)*
                -> map(|row| ((row.end.as_secs(), row.start.as_secs(), row.key), ($shown)(row.value)))
                -> out);
    }};
}

/// An aggregate that takes each record into each window, in source order.
macro_rules! by_source {
    ($records:expr, $seed:expr, $grid:expr, $value:expr, $shown:expr, $($aggregate:tt)*) => {{
        let (size, every, disorder) = $grid;
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let push = |held: &mut Vec<Record>, r: &Record| held.push(r.clone());
            let held = windowed(&timed, |time| windows(time, size, every, 0), 0, own_key, vec![], push);
            held.into_iter().map(|(span, held)| (span, ($value)(&held))).collect()
        };
        rows!($records, $seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(own_key)
                -> window(sliding(seconds(size), every = seconds(every)))
                -> $($aggregate)*
                -> map(|row| ((row.end.as_secs(), row.start.as_secs(), row.key), ($shown)(row.value)))
                -> out);
    }};
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn lists(records in records(), seed in any::<u64>(), grid in grids()) {
        by_pane!(records, seed, grid, |held: &[Record]| values(held), |values| values, collect(|r| r.value));
    }

    #[test]
    fn folds_that_merge(records in records(), seed in any::<u64>(), grid in grids()) {
        by_pane!(records, seed, grid, |held: &[Record]| own::seen(&values(held)), |seen| seen,
            fold((0, 1), |seen, r| own::step(seen, r.value), merge = own::merge));
    }

    #[test]
    fn own_aggregators_that_merge(records in records(), seed in any::<u64>(), grid in grids()) {
        by_pane!(records, seed, grid, |held: &[Record]| own::seen(&values(held)).0, |seen| seen, aggregate(own::Merging));
    }

    /// Of equal ones the first in the order of the panes.
    #[test]
    fn the_first_of_the_smallest(records in records(), seed in any::<u64>(), grid in grids()) {
        let first = |held: &[Record]| held.iter().min_by_key(|r| r.value / 20).map(|r| (r.value, r.time));
        by_pane!(records, seed, grid, first, |r: Record| Some((r.value, r.time)), min_by(|r| r.value / 20));
    }

    #[test]
    fn reductions(records in records(), seed in any::<u64>(), grid in grids()) {
        let both = |a: i64, b: i64| a.wrapping_mul(31).wrapping_add(b);
        by_source!(records, seed, grid, |held: &[Record]| values(held).into_iter().reduce(both), |r: Record| Some(r.value),
            reduce(|a, b| Record { value: both(a.value, b.value), ..a }));
    }

    #[test]
    fn folds_that_do_not_merge(records in records(), seed in any::<u64>(), grid in grids()) {
        by_source!(records, seed, grid, |held: &[Record]| own::seen(&values(held)), |seen| seen,
            fold((0, 1), |seen, r| own::step(seen, r.value)));
    }

    /// Windows that late records change are shown again: their last rows.
    #[test]
    fn lists_with_late_records(records in records(), seed in any::<u64>(), (size, every, disorder) in grids(), lateness in 0i64..40) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let windows = by_pane(&timed, (size, every), lateness, own_key).into_iter();
            windows.map(|(span, held)| (span, values(&held))).collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(own_key)
                -> window(sliding(seconds(size), every = seconds(every), lateness = seconds(lateness)))
                -> collect(|r| r.value)
                -> map(|row| ((row.end.as_secs(), row.start.as_secs(), row.key), row.value))
                -> out);
    }
}

/// Two that are equal, and both late for some of their windows: what is combined before the exchange is not overtaken.
#[test]
fn the_first_of_equal_late_ones() {
    let record = |(key, time, value)| Record { partition: 0, key, time, value };
    let early = [(0, -26, 0); 5].into_iter().chain([(0, -16, 0), (0, -44, 0), (0, -13, 0), (5, -17, 20), (5, -24, 20)]);
    let records: Vec<Vec<Record>> = vec![early.map(record).collect()];
    for seed in (0..200).chain([3_160_308_182_717_533_656]) {
        let (records, grid) = (records.clone(), (29, 3, 0));
        let first = |held: &[Record]| held.iter().min_by_key(|r| r.value / 20).map(|r| (r.value, r.time));
        by_pane!(records, seed, grid, first, |r: Record| Some((r.value, r.time)), min_by(|r| r.value / 20));
    }
}
