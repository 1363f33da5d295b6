//! Windows on event time: what each holds, and what is late for it.

use crate::data::{Record, grids, records, wide_grids};
use crate::model::{filter, read, timestamp, top, windowed, windows};
use crate::{cases, own, rows};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use streamflow::{Timestamp, window};

type Input = Vec<Vec<Record>>;

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

fn at(record: &Record) -> Timestamp {
    Timestamp::from_secs(record.time)
}

/// Window end and start, key and value.
fn listed<K, A>(groups: BTreeMap<(i64, i64, K), A>) -> Vec<(i64, i64, K, A)> {
    groups.into_iter().map(|((end, start, key), value)| (end, start, key, value)).collect()
}

/// An aggregate in windows on a grid; the model says what it does.
macro_rules! in_windows {
    ($records:expr, $seed:expr, $grid:expr, $key:expr, $initial:expr, $step:expr, $($name:ident($($arguments:tt)*))->+) => {
        in_windows!($records, $seed, $grid, $key, $initial, $step, |n| n, |n| n, $($name($($arguments)*))->+)
    };
    ($records:expr, $seed:expr, $grid:expr, $key:expr, $initial:expr, $step:expr, $model:expr, $shown:expr, $($aggregate:tt)*) => {{
        let ((size, every, disorder), key) = ($grid, $key);
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let groups = windowed(&timed, |time| windows(time, size, every, 0), 0, key, $initial, $step);
            listed(groups).into_iter().map(|row| (row.0, row.1, row.2, ($model)(row.3))).collect()
        };
        rows!($records, $seed, model, |input, out|
            input
                -> timestamp(at, disorder = seconds(disorder))
                -> key_by(|r| key(r))
                -> window(window::sliding(seconds(size), seconds(every)))
                -> $($aggregate)*
                -> map(|row| (row.end.as_secs(), row.start.as_secs(), row.key, ($shown)(row.value)))
                -> out);
    }};
}

fn key(r: &Record) -> u8 {
    r.key
}

fn own_key(r: &Record) -> (u8, u8) {
    (r.partition, r.key)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn tumbling_counts(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, (grid.0, grid.0, grid.2), key, 0u64, |n, _| *n += 1, count());
    }

    #[test]
    fn sliding_sums(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, key, 0i64, |n, r| *n += r.value, sum(|r| r.value));
    }

    #[test]
    fn sums_of_many_panes(records in records(), seed in any::<u64>(), grid in wide_grids()) {
        in_windows!(records, seed, grid, key, 0i64, |n, r| *n += r.value, sum(|r| r.value));
    }

    #[test]
    fn counts_of_many_panes(records in records(), seed in any::<u64>(), grid in wide_grids()) {
        in_windows!(records, seed, grid, own_key, 0u64, |n, _| *n += 1, count());
    }

    #[test]
    fn means_of_many_panes(records in records(), seed in any::<u64>(), grid in wide_grids()) {
        in_windows!(records, seed, grid, key, (0i64, 0u64), |n, r| *n = (n.0 + r.value, n.1 + 1),
            |n: (i64, u64)| n.0 as f64 / n.1 as f64, |n: f64| n, mean(|r| r.value));
    }

    #[test]
    fn reductions_with_an_inverse(records in records(), seed in any::<u64>(), grid in wide_grids()) {
        let sum = |left: Record, right: Record| Record { value: left.value + right.value, ..left };
        in_windows!(records, seed, grid, key, 0i64, |n, r| *n += r.value, |n| n, |r: Record| r.value,
            reduce(sum, inverse = |all, leaving| Record { value: all.value - leaving.value, ..all }));
    }

    #[test]
    fn folds_with_an_inverse(records in records(), seed in any::<u64>(), grid in wide_grids()) {
        in_windows!(records, seed, grid, key, (0i64, 0u64), |n, r| *n = (n.0 + r.value, n.1 + 1),
            fold((0, 0), |n, r| *n = (n.0 + r.value, n.1 + 1),
                merge = |into, from| *into = (into.0 + from.0, into.1 + from.1),
                inverse = |all, leaving| *all = (all.0 - leaving.0, all.1 - leaving.1)));
    }

    #[test]
    fn own_aggregators_with_an_inverse(records in records(), seed in any::<u64>(), grid in wide_grids()) {
        in_windows!(records, seed, grid, key, 0i64, |n, r| *n += r.value * r.value, aggregate(own::Inverting));
    }

    #[test]
    fn sliding_maxima(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, key, i64::MIN, |n, r| *n = r.value.max(*n), max(|r| r.value));
    }

    #[test]
    fn tumbling_folds_in_order(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, (grid.0, grid.0, grid.2), own_key, vec![], |n, r| n.push(r.value),
            fold(Vec::new(), |n, r| n.push(r.value)));
    }

    #[test]
    fn sliding_folds_in_order(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, own_key, vec![], |n, r| n.push(r.value),
            fold(Vec::new(), |n, r| n.push(r.value)));
    }

    #[test]
    fn windows_without_a_key(records in records(), seed in any::<u64>(), (size, every, disorder) in grids()) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            listed(windowed(&timed, |time| windows(time, size, every, 0), 0, |_| (), 0u64, |n, _| *n += 1))
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(at, disorder = seconds(disorder))
                -> window(window::sliding(seconds(size), seconds(every)))
                -> count()
                -> map(|row| (row.end.as_secs(), row.start.as_secs(), row.key, row.value))
                -> out);
    }

    /// What a filter drops behind the timestamps has still moved the watermark; what one drops before has not.
    #[test]
    fn filters_before_and_behind_the_timestamps(records in records(), seed in any::<u64>(), (size, _, disorder) in grids()) {
        let model = |input: &Input| {
            let mut timed = timestamp(filter(read(input), |r| r.value % 4 != 0), |r| r.time, disorder);
            timed.retain(|r| r.item.value % 3 != 0);
            listed(windowed(&timed, |time| windows(time, size, size, 0), 0, key, 0u64, |n, _| *n += 1))
        };
        rows!(records, seed, model, |input, out|
            input
                -> filter(|r| r.value % 4 != 0)
                -> timestamp(at, disorder = seconds(disorder))
                -> filter(|r| r.value % 3 != 0)
                -> key_by(|r| r.key)
                -> window(window::tumbling(seconds(size)))
                -> count()
                -> map(|row| (row.end.as_secs(), row.start.as_secs(), row.key, row.value))
                -> out);
    }

    #[test]
    fn the_best_keys_of_each_window(records in records(), seed in any::<u64>(), (size, every, disorder) in grids()) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let counts = windowed(&timed, |time| windows(time, size, every, 0), 0, key, 0u64, |n, _| *n += 1);
            let grouped = listed(counts).into_iter().map(|row| ((row.0, row.1), row)).collect();
            top(grouped, 2, |row| (row.3, Reverse(row.2)))
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(at, disorder = seconds(disorder))
                -> key_by(|r| r.key)
                -> window(window::sliding(seconds(size), seconds(every)))
                -> count()
                -> top(2, by = |row| (row.value, Reverse(row.key)))
                -> map(|row| (row.end.as_secs(), row.start.as_secs(), row.key, row.value))
                -> out);
    }

    /// Panes show in the order of the values, so they are sorted.
    #[test]
    fn sliding_lists(records in records(), seed in any::<u64>(), grid in grids()) {
        let sorted = |mut values: Vec<i64>| {
            values.sort_unstable();
            values
        };
        in_windows!(records, seed, grid, key, vec![], |n: &mut Vec<i64>, r| n.push(r.value), sorted, sorted, collect(|r| r.value));
    }

    #[test]
    fn tumbling_lists_in_order(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, (grid.0, grid.0, grid.2), own_key, vec![], |n: &mut Vec<i64>, r| n.push(r.value), collect(|r| r.value));
    }

    #[test]
    fn sliding_firsts(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, own_key, None, |n: &mut Option<i64>, r| *n = n.or(Some(r.value)), first(|r| Some(r.value)));
    }

    #[test]
    fn sliding_lasts(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, own_key, 0i64, |n, r| *n = r.value, last(|r| r.value));
    }

    /// Which of equal ones it is follows the panes: here none are but those that are the same altogether.
    #[test]
    fn sliding_largest_records(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, key, (i64::MIN, i64::MIN), |n, r| *n = (r.value, r.time).max(*n),
            |n| n, |r: Record| (r.value, r.time), max_by(|r| (r.value, r.time)));
    }

    #[test]
    fn tumbling_smallest_records(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, (grid.0, grid.0, grid.2), own_key, (i64::MAX, 0),
            |n, r| if r.value / 10 < n.0 { *n = (r.value / 10, r.time) },
            |n| n, |r: Record| (r.value / 10, r.time), min_by(|r| r.value / 10));
    }

    #[test]
    fn sliding_variances(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, own_key, vec![], |n: &mut Vec<i64>, r| n.push(r.value),
            |n: Vec<i64>| own::rounded(own::variance(&n)), own::rounded, variance(|r| r.value));
    }

    #[test]
    fn sliding_medians(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, key, vec![], |n: &mut Vec<i64>, r| n.push(own::power(r)),
            own::median, |n: f64| n.log2().round() as i64, median(own::power));
    }

    #[test]
    fn sliding_different_values(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, key, BTreeSet::new(), |n: &mut BTreeSet<i64>, r| { n.insert(r.value / 7); },
            |n: BTreeSet<i64>| n.len() as u64, |n: u64| n, count_distinct(|r| r.value / 7));
    }

    #[test]
    fn own_aggregators_in_order(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, own_key, 0i64, |n, r| *n = n.wrapping_mul(31).wrapping_add(r.value),
            aggregate(own::InOrder));
    }

    #[test]
    fn own_aggregators_that_merge(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, (grid.0, grid.0, grid.2), own_key, 0i64, |n, r| *n = n.wrapping_mul(31).wrapping_add(r.value),
            aggregate(own::Merging));
    }

    #[test]
    fn own_aggregators_in_any_order(records in records(), seed in any::<u64>(), grid in grids()) {
        in_windows!(records, seed, grid, key, 0i64, |n, r| *n += r.value * r.value, aggregate(own::AnyOrder));
    }
}
