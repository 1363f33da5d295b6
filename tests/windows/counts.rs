//! Windows of so many records.

use crate::cut::cuts;
use proptest::prelude::*;
use streamflow::window::{Arrival, Counts, Window, counts};
use streamflow::{Timestamp, sink, source, stream};

/// At element i the elements [i - size + 1 ..= i], when i >= size and (i - size) is a multiple of the slide.
fn model(records: &[(u8, u32)], size: usize, every: usize) -> Vec<(u8, Vec<u32>)> {
    let mut rows = vec![];
    for key in 0..4 {
        let values: Vec<u32> = records.iter().filter(|record| record.0 == key).map(|record| record.1).collect();
        let ends = (size..=values.len()).filter(|end| (end - size).is_multiple_of(every));
        rows.extend(ends.map(|end| (key, values[end - size..end].to_vec())));
    }
    rows
}

#[test]
fn windows_that_are_full() {
    let windows = |window: Window<Arrival, Counts>, most| {
        let rows = sink::collect();
        stream! {
            source::vec((1..=most).collect::<Vec<u32>>())
                -> window(window) -> fold(Vec::new(), |seen, n| seen.push(n)) -> map(|row| row.value) -> rows.clone()
        }
        .run()
        .expect("windows");
        rows.take()
    };
    assert_eq!(windows(counts(4).every(1), 5), [[1, 2, 3, 4], [2, 3, 4, 5]]);
    let sliding = [[1, 2, 3], [3, 4, 5], [5, 6, 7], [7, 8, 9], [9, 10, 11]];
    assert_eq!(windows(counts(3).every(2), 11), sliding);
    assert_eq!(windows(counts(2), 5), [[1, 2], [3, 4]]);
    assert_eq!(windows(counts(1).every(3).gaps(true), 7), [[1], [4], [7]]);
}

/// The row says from when to when its records are.
#[test]
fn times_of_records() {
    let mut rows = Vec::new();
    stream! {
        source::vec(vec![5i64, 3, 9, 10])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(counts(3))
            -> sum()
            -> map(|row| (row.start.as_micros(), row.end.as_micros(), row.value))
            -> &mut rows
    }
    .run()
    .expect("windows");
    assert_eq!(rows, [(3_000_000, 9_000_001, 17)]);
}

/// A key that stands as a new one does is not kept; one that is inside of a window is, and so is one that waits for its next window.
#[test]
fn keys_are_forgotten_behind_full_windows() {
    let keys = |window: Window<Arrival, Counts>| {
        let rows = sink::collect();
        let records = |from: u64| (from..from + 100).flat_map(|key| vec![key; 1 + (key % 2) as usize]);
        let batches: Vec<Vec<u64>> = (0..10).map(|batch| records(batch * 100).chain([7_777]).collect()).collect();
        let report = stream! {
            source::batches(batches) -> key_by(|key| *key)
                -> window(window) -> count() -> map(|row| (row.key, row.value)) -> rows.clone()
        }
        .run()
        .expect("windows");
        (report.state[0].1.keys, rows.take().into_iter().filter(|row| row.0 == 7_777).count())
    };
    assert_eq!(keys(counts(2)), (500, 5), "one record of each even key is in an open window");
    assert_eq!(keys(counts(1)), (0, 10));
    assert_eq!(keys(counts(1).every(2).gaps(true)), (500, 5));
    assert_eq!(keys(counts(2).every(1)), (1_001, 9));
}

#[test]
fn counts_that_cannot_be() {
    for (window, why) in
        [(counts(0), "no length"), (counts(2).every(0), "no length"), (counts(2).every(3), "moves by more")]
    {
        let job = stream! { source::vec(vec![1]) -> window(window) -> count() -> sink::discard() };
        assert!(job.run().expect_err(why).to_string().contains(why));
    }
}

proptest! {
    #[test]
    fn counts_of_any_cut(
        records in prop::collection::vec((0u8..4, 0u32..100), 0..80), size in 1usize..6, every in 1usize..6, cut in cuts(),
    ) {
        let rows = sink::collect();
        let job = stream! {
            source::vec(records.clone())
                -> key_by(|record| record.0)
                -> window(counts(size as u64, every = every as u64, gaps = true))
                -> fold(Vec::new(), |seen, record| seen.push(record.1))
                -> map(|row| (row.key, row.value))
                -> rows.clone()
        };
        run_cut!(&cut, job);
        let mut rows = rows.take();
        // of one key in order, which a stable sort keeps
        rows.sort_by_key(|row| row.0);
        prop_assert_eq!(rows, model(&records, size, every));
    }
}
