//! Graphs: arms, routes, and what comes together again.

use crate::data::{Record, grids, records};
use crate::model::{aggregate, filter, flat_map, items, map, read, timestamp, windowed, windows};
use crate::{cases, rows, updates};
use proptest::prelude::*;
use std::time::Duration;
use streamflow::{Timestamp, window};

type Input = Vec<Vec<Record>>;

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

proptest! {
    #![proptest_config(cases())]

    /// Every arm sees every record.
    #[test]
    fn arms(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let mut rows = items(map(filter(read(input), |r| r.value > 0), |r| (1, r.value)));
            rows.extend(items(flat_map(read(input), |r| [(2, r.value), (2, r.time)])));
            rows.extend(items(map(read(input), |r| (3, r.time))));
            rows
        };
        rows!(records, seed, model, |input, out|
            input -> split {
                large => filter(|r| r.value > 0) -> map(|r| (1, r.value)) -> out.clone(),
                both => flat_map(|r| [(2, r.value), (2, r.time)]) -> out.clone(),
                times => map(|r| (3, r.time)) -> out,
            });
    }

    #[test]
    fn arms_with_state(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let sums = aggregate(&input.concat(), |r| r.key, 0i64, |n, r| *n += r.value);
            let most = aggregate(&input.concat(), |r| r.partition, i64::MIN, |n, r| *n = r.value.max(*n));
            sums.into_iter().map(|row| (1, row)).chain(most.into_iter().map(|row| (2, row))).collect()
        };
        updates!(records, seed, model, |row| (row.0, row.1.0), |input, out|
            input -> split {
                sums => key_by(|r| r.key) -> sum(|r| r.value) as sums -> map(|row| (1, (row.key, row.value))) -> out.clone(),
                most => key_by(|r| r.partition) -> max(|r| r.value) as most -> map(|row| (2, (row.key, row.value))) -> out,
            });
    }

    /// Each record goes to the first arm that takes it.
    #[test]
    fn routes(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let arm = |r: Record| match r.value {
                11.. => (1, r.value),
                1..=10 => (2, -r.value),
                _ => (3, r.time),
            };
            items(map(read(input), arm))
        };
        rows!(records, seed, model, |input, out|
            input -> route {
                large if |r| r.value > 10 => map(|r| (1, r.value)) -> out.clone(),
                small if |r| r.value > 0 => map(|r| (2, -r.value)) -> out.clone(),
                rest => map(|r| (3, r.time)) -> out,
            });
    }

    #[test]
    fn routes_with_state(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let step = |n: &mut i64, r: &Record| *n += if r.value % 2 == 0 { r.value } else { 1 };
            let sums = aggregate(&input.concat(), |r| (r.value % 2 == 0, r.key), 0i64, step);
            sums.into_iter().collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input -> route {
                even if |r| r.value % 2 == 0 =>
                    key_by(|r| r.key) -> sum(|r| r.value) as sums -> map(|row| ((true, row.key), row.value)) -> out.clone(),
                odd => key_by(|r| r.key) -> count() as counts -> map(|row| ((false, row.key), row.value as i64)) -> out,
            });
    }

    /// Both branches of a merge in one state.
    #[test]
    fn a_sum_behind_a_merge(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let mut rows = items(map(filter(read(input), |r| r.value > 0), |r| (r.key, r.value)));
            rows.extend(items(map(read(input), |r| (r.key + 3, r.time))));
            aggregate(&rows, |row| row.0, 0i64, |n, row| *n += row.1).into_iter().collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            let all = input;
            let large = all -> filter(|r| r.value > 0) -> map(|r| (r.key, r.value));
            let times = all -> map(|r| (r.key + 3, r.time));
            merge(large, times) -> key_by(|row| row.0) -> sum(|row| row.1) -> map(|row| (row.key, row.value)) -> out;);
    }

    /// Each branch is judged by its own timestamps.
    #[test]
    fn windows_behind_a_merge(records in records(), seed in any::<u64>(), (size, every, disorder) in grids()) {
        let model = |input: &Input| {
            let mut timed = timestamp(filter(read(input), |r| r.value > 0), |r| r.time, disorder);
            timed.extend(timestamp(filter(read(input), |r| r.value <= 5), |r| r.time, 2 * disorder));
            let counts = windowed(&timed, |time| windows(time, size, every, 0), 0, |r| r.key, 0u64, |n, _| *n += 1);
            counts.into_iter().collect()
        };
        rows!(records, seed, model, |input, out|
            let all = input;
            let large = all -> filter(|r| r.value > 0)
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder));
            let small = all -> filter(|r| r.value <= 5)
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(2 * disorder));
            merge(large, small)
                -> key_by(|r| r.key)
                -> window(window::sliding(seconds(size), seconds(every)))
                -> count()
                -> map(|row| ((row.end.as_secs(), row.start.as_secs(), row.key), row.value))
                -> out;);
    }

    /// One open window, two aggregates.
    #[test]
    fn two_aggregates_of_a_stream_with_times(records in records(), seed in any::<u64>(), (size, every, disorder) in grids()) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let of = |time| windows(time, size, every, 0);
            let sums = windowed(&timed, of, 0, |r| r.key, 0i64, |n, r| *n += r.value);
            let least = windowed(&timed, of, 0, |r| r.key, i64::MAX, |n, r| *n = r.value.min(*n));
            sums.into_iter().map(|row| (1, row)).chain(least.into_iter().map(|row| (2, row))).collect()
        };
        rows!(records, seed, model, |input, out|
            let timed = input -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder)) -> key_by(|r| r.key);
            let sums = timed -> window(window::sliding(seconds(size), seconds(every))) -> sum(|r| r.value) as sums
                -> map(|row| (1, ((row.end.as_secs(), row.start.as_secs(), row.key), row.value)));
            let least = timed -> window(window::sliding(seconds(size), seconds(every))) -> min(|r| r.value) as least
                -> map(|row| (2, ((row.end.as_secs(), row.start.as_secs(), row.key), row.value)));
            merge(sums, least) -> out;);
    }
}
