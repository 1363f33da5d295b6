//! Windows of so many records.

use crate::data::{Record, records};
use crate::{cases, in_order, own, rows};
use proptest::prelude::*;
use std::time::Duration;
use streamflow::Timestamp;

type Input = Vec<Vec<Record>>;

/// The windows of each key, in their order: every so many records the next one begins, and only full ones show.
fn counted(input: &Input, size: u64, every: u64) -> Vec<Vec<Record>> {
    let mut windows = vec![];
    for partition in input {
        for key in 0..6 {
            let of: Vec<Record> = partition.iter().filter(|r| r.key == key).cloned().collect();
            windows.extend(of.windows(size as usize).step_by(every as usize).map(<[Record]>::to_vec));
        }
    }
    windows
}

fn own_key(window: &[Record]) -> (u8, u8) {
    (window[0].partition, window[0].key)
}

fn values(window: &[Record]) -> Vec<i64> {
    window.iter().map(|r| r.value).collect()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn windows_of_so_many_records(records in records(), seed in any::<u64>(), size in 1u64..6, every in 1u64..6) {
        let every = every.min(size);
        let sum = |window: Vec<Record>| (own_key(&window), values(&window).iter().sum::<i64>());
        let model = |input: &Input| counted(input, size, every).into_iter().map(sum).collect();
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| (r.partition, r.key))
                -> window(counts(size, every = every))
                -> sum(|r| r.value)
                -> map(|row| (row.key, row.value))
                -> out);
    }

    #[test]
    fn one_window_behind_the_other(records in records(), seed in any::<u64>(), size in 1u64..8) {
        let list = |window: Vec<Record>| (own_key(&window), values(&window));
        let model = |input: &Input| counted(input, size, size).into_iter().map(list).collect();
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| (r.partition, r.key))
                -> window(counts(size))
                -> collect(|r| r.value)
                -> map(|row| (row.key, row.value))
                -> out);
    }

    /// A slide above the size: some records are in no window.
    #[test]
    fn windows_with_gaps(records in records(), seed in any::<u64>(), size in 1u64..5, every in 1u64..9) {
        let seen = |window: Vec<Record>| (own_key(&window), own::seen(&values(&window)));
        let model = |input: &Input| counted(input, size, every).into_iter().map(seen).collect();
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| (r.partition, r.key))
                -> window(counts(size, every = every, gaps = true))
                -> fold((0, 1), |seen, r| own::step(seen, r.value))
                -> map(|row| (row.key, row.value))
                -> out);
    }

    /// From the earliest record to the latest, whatever their order; and no record is late.
    #[test]
    fn the_times_of_windows(records in records(), seed in any::<u64>(), size in 1u64..6, every in 1u64..6, disorder in 0i64..25) {
        let every = every.min(size);
        let row = |window: Vec<Record>| {
            let times = window.iter().map(|r| r.time * 1_000_000);
            let (start, end) = (times.clone().min().unwrap_or(0), times.max().unwrap_or(0) + 1);
            (own_key(&window), start, end, values(&window)[0], values(&window)[window.len() - 1])
        };
        let model = |input: &Input| counted(input, size, every).into_iter().map(row).collect();
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = Duration::from_secs(disorder as u64))
                -> key_by(|r| (r.partition, r.key))
                -> window(counts(size, every = every))
                -> reduce(|first, r| Record { time: r.value, ..first })
                -> map(|row| {
                    // a window of one record has been through no reduction
                    let last = if size == 1 { row.value.value } else { row.value.time };
                    (row.key, row.start.as_micros(), row.end.as_micros(), row.value.value, last)
                })
                -> out);
    }

    #[test]
    fn first_and_last_of_windows(records in records(), seed in any::<u64>(), size in 1u64..6, every in 1u64..6) {
        let every = every.min(size);
        let row = |window: Vec<Record>| {
            let values = values(&window);
            [("first", own_key(&window), values[0]), ("last", own_key(&window), values[values.len() - 1])]
        };
        let model = |input: &Input| counted(input, size, every).into_iter().flat_map(row).collect();
        in_order!(records, seed, model, |row| (row.0, row.1), |input, out|
            let keyed = input -> key_by(|r| (r.partition, r.key));
            let firsts = keyed -> window(counts(size, every = every)) -> first(|r| r.value) as firsts
                -> map(|row| ("first", row.key, row.value));
            let lasts = keyed -> window(counts(size, every = every)) -> last(|r| r.value) as lasts
                -> map(|row| ("last", row.key, row.value));
            merge(firsts, lasts) -> out;);
    }

    /// One partition: over several it is open which record comes first.
    #[test]
    fn windows_of_the_whole_stream(records in records(), seed in any::<u64>(), size in 1u64..9, every in 1u64..9) {
        let (records, every) = (vec![records.concat()], every.min(size));
        let model = |input: &Input| {
            let windows = input[0].windows(size as usize).step_by(every as usize);
            windows.map(|window| window.iter().map(|r| r.value).collect::<Vec<_>>()).collect()
        };
        rows!(records, seed, model, |input, out|
            input -> window(counts(size, every = every)) -> collect(|r| r.value) -> map(|row| row.value) -> out);
    }
}
