//! Several sources, named streams, merges and branches.

use std::sync::atomic::{AtomicU64, Ordering};
use streamflow::testing::{Driver, input};
use streamflow::{Timestamp, sink, source, stream};

#[test]
fn streams_are_merged_split_and_routed() {
    for threads in [1, 3] {
        let (mut totals, mut large, mut small, mut all) = (vec![], vec![], vec![], vec![]);
        let job = stream! {
            #![name = "shop"]
            let web = source::vec(vec!["ann 20", "bob 990", "ann 5"]) -> filter_map(|line| line.split_once(' '));
            let store = source::vec(vec!["ann 7", "", "ann 1000"]) -> filter_map(|line| line.split_once(' '));
            let sales = merge(web, store) -> map(|sale| (sale.0, sale.1.parse::<u64>().unwrap_or(0)));
            sales -> map(|sale| sale.1) -> &mut all;
            sales -> split {
                totals => key_by(|sale| sale.0) -> sum(|sale| sale.1) as per_shop
                    -> map(|row| (row.key.to_owned(), row.value)) -> &mut totals,
                sizes => route {
                    large if |sale| sale.1 > 900 => map(|sale| sale.1) -> &mut large,
                    small if |sale| sale.1 > 6 => map(|sale| sale.1) -> &mut small,
                    rest => sink::discard(),
                },
            };
        };
        let report = job.threads(threads).run().expect("runs");
        totals.sort();
        assert_eq!(totals, [("ann".to_owned(), 1032), ("bob".to_owned(), 990)]);
        assert_eq!(large, [990, 1000]);
        assert_eq!(small, [20, 7]);
        assert_eq!(all, [20, 990, 5, 7, 1000], "sources in the order in which they are written");
        assert_eq!(report.records, 6, "read from both, counted once");
        assert_eq!(report.state[0].0, "per_shop");
    }
}

/// `split` does the work before it once, not once an arm.
#[test]
fn what_stands_before_a_split_is_done_once() {
    let calls = &AtomicU64::new(0);
    let (mut a, mut b) = (vec![], vec![]);
    let job = stream! {
        let mapped = source::vec((0..1000u64).collect::<Vec<_>>()) -> map(|n| {
            calls.fetch_add(1, Ordering::Relaxed);
            n.to_string()
        });
        mapped -> &mut a;
        mapped -> &mut b;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(calls.load(Ordering::Relaxed), 1000);
    assert_eq!(a, b);
    assert_eq!(a.len(), 1000);
}

/// A record that is routed moves: its type need not be `Clone`.
#[test]
fn routed_records_are_not_cloned() {
    struct Once(u32);
    let (mut even, mut odd) = (vec![], vec![]);
    let job = stream! {
        source::vec(vec![0, 1, 2, 3, 4]) -> map(Once) -> route {
            even if |item| item.0 % 2 == 0 => map(|item| item.0) -> &mut even,
            odd => map(|item| item.0) -> &mut odd,
        }
    };
    job.run().expect("runs");
    assert_eq!((even, odd), (vec![0, 2, 4], vec![1, 3]));
}

#[test]
fn branches_meet_again() {
    let mut sums = vec![];
    let job = stream! {
        let numbers = source::vec(vec![1u64, 2, 3, 4]);
        let even = numbers -> filter(|n| n % 2 == 0) -> map(|n| n * 10);
        let odd = numbers -> filter(|n| n % 2 == 1);
        merge(even, odd, numbers) -> sum() -> &mut sums;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(sums, [60 + 4 + 10]);
}

/// Aggregates of one named window are windows of their own.
#[test]
fn an_open_window_is_shared() {
    let (mut counts, mut sums) = (vec![], vec![]);
    let job = stream! {
        let hours = source::vec(vec![(1, 5u64), (2, 6), (12, 7)])
            -> timestamp(|row| Timestamp::from_secs(row.0))
            -> key_by(|row| row.1 % 2)
            -> window(tumbling(10s));
        hours -> count() -> map(|row| (row.key, row.start.as_secs(), row.value)) -> &mut counts;
        hours -> sum(|row| row.1) -> map(|row| (row.key, row.start.as_secs(), row.value)) -> &mut sums;
    };
    job.threads(2).run().expect("runs");
    counts.sort_unstable();
    assert_eq!(counts, [(0, 0, 1), (1, 0, 1), (1, 10, 1)]);
    sums.sort_unstable();
    assert_eq!(sums, [(0, 0, 6), (1, 0, 5), (1, 10, 7)]);
}

/// The watermark of a merge is the minimum over what is merged, and a stream that has ended holds nobody back.
#[test]
fn the_slowest_stream_of_a_merge_holds_the_windows() {
    let mut rows = vec![];
    let job = stream! {
        #![batch(bytes = 1)]
        let fast = source::vec(vec![5, 15, 25, 35, 45]) -> timestamp(|second| Timestamp::from_secs(*second));
        let slow = source::vec(vec![1, 2, 3, 4, 11, 12, 13, 21]) -> timestamp(|second| Timestamp::from_secs(*second));
        merge(fast, slow)
            -> window(tumbling(10s))
            -> count()
            -> map(|row| (row.start.as_secs(), row.value))
            -> &mut rows;
    };
    let report = job.threads(1).run().expect("runs");
    assert_eq!(rows, [(0, 5), (10, 4), (20, 2), (30, 1), (40, 1)]);
    assert!(report.late.is_empty(), "each stream is judged by its own watermark: {:?}", report.late);
}

/// `#![watermark = max]`: windows close by the stream that has come farthest, and what the slower one brings behind that is late.
#[test]
fn the_fastest_stream_of_a_merge_closes_the_windows() {
    let (fast, slow, rows) = (input::<i64>(), input::<i64>(), sink::collect());
    let mut driver = Driver::new(stream! {
        #![watermark = max]
        let fast = fast.clone() -> timestamp(|second| Timestamp::from_secs(*second));
        let slow = slow.clone() -> timestamp(|second| Timestamp::from_secs(*second));
        merge(fast, slow)
            -> window(tumbling(10s))
            -> count() as counted
            -> map(|row| (row.start.as_secs(), row.value))
            -> rows.clone();
        late(counted) -> map(|second| (second, 0)) -> rows.clone();
    })
    .expect("opens");
    let mut batch = |fasts: &[i64], slows: &[i64]| {
        fast.extend(fasts.to_vec());
        slow.extend(slows.to_vec());
        driver.batch().expect("runs");
        rows.take()
    };
    assert_eq!(batch(&[5, 15], &[1]), [(0, 2)], "what comes in one batch is counted before anything closes");
    assert_eq!(batch(&[25], &[2, 12]), [(10, 2), (2, 0)]);
    assert_eq!(batch(&[], &[45]), [(20, 1)], "now the other one is ahead");
    assert_eq!(batch(&[26], &[]), [(26, 0)]);
}

/// The same for a join: who has met none is told so by the stream that has come farthest, and meets nobody later.
#[test]
fn the_fastest_stream_of_a_join_decides_who_is_alone() {
    let (left, right, rows) = (input::<i64>(), input::<i64>(), sink::collect());
    let mut driver = Driver::new(stream! {
        #![watermark = max]
        let left = left.clone() -> timestamp(|second| Timestamp::from_secs(*second)) -> key_by(|_| 0);
        let right = right.clone() -> timestamp(|second| Timestamp::from_secs(*second)) -> key_by(|_| 0);
        left -> left_join(right, within = 10s, |l, r| (*l, r.copied())) as joined -> rows.clone();
    })
    .expect("opens");
    let mut batch = |lefts: &[i64], rights: &[i64]| {
        left.extend(lefts.to_vec());
        right.extend(rights.to_vec());
        driver.batch().expect("runs");
        (rows.take(), driver.report().late.iter().map(|late| late.1).sum::<u64>())
    };
    assert_eq!(batch(&[5, 10, 20], &[1]), (vec![(5, Some(1)), (10, Some(1))], 0));
    assert_eq!(batch(&[31], &[15]), (vec![(20, None)], 1), "15 lies behind 20, which the other stream had reached");
    assert_eq!(batch(&[], &[35]), (vec![(31, Some(35))], 1));
}

/// The same where the times are given behind the merge: each source keeps its own watermark.
#[test]
fn timestamps_behind_a_merge_are_kept_apart_by_source() {
    let mut rows = vec![];
    let job = stream! {
        #![batch(bytes = 1)]
        let fast = source::vec(vec![5, 15, 25, 35, 45]);
        let slow = source::vec(vec![1, 2, 3, 4, 11, 12, 13, 21]);
        merge(fast, slow)
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(tumbling(10s))
            -> count()
            -> map(|row| (row.start.as_secs(), row.value))
            -> &mut rows;
    };
    let report = job.threads(1).run().expect("runs");
    assert_eq!(rows, [(0, 5), (10, 4), (20, 2), (30, 1), (40, 1)]);
    assert!(report.late.is_empty());
}

/// Results of windows carry the last moment of their window, so a window may follow a window.
#[test]
fn windows_of_windows() {
    for bytes in [1, 1000] {
        let mut rows = vec![];
        let job = stream! {
            #![batch(bytes = bytes)]
            source::vec(vec![1, 5, 12, 17, 18, 23, 61, 65, 121])
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> window(tumbling(10s))
                -> count() as tens
                -> window(tumbling(1min))
                -> max(|row| row.value) as minutes
                -> map(|row| (row.start.as_secs(), row.value))
                -> &mut rows;
        };
        let report = job.run().expect("runs");
        assert_eq!(rows, [(0, 3), (60, 2), (120, 1)]);
        assert!(report.late.is_empty(), "{:?}", report.late);
    }
}

#[test]
fn distinct_keeps_the_time_of_its_records() {
    let mut rows = vec![];
    let job = stream! {
        #![batch(bytes = 1)]
        source::vec(vec![1, 1, 12, 12, 2, 25])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> distinct()
            -> window(tumbling(10s))
            -> count() as tens
            -> map(|row| (row.start.as_secs(), row.value))
            -> &mut rows;
    };
    let report = job.run().expect("runs");
    assert_eq!(rows, [(0, 1), (10, 1), (20, 1)]);
    assert_eq!(report.late, [("tens", 1)], "2 comes behind 12");
}

#[test]
fn a_panic_names_the_source_it_comes_from() {
    let job = stream! {
        let a = source::vec(vec![1u64, 2, 3]);
        let b = source::partitions(vec![vec![4u64], vec![5, 0]]);
        merge(a, b) -> map(|n| 60 / n) -> sink::discard();
    };
    let error = job.threads(1).run().expect_err("a division by zero").to_string();
    assert!(error.contains("record 2 of `memory 1`") && error.contains("stage `map`"), "{error}");
}

/// A batch takes from every source: the first one does not starve the others.
#[test]
fn sources_share_the_budget_of_a_batch() {
    let batches = sink::collect_batches();
    let out = batches.clone();
    let job = stream! {
        #![batch(bytes = 16)]
        let a = source::vec(vec!['a'; 8]);
        let b = source::vec(vec!['b'; 8]);
        merge(a, b) -> out;
    };
    job.threads(1).run().expect("runs");
    let batches: Vec<String> = batches.take().into_iter().map(|(_, rows)| rows.into_iter().collect()).collect();
    assert_eq!(batches, ["aabb"; 4]);
}

/// One clock that is wrong by two hours does not make the records of the others late.
#[test]
fn a_timestamp_ahead_of_the_clock_does_not_eat_the_others() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    let mut rows = vec![];
    let job = stream! {
        #![batch(bytes = 1)]
        source::vec(vec![now - 30, now + 7_200, now - 20, now - 10])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(tumbling(1s))
            -> count() as seconds
            -> map(|row| row.start.as_secs() - now)
            -> &mut rows;
    };
    let report = job.run().expect("runs");
    assert_eq!(rows, [-30, -20, -10, 7_200]);
    assert!(report.late.is_empty());
}

/// Two clocks of one source: each branch is judged by its own, and the slower one holds the windows.
#[test]
fn branches_with_clocks_of_their_own() {
    for bytes in [1, 1 << 20] {
        let mut rows = vec![];
        let job = stream! {
            #![batch(bytes = bytes)]
            let all = source::vec((0..20i64).flat_map(|n| [1_000 + n * 20, n * 20]).collect::<Vec<_>>());
            let a = all -> filter(|second| *second >= 1_000) -> timestamp(|second| Timestamp::from_secs(*second));
            let b = all -> filter(|second| *second < 1_000) -> timestamp(|second| Timestamp::from_secs(*second));
            merge(a, b)
                -> window(tumbling(100s))
                -> count() as hundreds
                -> map(|row| (row.start.as_secs(), row.value))
                -> &mut rows;
        };
        let report = job.threads(1).run().expect("runs");
        let expected: Vec<(i64, u64)> =
            [0, 1_000].iter().flat_map(|at| (0..4).map(move |n| (at + n * 100, 5))).collect();
        assert_eq!(rows, expected);
        assert!(report.late.is_empty(), "{:?}", report.late);
    }
}

/// An interval that no clock can tell is one that is never over.
#[test]
fn an_endless_interval_is_no_panic() {
    let mut rows = vec![];
    let job = stream! { source::vec(vec![1, 2]) -> &mut rows };
    job.batch_every(std::time::Duration::MAX).run().expect("the end of the input ends it");
    assert_eq!(rows, [1, 2]);
}
