//! The same input gives the same results for any number of threads, any cut into batches and chunks, and any hash seed:
//! they are what a plain loop over the records finds.

mod cut;

use cut::{Cut, cuts};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use streamflow::{sink, source, stream};

/// Partition, key, value.
type Record = (u8, u8, i64);

fn partitions() -> impl Strategy<Value = Vec<Vec<Record>>> {
    let record = (0u8..12, -50i64..50);
    prop::collection::vec(prop::collection::vec(record, 0..80), 1..5).prop_map(|partitions| {
        let numbered = partitions.into_iter().zip(0u8..);
        numbered.map(|(records, of)| records.into_iter().map(|(key, value)| (of, key, value)).collect()).collect()
    })
}

/// The last value of each key, out of all updates in the order in which they came.
fn last<K: Ord, V>(updates: Vec<(K, V)>) -> BTreeMap<K, V> {
    updates.into_iter().collect()
}

/// What a loop over all records finds for each key.
fn model<K: Ord, V: Clone>(
    input: &[Vec<Record>],
    key: impl Fn(&Record) -> K,
    initial: V,
    step: impl Fn(&mut V, &Record),
) -> BTreeMap<K, V> {
    let mut groups = BTreeMap::new();
    for record in input.iter().flatten() {
        step(groups.entry(key(record)).or_insert_with(|| initial.clone()), record);
    }
    groups
}

/// Runs one keyed aggregate and gives the last value of each key.
macro_rules! keyed {
    ($input:expr, $cut:expr, |$record:ident| $key:expr, $($aggregate:tt)*) => {{
        let updates = sink::collect();
        let job = stream! {
            source::partitions($input.clone())
                -> key_by(|$record| $key)
                -> $($aggregate)*
                -> map(|row| (row.key, row.value))
                -> updates.clone()
        };
        run_cut!($cut, job);
        last(updates.take())
    }};
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn aggregates_whose_order_cannot_show(input in partitions(), cut in cuts()) {
        let counts = keyed!(input, &cut, |record| record.1, count());
        prop_assert_eq!(counts, model(&input, |record| record.1, 0u64, |n, _| *n += 1));
        let sums = keyed!(input, &cut, |record| record.1, sum(|record| record.2));
        prop_assert_eq!(&sums, &model(&input, |record| record.1, 0i64, |sum, record| *sum += record.2));
        let least = keyed!(input, &cut, |record| record.1, min(|record| record.2));
        prop_assert_eq!(least, model(&input, |record| record.1, i64::MAX, |min, record| *min = record.2.min(*min)));
        let most = keyed!(input, &cut, |record| record.1, max(|record| record.2));
        prop_assert_eq!(most, model(&input, |record| record.1, i64::MIN, |max, record| *max = record.2.max(*max)));
        let means = keyed!(input, &cut, |record| record.1, mean(|record| record.2));
        let counted = model(&input, |record| record.1, (0i64, 0i64), |of, record| *of = (of.0 + record.2, of.1 + 1));
        prop_assert_eq!(means, counted.into_iter().map(|(key, of)| (key, of.0 as f64 / of.1 as f64)).collect());
    }

    /// Text keys are interned and borrow from the batch: a code path of their own.
    #[test]
    fn text_keys(input in partitions(), cut in cuts()) {
        let text: Vec<Vec<String>> = input.iter().map(|records| {
            records.iter().map(|record| "x".repeat(usize::from(record.1)) + " end").collect()
        }).collect();
        let words = sink::collect();
        let job = stream! {
            source::partitions(text)
                -> filter_map(|line| line.split(' ').next().map(str::to_owned))
                -> key_by(|word| word.clone())
                -> count() as words
                -> map(|row| (row.key.to_owned(), row.value))
                -> words.clone()
        };
        let report = run_cut!(&cut, job);
        let counts = last(words.take());
        prop_assert_eq!(report.state[0].1.keys, counts.len());
        let expected = model(&input, |record| "x".repeat(usize::from(record.1)), 0u64, |n, _| *n += 1);
        prop_assert_eq!(counts, expected);
    }

    /// A key of its own in each partition has one order: that of the partition. Floats and user folds show it.
    #[test]
    fn aggregates_that_show_the_order(input in partitions(), cut in cuts()) {
        let key = |record: &Record| (record.0, record.1);
        let folded = keyed!(input, &cut, |record| (record.0, record.1), fold(Vec::new(), |seen, record| seen.push(record.2)));
        prop_assert_eq!(folded, model(&input, key, vec![], |seen, record| seen.push(record.2)));
        let reduced = {
            let updates = sink::collect();
            let job = stream! {
                source::partitions(input.clone())
                    -> key_by(|record| (record.0, record.1))
                    -> map_values(|record| record.2)
                    -> reduce(|left, right| left.wrapping_mul(31).wrapping_add(right))
                    -> map(|row| (row.key, row.value))
                    -> updates.clone()
            };
            run_cut!(&cut, job);
            last(updates.take())
        };
        let expected = model(&input, key, None, |left: &mut Option<i64>, record| {
            *left = Some(left.map_or(record.2, |left| left.wrapping_mul(31).wrapping_add(record.2)));
        });
        prop_assert_eq!(reduced, expected.into_iter().map(|(key, value)| (key, value.expect("a record"))).collect());
        let tenth = |record: &Record| record.2 as f64 / 10.0;
        let sums = keyed!(input, &cut, |record| (record.0, record.1), sum(|record| record.2 as f64 / 10.0));
        let bits = |sums: BTreeMap<_, f64>| sums.into_iter().map(|(key, sum)| (key, sum.to_bits())).collect::<Vec<_>>();
        prop_assert_eq!(bits(sums), bits(model(&input, key, 0.0, |sum, record| *sum += tenth(record))));
    }

    #[test]
    fn aggregates_of_the_whole_stream(input in partitions(), cut in cuts()) {
        let updates = sink::collect();
        let job = stream! { source::partitions(input.clone()) -> sum(|record| record.2) -> updates.clone() };
        let report = run_cut!(&cut, job);
        let records = input.iter().flatten();
        prop_assert_eq!(report.records, records.clone().count() as u64);
        let sum = records.clone().map(|record| record.2).sum::<i64>();
        prop_assert_eq!(updates.take().last().copied(), (report.records > 0).then_some(sum));

        let one = input.concat();
        let updates = sink::collect();
        let job = stream! {
            source::vec(one.clone())
                -> fold(Vec::new(), |seen, record| seen.push(record))
                -> updates.clone()
        };
        run_cut!(&cut, job);
        prop_assert_eq!(updates.take().pop().unwrap_or_default(), one);
    }

    #[test]
    fn distinct_keeps_the_first_of_each_key(input in partitions(), cut in cuts()) {
        let one = input.concat();
        let first = sink::collect();
        let job = stream! { source::vec(one.clone()) -> distinct(|record| record.1) -> first.clone() };
        run_cut!(&cut, job);
        let mut seen = HashSet::new();
        let expected: Vec<Record> = one.into_iter().filter(|record| seen.insert(record.1)).collect();
        prop_assert_eq!(first.take(), expected, "in source order, as one partition");

        let values = sink::collect();
        let job = stream! {
            source::partitions(input.clone()) -> map(|record| record.2) -> distinct() -> values.clone()
        };
        run_cut!(&cut, job);
        let mut values = values.take();
        values.sort_unstable();
        let expected = model(&input, |record| record.2, (), |_, _| ());
        prop_assert_eq!(values, expected.into_keys().collect::<Vec<_>>(), "each once, over several partitions");
    }

    /// Sums get worse as well as better, so the ranking has to look at keys that were out of it.
    #[test]
    fn top_of_a_running_aggregate(input in partitions(), cut in cuts(), count in 0usize..6) {
        let rankings = sink::collect_batches();
        let job = stream! {
            source::partitions(input.clone())
                -> key_by(|record| record.1)
                -> sum(|record| record.2)
                -> top(count, by = |row| (row.value, Reverse(row.key)))
                -> map(|row| (row.key, row.value))
                -> rankings.clone()
        };
        run_cut!(&cut, job);
        let sums = model(&input, |record| record.1, 0i64, |sum, record| *sum += record.2);
        let mut expected: Vec<(u8, i64)> = sums.into_iter().collect();
        expected.sort_by_key(|(key, sum)| (Reverse(*sum), *key));
        expected.truncate(count);
        prop_assert_eq!(rankings.take().pop().map(|batch| batch.1).unwrap_or_default(), expected);
    }

    #[test]
    fn top_of_records(input in partitions(), cut in cuts(), count in 0usize..6) {
        let rankings = sink::collect_batches();
        let job = stream! {
            source::partitions(input.clone())
                -> top(count, by = |record| (record.2, record.0, record.1))
                -> rankings.clone()
        };
        run_cut!(&cut, job);
        let mut expected = input.concat();
        expected.sort_by_key(|record| Reverse((record.2, record.0, record.1)));
        expected.truncate(count);
        prop_assert_eq!(rankings.take().pop().map(|batch| batch.1).unwrap_or_default(), expected);
    }

    /// Without an aggregate the order of each partition is kept, and nothing is lost or doubled.
    #[test]
    fn stateless_stages_keep_the_order(input in partitions(), cut in cuts()) {
        let rows = sink::collect();
        let job = stream! {
            source::partitions(input.clone())
                -> filter(|record| record.2 % 3 != 0)
                -> flat_map(|record| [record, (record.0, record.1, -record.2)])
                -> rows.clone()
        };
        run_cut!(&cut, job);
        let rows: Vec<Record> = rows.take();
        for (records, of) in input.iter().zip(0u8..) {
            let kept = records.iter().filter(|record| record.2 % 3 != 0);
            let expected: Vec<Record> = kept.flat_map(|record| [*record, (of, record.1, -record.2)]).collect();
            let found: Vec<Record> = rows.iter().filter(|row| row.0 == of).copied().collect();
            prop_assert_eq!(found, expected);
        }
    }
}

/// Chunks of thousands of records, whose keys are few in some partitions and many in others, so that carries are combined within
/// a chunk in some and sent one by one in others.
fn crowds() -> impl Strategy<Value = Vec<Vec<(u64, i64)>>> {
    let crowd = (1u64..5_000, 0usize..6_000, any::<u32>());
    prop::collection::vec(crowd, 1..6).prop_map(|crowds| {
        let crowd = |(keys, records, seed): (u64, usize, u32)| {
            let numbers = (0..records as u64).map(|n| (n ^ u64::from(seed)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20);
            // every third record goes to a key that many share
            let record = |(n, number): (usize, u64)| {
                let key = if n % 3 == 0 { number % 3 } else { number % keys };
                (key, (number % 1_000) as i64 - 500)
            };
            numbers.enumerate().map(record).collect()
        };
        crowds.into_iter().map(crowd).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn keys_that_are_hot_in_some_chunks(input in crowds(), cut in cuts(), chunks in prop_oneof![Just(20_000usize), Just(1 << 20)]) {
        let cut = Cut { batch_bytes: cut.batch_bytes.max(64) * 100, chunk_bytes: chunks, ..cut };
        let updates = sink::collect();
        let job = stream! {
            source::partitions(input.clone())
                -> map(|record| (record.0.to_string(), record.1))
                -> key_by(|record| record.0.clone())
                -> mean(|record| record.1)
                -> map(|row| (row.key.to_owned(), row.value))
                -> updates.clone()
        };
        run_cut!(&cut, job);
        let means = last(updates.take());
        let updates = sink::collect();
        let job = stream! {
            source::partitions(input.clone())
                -> key_by(|record| record.0)
                -> max(|record| record.1)
                -> map(|row| (row.key, row.value))
                -> updates.clone()
        };
        run_cut!(&cut, job);
        let most = last(updates.take());
        let mut expected: BTreeMap<u64, (i64, i64, i64)> = BTreeMap::new();
        for (key, value) in input.iter().flatten() {
            let of = expected.entry(*key).or_insert((0, 0, i64::MIN));
            *of = (of.0 + value, of.1 + 1, of.2.max(*value));
        }
        let mean = |of: &(i64, i64, i64)| of.0 as f64 / of.1 as f64;
        prop_assert_eq!(means, expected.iter().map(|(key, of)| (key.to_string(), mean(of))).collect());
        prop_assert_eq!(most, expected.iter().map(|(key, of)| (*key, of.2)).collect());
    }
}

/// A pool of others works as threads of its own do.
#[test]
fn a_pool_of_others_gives_the_same_results() {
    let pool = rayon_pool();
    let input: Vec<Vec<Record>> = vec![(0..5_000).map(|n| (0, (n % 7) as u8, n)).collect()];
    let updates = sink::collect();
    let job = stream! {
        source::partitions(input.clone())
            -> key_by(|record| record.1)
            -> sum(|record| record.2)
            -> map(|row| (row.key, row.value))
            -> updates.clone()
    };
    let cut = Cut { threads: 1, batch_bytes: 10_000, chunk_bytes: 500, seed: 1 };
    run_cut!(&cut, job.pool(pool));
    let expected = model(&input, |record| record.1, 0, |sum, record| *sum += record.2);
    assert_eq!(last(updates.take()), expected);
}

fn rayon_pool() -> std::sync::Arc<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    std::sync::Arc::new(pool.expect("threads"))
}
