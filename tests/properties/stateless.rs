//! Chains without state: nothing lost, nothing doubled, each partition in its order.

use crate::data::{Record, records};
use crate::model::{distinct, filter, flat_map, items, map, read};
use crate::{cases, in_order, rows};
use proptest::prelude::*;

type Input = Vec<Vec<Record>>;

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn map_alone(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| items(map(read(input), |r| (r.partition, r.value * 3)));
        in_order!(records, seed, model, |row| row.0, |input, out| input -> map(|r| (r.partition, r.value * 3)) -> out);
    }

    #[test]
    fn filter_then_map(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| items(map(filter(read(input), |r| r.value % 3 == 0), |r| (r.partition, r.key)));
        in_order!(records, seed, model, |row| row.0, |input, out|
            input -> filter(|r| r.value % 3 == 0) -> map(|r| (r.partition, r.key)) -> out);
    }

    #[test]
    fn filter_map_alone(records in records(), seed in any::<u64>()) {
        let half = |r: Record| (r.value % 2 == 0).then_some((r.partition, r.value / 2));
        let model = |input: &Input| items(flat_map(read(input), half));
        in_order!(records, seed, model, |row| row.0, |input, out| input -> filter_map(half) -> out);
    }

    #[test]
    fn flat_map_gives_many_one_or_none(records in records(), seed in any::<u64>()) {
        let many = |r: Record| (0..r.value.rem_euclid(4)).map(move |n| (r.partition, r.value + n));
        let model = |input: &Input| items(flat_map(read(input), many));
        in_order!(records, seed, model, |row| row.0, |input, out| input -> flat_map(many) -> out);
    }

    #[test]
    fn a_long_chain(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let kept = filter(map(read(input), |r| (r.partition, r.value + i64::from(r.key))), |r| r.1 > -20);
            items(filter(flat_map(kept, |r| [(r.0, r.1), (r.0, -r.1)]), |r| r.1 % 5 != 0))
        };
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> map(|r| (r.partition, r.value + i64::from(r.key)))
                -> filter(|r| r.1 > -20)
                -> inspect(|_| {})
                -> flat_map(|r| [(r.0, r.1), (r.0, -r.1)])
                -> filter(|r| r.1 % 5 != 0)
                -> out);
    }

    /// Over several partitions it is open which of two equal records is the first.
    #[test]
    fn distinct_values(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| items(distinct(map(read(input), |r| r.value / 7), |n| *n));
        rows!(records, seed, model, |input, out| input -> map(|r| r.value / 7) -> distinct() -> out);
    }

    #[test]
    fn distinct_by_a_key_keeps_the_first(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| items(distinct(read(input), |r| (r.partition, r.key)));
        in_order!(records, seed, model, |r| r.partition, |input, out|
            input -> distinct(|r| (r.partition, r.key)) -> out);
    }

    #[test]
    fn distinct_then_map(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| items(map(distinct(map(read(input), |r| r.key), |k| *k), |k| u32::from(k) + 1));
        rows!(records, seed, model, |input, out|
            input -> map(|r| r.key) -> distinct() -> map(|k| u32::from(k) + 1) -> out);
    }

    #[test]
    fn a_merge_of_branches(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let mut rows = items(map(filter(read(input), |r| r.value > 0), |r| r.value));
            rows.extend(items(map(filter(read(input), |r| r.value < 10), |r| -r.value)));
            rows
        };
        rows!(records, seed, model, |input, out|
            let all = input;
            let large = all -> filter(|r| r.value > 0) -> map(|r| r.value);
            let small = all -> filter(|r| r.value < 10) -> map(|r| -r.value);
            merge(large, small) -> out;);
    }

    #[test]
    fn chunks_one_by_one(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| items(map(read(input), |r| (r.partition, r.value * 3)));
        in_order!(records, seed, model, |row| row.0, |input, out|
            input -> map_chunks(|chunk| chunk.map(|r| (r.partition, r.value * 3))) -> out);
    }

    #[test]
    fn chunks_taken_apart(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| items(map(filter(read(input), |r| r.value > 0), |r| (r.partition, r.value)));
        in_order!(records, seed, model, |row| row.0, |input, out|
            input -> filter(|r| r.value > 0) -> map(|r| (r.partition, r.value)) -> chunks() -> flat_map(|chunk| chunk) -> out);
    }

    #[test]
    fn dealt_anew(records in records(), seed in any::<u64>(), number in 1usize..9) {
        let model = |input: &Input| items(map(filter(read(input), |r| r.value % 2 == 0), |r| (r.partition, r.value)));
        in_order!(records, seed, model, |row| row.0, |input, out|
            input -> filter(|r| r.value % 2 == 0) -> repartition(number) -> map(|r| (r.partition, r.value)) -> out);
    }

    #[test]
    fn dealt_twice_and_chunks_of_it(records in records(), seed in any::<u64>(), number in 1usize..9) {
        let model = |input: &Input| items(map(filter(read(input), |r| r.value % 2 == 0), |r| (r.partition, r.value)));
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> repartition(number)
                -> map_chunks(|chunk| chunk.filter(|r| r.value % 2 == 0))
                -> repartition(3)
                -> map(|r| (r.partition, r.value))
                -> out);
    }

    #[test]
    fn failures_left_out(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| items(map(filter(read(input), |r| r.value % 3 != 0), |r| (r.partition, r.value)));
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> try_map(|r| if r.value % 3 == 0 { Err("a third") } else { Ok((r.partition, r.value)) }, on_error = skip)
                -> out);
    }

    /// Failures know their number in the partition.
    #[test]
    fn failures_put_aside(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let rows = input.iter().flat_map(|partition| (1u64..).zip(partition));
            let row = |(number, r): (u64, &Record)| (r.partition, r.value, if r.value % 3 == 0 { number } else { 0 });
            rows.map(row).collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> try_map(|r| if r.value % 3 == 0 { Err("a third") } else { Ok((r.partition, r.value, 0)) }) as tried
                -> out.clone();
            errors(tried) -> map(|failed| (failed.record.partition, failed.record.value, failed.number)) -> out;);
    }
}
