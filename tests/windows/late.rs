//! `late(label)`: which records are put aside, in which order, with which times, and that they are taken back with their batch.

use crate::cut::cuts;
use crate::grid::{Record, grids, partitions};
use proptest::prelude::*;
use std::cell::RefCell;
use std::time::Duration;
use streamflow::window::{Counts, Processing, Window, counts, processing, session, tumbling};
use streamflow::{ErrorKind, Timestamp, sink, source, stream};

/// Runs a window with no key, or with one, and gives what was put aside, the sum of the counts of its windows, and the count of the report.
macro_rules! aside {
    ($cut:expr, $input:expr, $disorder:expr, $window:expr) => {{
        let (aside, counted) = (sink::collect(), sink::collect());
        let job = stream! {
            source::partitions($input.clone())
                -> timestamp(|record| Timestamp::from_micros(record.2), disorder = $disorder, ahead = Duration::MAX)
                -> key_by(|record| record.1)
                -> window($window)
                -> count() as counted
                -> map(|row| row.value)
                -> counted.clone();
            late(counted) -> aside.clone();
        };
        let report = run_cut!($cut, job);
        let late = report.late.iter().find(|late| late.0 == "counted").map_or(0, |late| late.1);
        (aside.take(), counted.take().iter().sum::<u64>(), late)
    }};
}

fn of(partition: usize, records: &[Record]) -> Vec<Record> {
    records.iter().filter(|record| usize::from(record.0) == partition).copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// What is late for all its windows and nothing else, in the order of its partition.
    #[test]
    fn late_records_of_a_grid(input in partitions(4), cut in cuts(), grid in grids()) {
        let (aside, _, late) = aside!(&cut, input, grid.disorder(), grid.window());
        prop_assert_eq!(aside.len() as u64, late);
        for (partition, records) in input.iter().enumerate() {
            let mut newest: Option<i64> = None;
            let mut expected = vec![];
            for record in records {
                let reached = newest.map(|newest| newest - grid.disorder);
                newest = newest.max(Some(record.2));
                let windows = grid.windows(record.2);
                let over = windows.iter().all(|(_, end)| reached.is_some_and(|reached| *end <= reached));
                expected.extend((!windows.is_empty() && over).then_some(*record));
            }
            prop_assert_eq!(of(partition, &aside), expected);
        }
    }

    /// A record is in one session or it is put aside, whatever the cut.
    #[test]
    fn late_records_of_sessions(input in partitions(4), cut in cuts(), gap in 1u64..20, disorder in 0u64..20) {
        let (gap, disorder) = (Duration::from_micros(gap), Duration::from_micros(disorder));
        let (aside, counted, late) = aside!(&cut, input, disorder, session(gap));
        let records: usize = input.iter().map(Vec::len).sum();
        prop_assert_eq!((aside.len() as u64, counted + late), (late, records as u64));
        let whole = crate::cut::Cut { threads: 1, batch_bytes: 1 << 20, chunk_bytes: 1 << 20, seed: 1 };
        // one partition alone: which sessions of others a record meets is open
        let alone = vec![input[0].clone()];
        let (first, ..) = aside!(&cut, alone, disorder, session(gap));
        let (second, ..) = aside!(&whole, alone, disorder, session(gap));
        prop_assert_eq!(first, second);
    }
}

/// Of one partition the order is that of the source, also where keys go to different threads and a record becomes several.
#[test]
fn the_order_does_not_depend_on_threads() {
    let seconds: Vec<i64> = (0..2_000).map(|n| if n % 3 == 0 { n } else { n / 7 }).collect();
    let newest = |n: usize| seconds[..n].iter().max().copied().unwrap_or(0);
    let late = seconds.iter().enumerate().filter(|(n, second)| (**second / 10 + 1) * 10 <= newest(*n));
    let expected: Vec<(i64, i64)> = late.flat_map(|(_, second)| [(*second, 0), (*second, 1), (*second, 2)]).collect();
    assert!(expected.len() > 1_000);
    for (threads, chunk) in [(1, 64), (1, 1 << 20), (3, 64), (3, 1 << 20)] {
        let aside = sink::collect();
        let job = stream! {
            source::slice(&seconds)
                -> map(|second| *second)
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> flat_map(|second| (0..3).map(move |part| (second, part)))
                -> key_by(|(second, part)| second * 3 + part)
                -> window(tumbling(10s))
                -> fold(0, |n, _| *n += 1) as counted
                -> sink::discard();
            late(counted) -> aside.clone();
        };
        job.threads(threads).chunk_bytes(chunk).signals(false).run().expect("runs");
        assert!(aside.take() == expected, "threads {threads}, chunks of {chunk}");
    }
}

#[test]
fn late_for_some_windows_is_not_late() {
    for threads in [1, 3] {
        let (rows, aside) = (sink::collect(), sink::collect());
        let job = stream! {
            source::vec(vec![1i64, 12, 8, 4, 30])
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> window(sliding(10s, every = 5s))
                -> sum() as sums
                -> map(|row| (row.end.as_secs(), row.value))
                -> rows.clone();
            late(sums) -> aside.clone();
        };
        let report = job.threads(threads).run().expect("runs");
        // 8 is late for the window that ends at 10 and in time for the one that ends at 15; 4 is late for both of its own
        assert_eq!(rows.take(), [(5, 1), (10, 1), (15, 20), (20, 12), (35, 30), (40, 30)]);
        assert_eq!(aside.take(), [4]);
        assert_eq!(report.late, [("sums", 1)]);
    }
}

/// Lateness lets a record in; windows of a function and days of a time zone put aside what is later.
#[test]
fn windows_of_other_kinds() {
    let second = Timestamp::from_secs;
    let input = || source::vec(vec![0i64, 200_000, 86_399, 172_700]);
    let (days, named, lenient) = (sink::collect(), sink::collect(), sink::collect());
    stream! {
        let stamped = input() -> timestamp(|n| second(*n));
        stamped -> window(tumbling(1d, zone = "Etc/UTC")) -> count() as a_day -> sink::discard();
        late(a_day) -> days.clone();
        stamped -> window(windows(|n, _| [(second(0), second(100_000 + n))])) -> count() as a_name -> sink::discard();
        late(a_name) -> named.clone();
        stamped -> window(tumbling(1d, lateness = 1d)) -> count() as a_lenient -> sink::discard();
        late(a_lenient) -> lenient.clone();
    }
    .run()
    .expect("runs");
    assert_eq!(days.take(), [86_399, 172_700]);
    assert_eq!(named.take(), [86_399], "the window of the last record ends at 272700");
    assert_eq!(lenient.take(), [86_399]);
}

/// They have the times of the records, so a wider window takes them; it closes when the watermark of the source has come so far.
#[test]
fn late_records_keep_their_times() {
    for threads in [1, 3] {
        let shown = RefCell::new(vec![]);
        let job = stream! {
            source::batches(vec![vec![5i64, 90, 15, 25], vec![130], vec![20, 200, 110]])
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> window(tumbling(10s))
                -> count() as counted
                -> sink::discard();
            late(counted)
                -> window(tumbling(100s))
                -> sum() as again
                -> map(|row| (row.start.as_secs(), row.value))
                -> sink::for_each_batch(|batch, mut rows: Vec<_>| shown.borrow_mut().extend(rows.drain(..).map(|row| (batch.epoch, row))));
        };
        let report = job.threads(threads).run().expect("runs");
        assert_eq!(shown.into_inner(), [(2, (0, 40))]);
        assert_eq!(report.late, [("counted", 4), ("again", 2)], "20 comes behind 130, and 110 behind 200");
    }
}

/// A batch that fails puts nothing aside.
#[test]
fn late_records_are_taken_back() {
    for threads in [1, 3] {
        let aside = sink::collect();
        let job = stream! {
            source::batches(vec![vec![100i64, 1, 2], vec![3, 0, 4]])
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> inspect(|second| assert!(*second != 0, "no second"))
                -> window(tumbling(10s))
                -> count() as counted
                -> sink::discard();
            late(counted) -> aside.clone();
        };
        let error = job.threads(threads).signals(false).run().expect_err("the second batch panics");
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert_eq!(aside.take(), [1, 2]);
    }
}

/// What borrows from a batch is put aside for nothing, and what is read twice is copied.
#[test]
fn late_records_may_borrow() {
    let lines = ["100 a", "1 b", "2 c"].map(str::to_owned);
    let (mut first, mut second) = (vec![], vec![]);
    stream! {
        let read = source::slice(&lines) -> filter_map(|line| line.split_once(' '));
        read -> timestamp(|line| Timestamp::from_secs(line.0.parse().unwrap_or(0))) -> window(tumbling(10s)) -> count() as n
            -> sink::discard();
        let late_lines = late(n);
        late_lines -> map(|line| line.1.to_owned()) -> &mut first;
        late_lines -> key_by(|line| line.0) -> window(session(1s, clock = processing)) -> count() -> map(|row| row.value) -> &mut second;
    }
    .run()
    .expect("runs");
    assert_eq!(first, ["b", "c"]);
    assert_eq!(second, [1, 1]);
}

/// The macro does not know what a variable holds: where no record can be late, nothing is put aside.
#[test]
fn windows_without_late_records() {
    let on_clock: Window<Processing> = tumbling(Duration::from_secs(1)).clock(processing);
    let of_two: Window<_, Counts> = counts(2);
    let aside = sink::collect();
    stream! {
        let stamped = source::vec(vec![100i64, 1, 2]) -> timestamp(|second| Timestamp::from_secs(*second));
        stamped -> window(on_clock) -> count() as clocked -> sink::discard();
        late(clocked) -> map(|second| ("clock", second)) -> aside.clone();
        stamped -> window(of_two) -> count() as two -> sink::discard();
        late(two) -> map(|second| ("counts", second)) -> aside.clone();
    }
    .run()
    .expect("runs");
    assert_eq!(aside.take(), []);
}

/// `late = count` is for the reader and the compiler: it changes nothing but that nobody warns.
#[test]
#[deny(deprecated)]
fn records_that_are_only_counted() {
    let mut rows = vec![];
    let job = stream! {
        source::vec(vec![1i64, 30, 2, 55, 3])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(tumbling(10s, lateness = 30s, late = count))
            -> count() as tens
            -> map(|row| (row.start.as_secs(), row.value))
            -> &mut rows
    };
    let report = job.threads(1).run().expect("runs");
    rows.sort_unstable();
    assert_eq!(rows, [(0, 2), (30, 1), (50, 1)]);
    assert_eq!(report.late, [("tens", 1)]);
}
