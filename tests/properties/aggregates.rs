//! Running aggregates: the last value of each key.

use crate::data::{Record, records};
use crate::model::{aggregate, distinct, filter, items, map, read, top};
use crate::{cases, own, updates};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

type Input = Vec<Vec<Record>>;

fn rows<K, A>(groups: BTreeMap<K, A>) -> Vec<(K, A)> {
    groups.into_iter().collect()
}

/// Keys with an aggregate behind them; the model says what it does.
macro_rules! keyed {
    ($records:expr, $seed:expr, $key:expr, $initial:expr, $step:expr, $($aggregate:tt)*) => {{
        let key = $key;
        let model = |input: &Input| rows(aggregate(&input.concat(), key, $initial, $step));
        updates!($records, $seed, model, |row| row.0, |input, out|
            input -> key_by(|r| key(r)) -> $($aggregate)* -> map(|row| (row.key, row.value)) -> out);
    }};
}

fn key(r: &Record) -> u8 {
    r.key
}

/// Only within a partition there is an order.
fn own_key(r: &Record) -> (u8, u8) {
    (r.partition, r.key)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn count_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, key, 0u64, |n, _| *n += 1, count());
    }

    #[test]
    fn sum_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, key, 0i64, |n, r| *n += r.value, sum(|r| r.value));
    }

    #[test]
    fn min_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, key, i64::MAX, |n, r| *n = r.value.min(*n), min(|r| r.value));
    }

    #[test]
    fn max_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, key, i64::MIN, |n, r| *n = r.value.max(*n), max(|r| r.value));
    }

    #[test]
    fn mean_by_key(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let sums = aggregate(&input.concat(), key, (0i64, 0i64), |n, r| *n = (n.0 + r.value, n.1 + 1));
            sums.into_iter().map(|(key, n)| (key, n.0 as f64 / n.1 as f64)).collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input -> key_by(|r| r.key) -> mean(|r| r.value) -> map(|row| (row.key, row.value)) -> out);
    }

    #[test]
    fn fold_by_key_in_order(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, vec![], |n, r| n.push(r.value), fold(Vec::new(), |n, r| n.push(r.value)));
    }

    #[test]
    fn reduce_by_key_in_order(records in records(), seed in any::<u64>()) {
        let join = |left: i64, right: i64| left.wrapping_mul(31).wrapping_add(right);
        let model = |input: &Input| {
            let step = |n: &mut Option<i64>, r: &Record| *n = Some(n.map_or(r.value, |n| join(n, r.value)));
            let groups = aggregate(&input.concat(), own_key, None, step);
            groups.into_iter().map(|(key, n)| (key, n.expect("a record"))).collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input -> key_by(own_key) -> map_values(|r| r.value) -> reduce(join)
                -> map(|row| (row.key, row.value)) -> out);
    }

    /// Sums of floats show the order in which they are added.
    #[test]
    fn float_sums_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, 0.0, |n, r| *n += r.value as f64 / 10.0, sum(|r| r.value as f64 / 10.0));
    }

    #[test]
    fn values_of_a_keyed_stream(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let doubled = items(map(read(input), |r| (r.key, r.value * 2)));
            rows(aggregate(&doubled, |row| row.0, 0i64, |n, row| *n += row.1))
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input -> key_by(|r| r.key) -> map_values(|r| r.value * 2) -> sum() -> map(|row| (row.key, row.value)) -> out);
    }

    #[test]
    fn text_keys(records in records(), seed in any::<u64>()) {
        let name = |r: &Record| "key ".repeat(usize::from(r.key) + 1);
        let model = |input: &Input| rows(aggregate(&input.concat(), name, 0u64, |n, _| *n += 1));
        updates!(records, seed, model, |row| row.0.clone(), |input, out|
            input -> key_by(|r| name(r)) -> count() -> map(|row| (row.key.to_owned(), row.value)) -> out);
    }

    #[test]
    fn count_of_all(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| rows(aggregate(&input.concat(), |_| (), 0u64, |n, _| *n += 1));
        updates!(records, seed, model, |_| (), |input, out| input -> count() -> map(|n| ((), n)) -> out);
    }

    #[test]
    fn sum_of_what_a_filter_keeps(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let kept = items(filter(read(input), |r| r.value > 10));
            rows(aggregate(&kept, |_| (), 0i64, |n, r| *n += r.value))
        };
        updates!(records, seed, model, |_| (), |input, out|
            input -> filter(|r| r.value > 10) -> sum(|r| r.value) -> map(|n| ((), n)) -> out);
    }

    #[test]
    fn count_of_different_values(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let different = items(distinct(map(read(input), |r| (r.key, r.value / 5)), |row| *row));
            rows(aggregate(&different, |row| row.0, 0u64, |n, _| *n += 1))
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input -> map(|r| (r.key, r.value / 5)) -> distinct() -> key_by(|row| row.0) -> count()
                -> map(|row| (row.key, row.value)) -> out);
    }

    /// Each batch gives the ranking anew, so only the last one counts: a place after the other.
    #[test]
    fn the_best_of_all_records(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let all = input.concat().into_iter().map(|r| ((), (r.value, r.key, r.partition, r.time))).collect();
            // a ranking of one has one row in each batch
            top(all, 1, |row| *row)
        };
        updates!(records, seed, model, |_| (), |input, out|
            input -> map(|r| (r.value, r.key, r.partition, r.time)) -> top(1, by = |row| *row) -> out);
    }

    #[test]
    fn the_largest_sum(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let sums = aggregate(&input.concat(), key, 0i64, |n, r| *n += r.value);
            top(sums.into_iter().map(|row| ((), row)).collect(), 1, |row| (row.1, Reverse(row.0)))
        };
        updates!(records, seed, model, |_| (), |input, out|
            input -> key_by(|r| r.key) -> sum(|r| r.value) -> top(1, by = |row| (row.value, Reverse(row.key)))
                -> map(|row| (row.key, row.value)) -> out);
    }

    #[test]
    fn collect_by_key_in_order(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, vec![], |n: &mut Vec<i64>, r| n.push(r.value), collect(|r| r.value));
    }

    #[test]
    fn first_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, None, |n: &mut Option<i64>, r| *n = n.or(Some(r.value)), first(|r| Some(r.value)));
    }

    #[test]
    fn last_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, i64::MAX, |n, r| *n = r.value, last(|r| r.value));
    }

    /// Of equal ones the first.
    #[test]
    fn largest_record_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, (i64::MIN, 0), |n, r| if r.value / 10 > n.0 { *n = (r.value / 10, r.time) },
            map_values(|r| (r.value / 10, r.time)) -> max_by(|r| r.0));
    }

    #[test]
    fn smallest_record_by_key(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, (i64::MAX, 0), |n, r| if r.value / 10 < n.0 { *n = (r.value / 10, r.time) },
            map_values(|r| (r.value / 10, r.time)) -> min_by(|r| r.0));
    }

    #[test]
    fn variance_by_key(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let values = aggregate(&input.concat(), own_key, vec![], |n, r| n.push(r.value));
            values.into_iter().map(|(key, values)| (key, own::rounded(own::variance(&values)))).collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input -> key_by(own_key) -> variance(|r| r.value) -> map(|row| (row.key, own::rounded(row.value))) -> out);
    }

    #[test]
    fn median_by_key(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let values = aggregate(&input.concat(), key, vec![], |n, r| n.push(own::power(r)));
            values.into_iter().map(|(key, values)| (key, own::median(values))).collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input -> key_by(|r| r.key) -> median(own::power)
                -> map(|row| (row.key, row.value.log2().round() as i64)) -> out);
    }

    #[test]
    fn different_values_by_key(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let step = |n: &mut BTreeSet<i64>, r: &Record| { n.insert(r.value / 7); };
            let values = aggregate(&input.concat(), key, BTreeSet::new(), step);
            values.into_iter().map(|(key, values)| (key, values.len() as u64)).collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input -> key_by(|r| r.key) -> count_distinct(|r| r.value / 7) -> map(|row| (row.key, row.value)) -> out);
    }

    #[test]
    fn an_own_aggregator_in_order(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, 0i64, |n, r| *n = n.wrapping_mul(31).wrapping_add(r.value), aggregate(own::InOrder));
    }

    #[test]
    fn an_own_aggregator_that_merges(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, own_key, 0i64, |n, r| *n = n.wrapping_mul(31).wrapping_add(r.value), aggregate(own::Merging));
    }

    #[test]
    fn an_own_aggregator_in_any_order(records in records(), seed in any::<u64>()) {
        keyed!(records, seed, key, 0i64, |n, r| *n += r.value * r.value, aggregate(own::AnyOrder));
    }
}
