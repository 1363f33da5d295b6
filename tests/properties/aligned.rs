//! Windows aligned to records.

use crate::data::{Record, records};
use crate::model::{aligned, read, timestamp};
use crate::{cases, own, rows, updates};
use proptest::prelude::*;
use std::time::Duration;
use streamflow::Timestamp;

type Input = Vec<Vec<Record>>;
/// End and start in microseconds, key.
type Span = (i64, i64, (u8, u8));

const MICROS: i64 = 1_000_000;

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

fn own_key(r: &Record) -> (u8, u8) {
    (r.partition, r.key)
}

/// The values of each window, in its order; difference, lateness and disorder in seconds.
fn values(
    input: &Input,
    difference: i64,
    lateness: i64,
    disorder: i64,
    key: fn(&Record) -> (u8, u8),
) -> Vec<(Span, Vec<i64>)> {
    let timed = timestamp(read(input), |r| r.time * MICROS, disorder * MICROS);
    let windows = aligned(&timed, difference * MICROS, lateness * MICROS, key).into_iter();
    windows.map(|(span, held)| (span, held.into_iter().map(|r| r.value).collect())).collect()
}

fn with<V>(windows: Vec<(Span, Vec<i64>)>, value: impl Fn(&[i64]) -> V) -> Vec<(Span, V)> {
    windows.into_iter().map(|(span, values)| (span, value(&values))).collect()
}

/// An aggregate of the windows of a partition's keys.
macro_rules! in_windows {
    ($records:expr, $seed:expr, $difference:expr, $disorder:expr, $value:expr, $($aggregate:tt)*) => {{
        let (difference, disorder) = ($difference, $disorder);
        let model = |input: &Input| with(values(input, difference, 0, disorder, own_key), $value);
        rows!($records, $seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(own_key)
                -> window(aligned(seconds(difference)))
                -> $($aggregate)*
                -> map(|row| ((row.end.as_micros(), row.start.as_micros(), row.key), row.value))
                -> out);
    }};
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn sums(records in records(), seed in any::<u64>(), difference in 1i64..40, disorder in 0i64..25) {
        in_windows!(records, seed, difference, disorder, |values: &[i64]| values.iter().sum::<i64>(), sum(|r| r.value));
    }

    #[test]
    fn lists_in_order_of_time(records in records(), seed in any::<u64>(), difference in 1i64..40, disorder in 0i64..25) {
        in_windows!(records, seed, difference, disorder, <[i64]>::to_vec, collect(|r| r.value));
    }

    #[test]
    fn folds_in_order_of_time(records in records(), seed in any::<u64>(), difference in 1i64..40, disorder in 0i64..25) {
        in_windows!(records, seed, difference, disorder, own::seen,
            fold((0, 1), |seen, r| own::step(seen, r.value), merge = own::merge));
    }

    #[test]
    fn the_first_by_time(records in records(), seed in any::<u64>(), difference in 1i64..40, disorder in 0i64..25) {
        in_windows!(records, seed, difference, disorder, |values: &[i64]| values[0], first(|r| r.value));
    }

    #[test]
    fn the_last_by_time(records in records(), seed in any::<u64>(), difference in 1i64..40, disorder in 0i64..25) {
        in_windows!(records, seed, difference, disorder, |values: &[i64]| values[values.len() - 1], last(|r| r.value));
    }

    /// Where nothing is late the order between partitions does not matter.
    #[test]
    fn counts_over_all_partitions(records in records(), seed in any::<u64>(), difference in 1i64..40) {
        let key = |r: &Record| (0, r.key);
        let model = |input: &Input| with(values(input, difference, 0, 1_000, key), |values| values.len() as u64);
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(1_000))
                -> key_by(|r| (0u8, r.key))
                -> window(aligned(seconds(difference)))
                -> count()
                -> map(|row| ((row.end.as_micros(), row.start.as_micros(), row.key), row.value))
                -> out);
    }

    /// Windows that late records change are shown again: their last rows.
    #[test]
    fn late_records(records in records(), seed in any::<u64>(), difference in 1i64..40, disorder in 0i64..25, lateness in 0i64..40) {
        let model = |input: &Input| values(input, difference, lateness, disorder, own_key);
        updates!(records, seed, model, |row| row.0, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(own_key)
                -> window(aligned(seconds(difference), lateness = seconds(lateness)))
                -> collect(|r| r.value)
                -> map(|row| ((row.end.as_micros(), row.start.as_micros(), row.key), row.value))
                -> out);
    }
}
