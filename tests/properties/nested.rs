//! State behind state.

use crate::data::{Record, grids, records};
use crate::model::{aggregate, items, read, timestamp, windowed, windows};
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

    /// Closed windows are records of the next stage: how many windows did each key have?
    #[test]
    fn a_running_count_of_windows(records in records(), seed in any::<u64>(), (size, every, disorder) in grids()) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let counts = windowed(&timed, |time| windows(time, size, every, 0), 0, |r| r.key, 0u64, |n, _| *n += 1);
            aggregate(counts.keys(), |window| window.2, 0u64, |n, _| *n += 1).into_iter().collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| r.key)
                -> window(window::sliding(seconds(size), seconds(every)))
                -> count() as windows
                -> map(|row| (row.key, row.value))
                -> key_by(|row| row.0)
                -> count() as totals
                -> map(|row| (row.key, row.value))
                -> out);
    }

    /// The largest value that a window ever had.
    #[test]
    fn a_running_maximum_over_windows(records in records(), seed in any::<u64>(), (size, _, disorder) in grids()) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let sums = windowed(&timed, |time| windows(time, size, size, 0), 0, |r| r.key, 0i64, |n, r| *n += r.value);
            sums.into_values().max().into_iter().collect()
        };
        updates!(records, seed, model, |_| (), |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| r.key)
                -> window(window::tumbling(seconds(size)))
                -> sum(|r| r.value) as sums
                -> map(|row| row.value)
                -> max() as most
                -> out);
    }

    /// Timestamps stand before: rows that come out of state are one partition, and whose records are late there is left open.
    #[test]
    fn windows_of_different_records(records in records(), seed in any::<u64>(), (size, _, disorder) in grids()) {
        let model = |input: &Input| {
            let mut timed = timestamp(read(input), |r| r.time, disorder);
            let mut seen = std::collections::BTreeSet::new();
            timed.retain(|r| seen.insert((r.item.partition, r.item.key, r.item.value / 10)));
            let counts = windowed(&timed, |time| windows(time, size, size, 0), 0, |r| r.key, 0u64, |n, _| *n += 1);
            counts.into_iter().map(|(window, n)| (window.0, window.2, n)).collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> distinct(|r| (r.partition, r.key, r.value / 10)) as different
                -> key_by(|r| r.key)
                -> window(window::tumbling(seconds(size)))
                -> count() as counts
                -> map(|row| (row.end.as_secs(), row.key, row.value))
                -> out);
    }

    #[test]
    fn different_keys_of_windows(records in records(), seed in any::<u64>(), (size, every, disorder) in grids()) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let counts = windowed(&timed, |time| windows(time, size, every, 0), 0, |r| r.key, 0u64, |n, _| *n += 1);
            let keys: std::collections::BTreeSet<u8> = counts.into_keys().map(|window| window.2).collect();
            keys.into_iter().collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| r.key)
                -> window(window::sliding(seconds(size), seconds(every)))
                -> count() as counts
                -> map(|row| row.key)
                -> distinct() as keys
                -> out);
    }

    #[test]
    fn one_stream_twice(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let all = items(read(input));
            let sums = aggregate(&all, |r| r.key, 0i64, |n, r| *n += r.value);
            let most = aggregate(&all, |r| r.key, i64::MIN, |n, r| *n = r.value.max(*n));
            sums.into_iter().map(|row| ("sum", row)).chain(most.into_iter().map(|row| ("most", row))).collect()
        };
        updates!(records, seed, model, |row| (row.0, row.1.0), |input, out|
            let keyed = input -> key_by(|r| r.key);
            let sums = keyed -> sum(|r| r.value) as sums -> map(|row| ("sum", (row.key, row.value)));
            let most = keyed -> max(|r| r.value) as most -> map(|row| ("most", (row.key, row.value)));
            merge(sums, most) -> out;);
    }

    /// A row has the last moment of its window, and none is late for the windows behind.
    #[test]
    fn windows_of_windows(records in records(), seed in any::<u64>(), (size, every, disorder) in grids(), outer in 1i64..60) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let counts = windowed(&timed, |time| windows(time, size, every, 0), 0, |r| r.key, 0u64, |n, _| *n += 1);
            let mut sums = std::collections::BTreeMap::new();
            for ((end, _, key), count) in counts {
                for (_, end) in windows(end - 1, outer, outer, 0) {
                    *sums.entry((end, key)).or_insert(0) += count;
                }
            }
            sums.into_iter().collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| r.key)
                -> window(window::sliding(seconds(size), seconds(every)))
                -> count() as inner
                -> key_by(|row| row.key)
                -> window(window::tumbling(seconds(outer)))
                -> sum(|row| row.value) as outer
                -> map(|row| ((row.end.as_secs(), row.key), row.value))
                -> out);
    }

    #[test]
    fn windows_of_all_keys_of_windows(records in records(), seed in any::<u64>(), (size, _, disorder) in grids(), times in 1i64..5) {
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let sums = windowed(&timed, |time| windows(time, size, size, 0), 0, |r| r.key, 0i64, |n, r| *n += r.value);
            let mut most = std::collections::BTreeMap::new();
            for ((end, ..), sum) in sums {
                for (_, end) in windows(end - 1, size * times, size, 0) {
                    let most = most.entry(end).or_insert(i64::MIN);
                    *most = sum.max(*most);
                }
            }
            most.into_iter().collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| r.key)
                -> window(window::tumbling(seconds(size)))
                -> sum(|r| r.value) as inner
                -> window(window::sliding(seconds(size * times), seconds(size)))
                -> max(|row| row.value) as outer
                -> map(|row| (row.end.as_secs(), row.value))
                -> out);
    }
}
