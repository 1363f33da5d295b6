//! Stages that see a whole chunk or batch: what they see, in which order, and when.

mod cut;

use cut::cuts;
use proptest::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use streamflow::{Timestamp, sink, source, stream};

/// Four records a batch in two partitions, as a list of batches.
const BATCHES: [[i64; 4]; 3] = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]];

fn batches() -> source::Batches<i64> {
    source::batches(BATCHES.iter().map(|batch| batch.to_vec()).collect())
}

#[test]
fn chunks_are_lists() {
    let lists = sink::collect_batches();
    let job = stream! { batches() -> repartition(2) -> chunks() -> lists.clone() };
    job.threads(2).signals(false).run().expect("the job runs");
    let expected = [(1, [[1, 2], [3, 4]]), (2, [[5, 6], [7, 8]]), (3, [[9, 10], [11, 12]])];
    let expected = expected.map(|(epoch, lists)| (epoch, lists.map(|list| list.to_vec()).to_vec()));
    assert_eq!(lists.take(), expected);
}

#[test]
fn a_function_sees_each_chunk_once() {
    let (sums, calls) = (sink::collect_batches(), &AtomicUsize::new(0));
    let job = stream! {
        batches()
            -> repartition(2)
            -> map_chunks(|numbers| {
                calls.fetch_add(1, Ordering::Relaxed);
                [numbers.sum::<i64>()]
            })
            -> sums.clone()
    };
    job.threads(2).signals(false).run().expect("the job runs");
    assert_eq!(sums.take(), [(1, vec![3, 7]), (2, vec![11, 15]), (3, vec![19, 23])]);
    assert_eq!(calls.load(Ordering::Relaxed), 6);
}

/// Partitions of a source are chunks, also those of which nothing is left.
#[test]
fn partitions_are_chunks() {
    let mut lists = Vec::new();
    stream! {
        source::partitions(vec![vec![1, 2], vec![3], vec![4, 5]]) -> filter(|number| *number != 3) -> chunks() -> &mut lists
    }
    .threads(2)
    .run()
    .expect("the job runs");
    assert_eq!(lists, [vec![1, 2], vec![], vec![4, 5]]);
}

#[test]
fn fewer_and_more_chunks() {
    for number in [1usize, 2, 10] {
        let lists = sink::collect();
        let input: Vec<i64> = (1..=100).collect();
        let partitions: Vec<Vec<i64>> = input.chunks(20).map(<[i64]>::to_vec).collect();
        let job = stream! { source::partitions(partitions) -> repartition(number) -> chunks() -> lists.clone() };
        job.threads(2).signals(false).run().expect("the job runs");
        let lists = lists.take();
        assert_eq!(lists.len(), number);
        assert_eq!(lists.concat(), input);
    }
}

#[test]
fn no_chunk_is_an_error() {
    let job = stream! { source::vec(vec![1]) -> repartition(0) -> sink::discard() };
    let error = job.run().expect_err("refused").to_string();
    assert!(error.contains("`repartition(0)` leaves no chunk"), "{error}");
}

#[test]
fn a_function_sees_each_batch() {
    let rows = sink::collect_batches();
    let job = stream! {
        batches() -> transform(|numbers| vec![numbers.len() as i64, numbers.iter().sum()]) -> rows.clone()
    };
    job.threads(2).signals(false).run().expect("the job runs");
    assert_eq!(rows.take(), [(1, vec![4, 10]), (2, vec![4, 26]), (3, vec![4, 42])]);
}

/// Sinks that ask for empty batches get those of the interval, and neither batch 0 nor the end.
#[test]
fn sinks_may_ask_for_empty_batches() {
    let mut seen = Vec::new();
    let sink = sink::for_each_batch(|batch, rows: Vec<i64>| seen.push((batch.epoch, rows.len()))).with_empty_batches();
    let job = stream! { batches() -> filter(|number| (5..=6).contains(number)) -> sink };
    job.signals(false).run().expect("the job runs");
    assert_eq!(seen, [(1, 0), (2, 2), (3, 0)]);
}

#[test]
fn recent_batches_can_be_asked_for() {
    let recent = sink::recent(Duration::from_secs(3600));
    assert!(recent.batches().is_err());
    let job = stream! { batches() -> recent.clone() };
    job.signals(false).run().expect("the job runs");
    let rows: Vec<Vec<i64>> = recent.batches().expect("started").into_iter().map(|batch| batch.1).collect();
    assert_eq!(rows, BATCHES);
}

/// A batch that a filter emptied is still a batch; batch 0 and the look of `explain` are none.
#[test]
fn an_empty_batch_is_a_batch() {
    let seen = &Mutex::new(Vec::new());
    let mut job = stream! {
        batches()
            -> filter(|number| *number > 8)
            -> transform(|numbers| {
                seen.lock().expect("no panic").push(numbers.len());
                numbers
            })
            -> sink::discard()
    }
    .signals(false);
    job.explain();
    job.run().expect("the job runs");
    assert_eq!(*seen.lock().expect("no panic"), [0, 0, 4]);
}

#[test]
fn two_streams_meet_in_their_batch() {
    let rows = sink::collect_batches();
    let job = stream! {
        let right = source::batches(vec![vec!["a", "b"], vec!["b"], vec!["z"]]);
        source::batches(vec![vec!["a", "a"], vec!["c"], vec!["z"]])
            -> transform_with(right, |left, right| {
                let pairs = left.into_iter().flat_map(|l| right.iter().filter(|r| **r == l).map(move |_| l).collect::<Vec<_>>());
                pairs.collect::<Vec<_>>()
            })
            -> rows.clone()
    };
    job.threads(2).signals(false).run().expect("the job runs");
    assert_eq!(rows.take(), [(1, vec!["a", "a"]), (3, vec!["z"])]);
}

#[test]
fn a_panic_has_its_stage() {
    let job = stream! {
        batches() -> transform(|numbers: Vec<i64>| { assert!(numbers[0] != 5, "five"); numbers }) -> sink::discard()
    };
    let error = job.signals(false).run().expect_err("it fails").to_string();
    assert!(error.contains("stage `transform` panicked: five"), "{error}");
    let job = stream! {
        batches()
            -> map_chunks(|numbers| numbers.inspect(|number| assert!(*number != 7, "seven")))
            -> sink::discard()
    };
    let error = job.signals(false).run().expect_err("it fails").to_string();
    assert!(error.contains("stage `map_chunks` panicked: seven"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Dealing changes neither order nor times: windows behind it are those without it.
    #[test]
    fn dealing_keeps_order_and_times(
        input in prop::collection::vec(prop::collection::vec((0i64..60, 0u8..4), 0..60), 1..4),
        cut in cuts(),
        number in 1usize..6,
    ) {
        let disorder = Duration::from_secs(5);
        let dealt = sink::collect();
        let job = stream! {
            source::partitions(input.clone())
                -> timestamp(|record| Timestamp::from_secs(record.0), disorder = disorder)
                -> repartition(number)
                -> key_by(|record| record.1)
                -> window(sliding(10s, every = 5s))
                -> collect()
                -> map(|row| (row.start, row.end, row.key, row.value))
                -> dealt.clone()
        };
        let report = run_cut!(&cut, job);
        let straight = sink::collect();
        let job = stream! {
            source::partitions(input.clone())
                -> timestamp(|record| Timestamp::from_secs(record.0), disorder = disorder)
                -> key_by(|record| record.1)
                -> window(sliding(10s, every = 5s))
                -> collect()
                -> map(|row| (row.start, row.end, row.key, row.value))
                -> straight.clone()
        };
        let expected = run_cut!(&cut, job);
        let (mut dealt, mut straight) = (dealt.take(), straight.take());
        dealt.sort();
        straight.sort();
        prop_assert_eq!(dealt, straight);
        prop_assert_eq!(report.late.iter().map(|late| late.1).sum::<u64>(), expected.late.iter().map(|late| late.1).sum::<u64>());
    }
}
