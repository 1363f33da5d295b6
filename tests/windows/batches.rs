//! Windows over whole batches: Spark's operators on a DStream.

use std::time::Duration;
use streamflow::testing::ManualClock;
use streamflow::window::batches;
use streamflow::{Timestamp, sink, source, stream};

type Row = (&'static str, i64);

/// A job of one aggregate over windows of batches; the sorted rows by batch, without batches that showed none.
macro_rules! by_batch {
    ($input:expr, $($stage:tt)*) => {{
        let shown = std::cell::RefCell::new(Vec::new());
        stream! {
            source::batches($input)
                -> $($stage)*
                -> sink::for_each_batch(|batch, mut rows: Vec<_>| {
                    rows.sort();
                    if !rows.is_empty() {
                        shown.borrow_mut().push((batch.epoch, rows));
                    }
                })
        }
        .run()
        .expect("the job runs");
        shown.into_inner()
    }};
}

fn big() -> Vec<Vec<Row>> {
    let letters = ["a", "ab", "abc", "ab", "a", "", "a", "ab", "abc", "ab", "a", ""];
    let row = |letter| ["a", "b", "c"].into_iter().find(|name| name.starts_with(letter)).map(|name| (name, 1));
    letters.iter().map(|batch| batch.chars().filter_map(row).collect()).collect()
}

/// The model: the union of the batches in (t - length, t].
fn model(input: &[Vec<Row>], length: usize, every: usize) -> Vec<(u64, Vec<Row>)> {
    let ends = (every..=input.len()).step_by(every);
    let windows = ends.map(|end| {
        let mut sums = std::collections::BTreeMap::new();
        for (key, value) in input[end.saturating_sub(length)..end].iter().flatten() {
            *sums.entry(*key).or_insert(0) += value;
        }
        (end as u64, sums.into_iter().collect::<Vec<_>>())
    });
    windows.filter(|window| !window.1.is_empty()).collect()
}

#[test]
fn the_union_of_the_last_batches() {
    for (length, every) in [(1, 1), (2, 1), (4, 2), (2, 2), (5, 3), (12, 1)] {
        let window = batches(length as u32).every(every as u32);
        let sums = by_batch!(big(), key_by(|row| row.0) -> window(window) -> sum(|row| row.1) -> map(|row| (row.key.to_owned(), row.value)));
        let sums: Vec<(u64, Vec<(String, i64)>)> = sums;
        let expected = model(&big(), length, every).into_iter();
        let expected: Vec<_> = expected
            .map(|(epoch, rows)| (epoch, rows.into_iter().map(|row| (row.0.to_owned(), row.1)).collect()))
            .collect();
        assert_eq!(sums, expected, "{length} every {every}");
        // a fold is not merged from panes
        let folds = by_batch!(big(), key_by(|row| row.0) -> window(window) -> fold(0, |sum, row| *sum += row.1)
            -> map(|row| (row.key.to_owned(), row.value)));
        assert_eq!(folds, expected, "{length} every {every}");
    }
}

#[test]
fn a_window_without_a_key_holds_all() {
    let input = vec![vec![0], vec![1], vec![2], vec![3], vec![4], vec![5], vec![], vec![]];
    let windows = by_batch!(input, window(batches(4, every = 2)) -> fold(Vec::new(), |seen, n| seen.push(n)) -> map(|row| row.value));
    let expected = [(2, vec![0, 1]), (4, vec![0, 1, 2, 3]), (6, vec![2, 3, 4, 5]), (8, vec![4, 5])];
    assert_eq!(windows, expected.map(|(epoch, seen)| (epoch, vec![seen])));
}

/// Spark's `count` shows a zero for an empty batch, its `reduce` shows nothing.
#[test]
fn batches_without_records() {
    let input = || vec![vec![], vec![1], vec![1, 2], vec![], vec![1, 2, 3, 4]];
    let counts = by_batch!(input(), window(batch) -> count() -> map(|row| row.value));
    assert_eq!(counts, [(1, vec![0]), (2, vec![1]), (3, vec![2]), (4, vec![0]), (5, vec![4])]);
    let sums = by_batch!(input(), window(batch) -> reduce(|a, b| a + b) -> map(|row| row.value));
    assert_eq!(sums, [(2, vec![1]), (3, vec![3]), (5, vec![10])]);
    let counts = by_batch!(input(), window(batches(2, every = 1)) -> count() -> map(|row| row.value));
    assert_eq!(counts, [(1, vec![0]), (2, vec![1]), (3, vec![3]), (4, vec![2]), (5, vec![4])]);
    let keyed = by_batch!(input(), key_by(|n| *n) -> window(batch()) -> count() -> map(|row| (row.key, row.value)));
    assert_eq!(keyed.iter().map(|batch| batch.0).collect::<Vec<_>>(), [2, 3, 5], "no key, no row");
}

/// Spark's inverse function without a filter.
#[test]
fn keys_that_are_kept_show_nothing_of_theirs() {
    let input = || vec![vec![("a", 1i64)], vec![("a", 1), ("b", 2)], vec![], vec![]];
    let sums = by_batch!(input(), key_by(|row| row.0) -> window(batches(2, every = 1, keep_empty = true))
        -> sum(|row| row.1) -> map(|row| (row.key.to_owned(), row.value)));
    let row = |key: &str, value| (key.to_owned(), value);
    let expected = [
        (1, vec![row("a", 1)]),
        (2, vec![row("a", 2), row("b", 2)]),
        (3, vec![row("a", 1), row("b", 2)]),
        (4, vec![row("a", 0), row("b", 0)]),
    ];
    assert_eq!(sums, expected);
    // there is no largest of none
    let largest = by_batch!(input(), key_by(|row| row.0) -> window(batches(1, keep_empty = true))
        -> max(|row| row.1) -> map(|row| (row.key.to_owned(), row.value)));
    assert_eq!(largest.iter().map(|batch| batch.0).collect::<Vec<_>>(), [1, 2]);
}

/// Start and end are the batch clock of the first and the last batch.
#[test]
fn the_clock_of_the_batches() {
    let clock = ManualClock::at(Duration::from_secs(100));
    let mut rows = Vec::new();
    let moves = clock.clone();
    stream! {
        source::batches(vec![vec![1], vec![2], vec![3], vec![4]])
            -> inspect(|_| moves.advance(Duration::from_secs(1)))
            -> window(batches(3, every = 2))
            -> count()
            -> map(|row| (row.start.as_secs(), row.end.as_secs(), row.value))
            -> &mut rows
    }
    .clock(clock)
    .run()
    .expect("the job runs");
    assert_eq!(rows, [(100, 101, 2), (101, 103, 3)]);
}

#[test]
fn lengths_that_cannot_be() {
    for (window, why) in [(batches(0), "no length"), (batches(1).every(0), "no length"), (batches(1).every(2), "gaps")]
    {
        let job = stream! { source::vec(vec![1]) -> window(window) -> count() -> sink::discard() };
        let error = job.run().expect_err(why);
        assert!(format!("{error:?}{error}").contains(why), "{error}");
    }
    let sums = by_batch!(vec![vec![1u64], vec![2], vec![3], vec![4]],
        window(batches(1, every = 2, gaps = true)) -> sum() -> map(|row| row.value));
    assert_eq!(sums, [(2, vec![2]), (4, vec![4])]);
}

/// What a window concludes at the end of the input is a batch of its own, though no source brings anything.
#[test]
fn what_is_concluded_at_the_end_is_a_batch() {
    for threads in [1, 2] {
        let (single, pairs, none) = (sink::collect(), sink::collect(), sink::collect());
        let job = stream! {
            let seconds = source::vec(vec![1, 2, 3, 11, 12, 21]) -> timestamp(|second| Timestamp::from_secs(*second));
            let counts = seconds -> window(tumbling(10s)) -> count() -> map(|row| row.value);
            counts -> window(batch()) -> sum() -> map(|row| row.value) -> single.clone();
            counts -> window(batches(2, every = 1)) -> sum() -> map(|row| row.value) -> pairs.clone();
            seconds -> window(batch()) -> count() -> map(|row| row.value) -> none.clone();
        };
        // one record a batch: the windows close in the 4th and 6th, and the last one at the end
        job.batch_bytes(8).threads(threads).run().expect("runs");
        assert_eq!(single.take(), [3, 2, 1], "{threads} threads");
        assert_eq!(pairs.take(), [3, 3, 2, 3], "{threads} threads");
        assert_eq!(none.take(), [1; 6], "where nothing comes the end is no batch");
    }
}
