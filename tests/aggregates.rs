//! Aggregates beyond sums: the same results for any number of threads and any cut, running and in windows; and aggregates of
//! the user's own, whatever they can do.

mod cut;

use cut::cuts;
use proptest::prelude::*;
use std::collections::BTreeMap;
use streamflow::{Aggregator, Merge, State, Timestamp, sink, source, stream};

/// Key, second, value: seconds never go back.
type Record = (u8, i64, i64);

fn records() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec((0u8..6, 0i64..3, -50i64..50), 0..150).prop_map(|records| {
        let mut now = 0;
        let record = |(key, step, value)| {
            now += step;
            (key, now, value)
        };
        records.into_iter().map(record).collect()
    })
}

/// What each key holds, in source order.
fn groups(records: &[Record]) -> BTreeMap<u8, Vec<i64>> {
    let mut groups: BTreeMap<u8, Vec<i64>> = BTreeMap::new();
    for record in records {
        groups.entry(record.0).or_default().push(record.2);
    }
    groups
}

/// What each window of four seconds every second holds of each key, in source order.
fn windows(records: &[Record]) -> BTreeMap<(i64, u8), Vec<i64>> {
    let mut windows: BTreeMap<(i64, u8), Vec<i64>> = BTreeMap::new();
    for (key, second, value) in records {
        for start in second - 3..=*second {
            windows.entry((start, *key)).or_default().push(*value);
        }
    }
    windows
}

/// Runs one aggregate without a window, the last update of each key; and in sliding windows.
macro_rules! both {
    ($input:expr, $cut:expr, $value:ty, $($aggregate:tt)*) => {{
        let updates = sink::collect::<(u8, $value)>();
        let job = stream! {
            source::vec($input.clone())
                -> key_by(|record| record.0)
                -> $($aggregate)*
                -> map(|row| (row.key, row.value))
                -> updates.clone()
        };
        run_cut!($cut, job);
        let rows = sink::collect::<((i64, u8), $value)>();
        let job = stream! {
            source::vec($input.clone())
                -> timestamp(|record| Timestamp::from_secs(record.1))
                -> key_by(|record| record.0)
                -> window(sliding(4s, every = 1s))
                -> $($aggregate)*
                -> map(|row| ((row.start.as_secs(), row.key), row.value))
                -> rows.clone()
        };
        run_cut!($cut, job);
        let updates: BTreeMap<u8, $value> = updates.take().into_iter().collect();
        let rows: BTreeMap<(i64, u8), $value> = rows.take().into_iter().collect();
        (updates, rows)
    }};
}

/// What a function finds in each group, without a window and with.
macro_rules! expected {
    ($input:expr, $of:expr) => {{
        let of = $of;
        let groups: BTreeMap<_, _> = groups(&$input).into_iter().map(|(key, values)| (key, of(&values))).collect();
        let windows: BTreeMap<_, _> = windows(&$input).into_iter().map(|(key, values)| (key, of(&values))).collect();
        (groups, windows)
    }};
}

fn variance(values: &[i64]) -> f64 {
    let mean = values.iter().sum::<i64>() as f64 / values.len() as f64;
    values.iter().map(|value| (*value as f64 - mean).powi(2)).sum::<f64>() / values.len() as f64
}

/// Equal but for the rounding of another order of additions.
fn near<K: Ord + std::fmt::Debug>(found: &BTreeMap<K, f64>, expected: &BTreeMap<K, f64>) {
    assert!(found.keys().eq(expected.keys()), "{found:?} {expected:?}");
    for (key, value) in found {
        assert!((value - expected[key]).abs() < 1e-9, "{key:?}: {value}, {}", expected[key]);
    }
}

/// Adds up all and remembers the first: what merges may not show the order, what does not merge may.
#[derive(Clone, Default, State)]
struct Totals {
    first: Option<i64>,
    sum: i64,
}

struct Plain;
struct Merging;
struct Exact;

impl Aggregator<Record> for Plain {
    type State = Totals;
    type Output = (Option<i64>, i64);

    fn create(&self) -> Totals {
        Totals::default()
    }
    fn add(&self, state: &mut Totals, record: Record) {
        state.first.get_or_insert(record.2);
        state.sum += record.2;
    }
    fn output(&self, state: &Totals) -> (Option<i64>, i64) {
        (state.first, state.sum)
    }
}

impl Aggregator<Record> for Merging {
    type State = Totals;
    type Output = (Option<i64>, i64);
    const MERGE: Option<Merge<Self, Totals>> = Some(|_, into, from| {
        into.first = into.first.or(from.first);
        into.sum += from.sum;
    });

    fn create(&self) -> Totals {
        Totals::default()
    }
    fn add(&self, state: &mut Totals, record: Record) {
        Plain.add(state, record);
    }
    fn output(&self, state: &Totals) -> (Option<i64>, i64) {
        Plain.output(state)
    }
}

impl Aggregator<Record> for Exact {
    type State = i64;
    type Output = i64;
    const MERGE: Option<Merge<Self, i64>> = Some(|_, into, from| *into += from);
    const ANY_ORDER: bool = true;

    fn create(&self) -> i64 {
        0
    }
    fn add(&self, state: &mut i64, record: Record) {
        *state += record.2;
    }
    fn output(&self, state: &i64) -> i64 {
        *state
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lists_firsts_and_lasts(input in records(), cut in cuts()) {
        let lists = both!(input, &cut, Vec<i64>, collect(|record| record.2));
        prop_assert_eq!(lists, expected!(input, |values: &[i64]| values.to_vec()));
        let firsts = both!(input, &cut, i64, first(|record| record.2));
        prop_assert_eq!(firsts, expected!(input, |values: &[i64]| values[0]));
        let lasts = both!(input, &cut, i64, last(|record| record.2));
        prop_assert_eq!(lasts, expected!(input, |values: &[i64]| values[values.len() - 1]));
    }

    #[test]
    fn records_at_an_end(input in records(), cut in cuts()) {
        // equal in the projection, different in the value: the first one counts
        let largest = both!(input, &cut, Record, max_by(|record| record.2 / 10));
        let of = |values: &[i64]| *values.iter().rev().max_by_key(|value| *value / 10).unwrap();
        let expected = expected!(input, of);
        prop_assert_eq!(largest.0.into_iter().map(|(key, record)| (key, record.2)).collect::<BTreeMap<_, _>>(), expected.0);
        prop_assert_eq!(largest.1.into_iter().map(|(key, record)| (key, record.2)).collect::<BTreeMap<_, _>>(), expected.1);
        let smallest = both!(input, &cut, Record, min_by(|record| record.2));
        let expected = expected!(input, |values: &[i64]| *values.iter().min().unwrap());
        prop_assert_eq!(smallest.1.into_iter().map(|(key, record)| (key, record.2)).collect::<BTreeMap<_, _>>(), expected.1);
    }

    #[test]
    fn spreads(input in records(), cut in cuts()) {
        let (groups, windows) = both!(input, &cut, f64, variance(|record| record.2));
        let expected = expected!(input, variance);
        near(&groups, &expected.0);
        near(&windows, &expected.1);
        let (groups, windows) = both!(input, &cut, f64, std_dev(|record| record.2));
        let expected = expected!(input, |values: &[i64]| variance(values).sqrt());
        near(&groups, &expected.0);
        near(&windows, &expected.1);
        // to the last bit, whatever the cut
        let once = both!(input, &cut::Cut { threads: 1, batch_bytes: 1 << 20, chunk_bytes: 1 << 20, seed: 1 }, f64, std_dev(|record| record.2));
        let bits = |rows: BTreeMap<(i64, u8), f64>| rows.into_values().map(f64::to_bits).collect::<Vec<_>>();
        prop_assert_eq!(bits(windows), bits(once.1));
    }

    #[test]
    fn different_values_and_ranks(input in records(), cut in cuts()) {
        let counts = both!(input, &cut, u64, count_distinct(|record| record.2));
        let of = |values: &[i64]| values.iter().collect::<std::collections::BTreeSet<_>>().len() as u64;
        prop_assert_eq!(counts, expected!(input, of));
        let ranks = both!(input, &cut, [f64; 2], quantiles([0.0, 0.5], by = |record| record.2));
        let medians = both!(input, &cut, f64, median(|record| record.2));
        let expected = expected!(input, |values: &[i64]| {
            let mut values = values.to_vec();
            values.sort_unstable();
            (values[0] as f64, values[(values.len() - 1) / 2] as f64)
        });
        for (key, [least, middle]) in &ranks.1 {
            prop_assert_eq!(*least, expected.1[key].0);
            prop_assert!((middle - expected.1[key].1).abs() <= expected.1[key].1.abs() * 0.0101);
            prop_assert_eq!(*middle, medians.1[key]);
        }
        prop_assert!(ranks.1.keys().eq(expected.1.keys()) && medians.0.keys().eq(expected.0.keys()));
    }

    #[test]
    fn samples_do_not_depend_on_the_cut(input in records(), cut in cuts()) {
        let samples = both!(input, &cut, Vec<Record>, sample(3, seed = 5));
        let once = cut::Cut { threads: 1, batch_bytes: 1 << 20, chunk_bytes: 1 << 20, seed: 1 };
        prop_assert_eq!(&samples, &both!(input, &once, Vec<Record>, sample(3, seed = 5)));
        for (key, values) in groups(&input) {
            prop_assert_eq!(samples.0[&key].len(), values.len().min(3));
        }
    }

    #[test]
    fn aggregates_of_ones_own(input in records(), cut in cuts()) {
        let of = |values: &[i64]| (values.first().copied(), values.iter().sum::<i64>());
        let expected = expected!(input, of);
        prop_assert_eq!(&both!(input, &cut, (Option<i64>, i64), aggregate(Plain)), &expected);
        prop_assert_eq!(&both!(input, &cut, (Option<i64>, i64), aggregate(Merging)), &expected);
        let sums = both!(input, &cut, i64, aggregate(Exact));
        prop_assert_eq!(sums, expected!(input, |values: &[i64]| values.iter().sum::<i64>()));
        let total = sink::collect();
        let job = stream! { source::vec(input.clone()) -> aggregate(Exact) -> total.clone() };
        run_cut!(&cut, job);
        let sum = input.iter().map(|record| record.2).sum::<i64>();
        prop_assert_eq!(total.take().last().copied(), (!input.is_empty()).then_some(sum));
    }
}

/// The panic of an aggregator names stage and record, also where records are merged first.
#[test]
fn a_panic_of_an_aggregator_has_a_place() {
    struct Fails;
    impl Aggregator<u32> for Fails {
        type State = u32;
        type Output = u32;

        fn create(&self) -> u32 {
            0
        }
        fn add(&self, state: &mut u32, record: u32) {
            assert!(record != 3, "three");
            *state += record;
        }
        fn output(&self, state: &u32) -> u32 {
            *state
        }
    }
    for threads in [1, 2] {
        let job = stream! {
            source::vec(vec![1u32, 2, 3, 4]) -> key_by(|number| *number % 2) -> aggregate(Fails) as own -> sink::discard()
        };
        let error = job.threads(threads).signals(false).run().expect_err("it fails").to_string();
        assert!(error.contains("`aggregate as own` panicked: three") && error.contains("record 3"), "{error}");
    }
}

#[test]
fn a_sample_variance_divides_by_one_less() {
    let mut rows = Vec::new();
    stream! { source::vec(vec![1.0, 3.0]) -> variance(sample = true) -> &mut rows }.run().expect("the job runs");
    assert_eq!(rows, [2.0]);
}
