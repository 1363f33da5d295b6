//! Windows of event time against a model that goes through each partition once: what a window holds, and what was late for it,
//! depends on the order within the partitions alone, not on batches, chunks, threads or other partitions.

use crate::cut::cuts;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use streamflow::window::{Offset, Window, first, sliding, tumbling};
use streamflow::{Timestamp, sink, source, stream};

/// Partition, key, moment, value.
pub type Record = (u8, u8, i64, i64);

#[derive(Clone, Copy, Debug)]
pub struct Grid {
    size: i64,
    every: i64,
    offset: i64,
    pub disorder: i64,
}

impl Grid {
    fn size(&self) -> Duration {
        Duration::from_micros(self.size as u64)
    }
    fn every(&self) -> Duration {
        Duration::from_micros(self.every as u64)
    }
    pub fn disorder(&self) -> Duration {
        Duration::from_micros(self.disorder as u64)
    }
    fn offset(&self) -> Offset {
        let offset = Offset::from(Duration::from_micros(self.offset.unsigned_abs()));
        if self.offset < 0 { -offset } else { offset }
    }
    pub fn window(&self) -> Window {
        sliding(self.size(), self.every()).offset(self.offset()).gaps(true)
    }
    /// Start and end of every window that holds a moment, tried one by one.
    pub fn windows(&self, moment: i64) -> Vec<(i64, i64)> {
        let starts = (moment - self.size - self.every..=moment)
            .filter(|start| (start - self.offset).rem_euclid(self.every) == 0);
        starts.map(|start| (start, start + self.size)).filter(|(start, end)| (*start..*end).contains(&moment)).collect()
    }
}

pub fn grids() -> impl Strategy<Value = Grid> {
    (1i64..30, 1i64..30, -29i64..30, 0i64..25).prop_map(|(size, every, offset, disorder)| {
        // shorter than the slide
        Grid { size, every, offset: offset % every, disorder }
    })
}

/// Times wander forward with jumps back, so that some are in time, some late for some windows, and some for all.
pub fn partitions(most: usize) -> impl Strategy<Value = Vec<Vec<Record>>> {
    let record = (0u8..5, -25i64..40, -50i64..50);
    let records = (-120i64..60, prop::collection::vec(record, 0..50));
    // around 1970, today, and far from both
    let epoch = prop_oneof![Just(0i64), Just(1_750_000_000_000_000), -(1i64 << 61)..1 << 61];
    (epoch, prop::collection::vec(records, 1..=most)).prop_map(|(epoch, partitions)| {
        let numbered = partitions.into_iter().zip(0u8..);
        let times = numbered.map(|((mut now, records), of)| {
            let record = |(key, step, value): (u8, i64, i64)| {
                now += step / 4;
                (of, key, epoch + now + step, value)
            };
            records.into_iter().map(record).collect()
        });
        times.collect()
    })
}

/// The windows by end, start and key, and how many records were late for all of theirs.
type Windows<K, V> = (BTreeMap<(i64, i64, K), V>, u64);

fn model<K: Ord, V: Clone>(
    input: &[Vec<Record>],
    grid: Grid,
    key: impl Fn(&Record) -> K,
    initial: V,
    step: impl Fn(&mut V, &Record),
) -> Windows<K, V> {
    let (mut open, mut late) = (BTreeMap::new(), 0);
    for partition in input {
        let mut newest: Option<i64> = None;
        for record in partition {
            let reached = newest.map(|newest| newest - grid.disorder);
            newest = newest.max(Some(record.2));
            let (mut belongs, mut taken) = (false, false);
            for (start, end) in grid.windows(record.2) {
                belongs = true;
                if reached.is_none_or(|reached| end > reached) {
                    step(open.entry((end, start, key(record))).or_insert_with(|| initial.clone()), record);
                    taken = true;
                }
            }
            late += u64::from(belongs && !taken);
        }
    }
    (open, late)
}

/// Runs one windowed aggregate: every row once, in order of window ends; and the records that were late.
macro_rules! windowed {
    ($input:expr, $cut:expr, $grid:expr, $window:expr, |$record:ident| $key:expr, $($aggregate:tt)*) => {{
        let rows = sink::collect();
        let grid: Grid = $grid;
        let job = stream! {
            source::partitions($input.clone())
                -> timestamp(|record| Timestamp::from_micros(record.2), disorder = grid.disorder(), ahead = Duration::MAX)
                -> key_by(|$record| $key)
                -> window($window)
                -> $($aggregate)* as aggregate
                -> map(|row| ((row.end.as_micros(), row.start.as_micros(), row.key), row.value))
                -> rows.clone()
        };
        let report = run_cut!($cut, job);
        let rows = rows.take();
        prop_assert!(rows.is_sorted_by_key(|row| row.0.0), "windows in order of their ends: {rows:?}");
        let count = rows.len();
        let windows: BTreeMap<_, _> = rows.into_iter().collect();
        prop_assert_eq!(count, windows.len(), "each window and key once");
        let late = report.late.iter().find(|late| late.0 == "aggregate").map_or(0, |late| late.1);
        (windows, late)
    }};
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn tumbling_windows(input in partitions(4), cut in cuts(), grid in grids()) {
        let grid = Grid { every: grid.size, offset: grid.offset % grid.size, ..grid };
        let window = tumbling(grid.size()).offset(grid.offset());
        let found = windowed!(input, &cut, grid, window, |record| record.1, count());
        prop_assert_eq!(found, model(&input, grid, |record| record.1, 0u64, |n, _| *n += 1));
        let found = windowed!(input, &cut, grid, window, |record| (record.0, record.1),
            fold(Vec::new(), |seen, record| seen.push(record.3)));
        prop_assert_eq!(found, model(&input, grid, |record| (record.0, record.1), vec![], |seen, record| seen.push(record.3)));
    }

    /// Merged from panes, also where the slide does not divide the size or leaves gaps.
    #[test]
    fn sliding_windows_of_panes(input in partitions(4), cut in cuts(), grid in grids()) {
        let window = grid.window();
        let found = windowed!(input, &cut, grid, window, |record| record.1, sum(|record| record.3));
        prop_assert_eq!(found, model(&input, grid, |record| record.1, 0i64, |sum, record| *sum += record.3));
        let found = windowed!(input, &cut, grid, window, |record| record.1, max(|record| record.3));
        prop_assert_eq!(found, model(&input, grid, |record| record.1, i64::MIN, |max, record| *max = record.3.max(*max)));
    }

    /// A fold cannot be merged: each window has its own, in source order.
    #[test]
    fn sliding_windows_of_folds(input in partitions(3), cut in cuts(), grid in grids()) {
        let window = grid.window();
        let found = windowed!(input, &cut, grid, window, |record| (record.0, record.1),
            fold(Vec::new(), |seen, record| seen.push(record.3)));
        prop_assert_eq!(found, model(&input, grid, |record| (record.0, record.1), vec![], |seen, record| seen.push(record.3)));
    }

    /// One partition and no key; what a filter drops has still moved the watermark.
    #[test]
    fn windows_of_a_filtered_stream(input in partitions(1), cut in cuts(), grid in grids()) {
        let rows = sink::collect();
        let job = stream! {
            source::vec(input[0].clone())
                -> timestamp(|record| Timestamp::from_micros(record.2), disorder = grid.disorder(), ahead = Duration::MAX)
                -> filter(|record| record.1 > 1)
                -> window(sliding(grid.size(), every = grid.every(), offset = grid.offset(), gaps = true))
                -> reduce(|left, right| if left.3 <= right.3 { right } else { left })
                -> map(|row| ((row.end.as_micros(), row.start.as_micros(), ()), row.value.3))
                -> rows.clone()
        };
        let report = run_cut!(&cut, job);
        let (mut expected, _) = model(&input, grid, |_| (), (0u64, i64::MIN), |of, record| {
            if record.1 > 1 {
                *of = (of.0 + 1, record.3.max(of.1));
            }
        });
        expected.retain(|_, of| of.0 > 0);
        let expected: Vec<_> = expected.into_iter().map(|(window, of)| (window, of.1)).collect();
        prop_assert_eq!(rows.take(), expected);
        prop_assert_eq!(report.records, input[0].len() as u64);
    }

    #[test]
    fn the_best_of_each_window(input in partitions(3), cut in cuts(), grid in grids(), count in 1usize..4) {
        let rows = sink::collect();
        let job = stream! {
            source::partitions(input.clone())
                -> timestamp(|record| Timestamp::from_micros(record.2), disorder = grid.disorder(), ahead = Duration::MAX)
                -> key_by(|record| record.1)
                -> window(sliding(grid.size(), every = grid.every(), offset = grid.offset(), gaps = true))
                -> count()
                -> top(count, by = |row| (row.value, std::cmp::Reverse(row.key)))
                -> map(|row| ((row.end.as_micros(), row.start.as_micros()), row.key, row.value))
                -> rows.clone()
        };
        run_cut!(&cut, job);
        let (counts, _) = model(&input, grid, |record| record.1, 0u64, |n, _| *n += 1);
        let mut windows: BTreeMap<(i64, i64), Vec<(u8, u64)>> = BTreeMap::new();
        for ((end, start, key), count) in counts {
            windows.entry((end, start)).or_default().push((key, count));
        }
        let best = windows.into_iter().flat_map(|(window, mut rows)| {
            rows.sort_by_key(|row| (std::cmp::Reverse(row.1), row.0));
            rows.truncate(count);
            rows.into_iter().map(move |row| (window, row.0, row.1))
        });
        prop_assert_eq!(rows.take(), best.collect::<Vec<_>>());
    }
}

/// Of two timestamps before a window the last one counts.
#[test]
fn a_second_timestamp_replaces_the_first() {
    let mut rows = Vec::new();
    stream! {
        source::vec(vec![1i64, 2, 30])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> map(|n| n + 100)
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(tumbling(10s))
            -> count()
            -> map(|row| (row.start.as_secs(), row.value))
            -> &mut rows
    }
    .run()
    .expect("windows");
    assert_eq!(rows, [(100, 2), (130, 1)]);
}

/// Days that begin at 16:00 UTC, and windows that begin 2 s late.
#[test]
fn offsets_move_windows() {
    let hour = 3_600;
    let mut days = Vec::new();
    stream! {
        source::vec(vec![0, 15 * hour, 16 * hour, 30 * hour])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(tumbling(1d, offset = -8h))
            -> count()
            -> map(|row| (row.start.as_secs() / hour, row.end.as_secs() / hour, row.value))
            -> &mut days
    }
    .run()
    .expect("days");
    assert_eq!(days, [(-8, 16, 2), (16, 40, 2)]);

    let mut rows = Vec::new();
    stream! {
        source::vec(vec![1i64, 2, 5, 9, 10, 11])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(sliding(10s, every = 5s, offset = 2s))
            -> fold(Vec::new(), |seen, second| seen.push(second))
            -> map(|row| (row.start.as_secs(), row.value))
            -> &mut rows
    }
    .run()
    .expect("windows");
    let expected = [(-8, vec![1]), (-3, vec![1, 2, 5]), (2, vec![2, 5, 9, 10, 11]), (7, vec![9, 10, 11])];
    assert_eq!(rows, expected);
}

#[test]
fn windows_with_gaps_are_meant() {
    let mut rows = Vec::new();
    stream! {
        source::vec(vec![1i64, 2, 3, 5, 9, 10, 11, 100])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(sliding(3s, every = 10s, gaps = true))
            -> count()
            -> map(|row| (row.start.as_secs(), row.value))
            -> &mut rows
    }
    .run()
    .expect("windows");
    assert_eq!(rows, [(0, 2), (10, 2), (100, 1)]);
}

/// What the macro cannot see, since the window is made elsewhere, is refused when the job starts.
#[test]
fn windows_that_cannot_be() {
    let seconds = Duration::from_secs;
    let refused = [
        (tumbling(seconds(0)), "no length"),
        (sliding(seconds(10), seconds(0)), "no length"),
        (sliding(seconds(3), seconds(10)), "moves by more than its size"),
        (tumbling(seconds(10)).offset(seconds(20)), "offset"),
        (tumbling(seconds(10)).offset(-Offset::from(seconds(11))), "offset"),
        (sliding(seconds(20), seconds(10)).offset(seconds(11)), "offset"),
        (sliding(seconds(20), seconds(10)).offset(-Offset::from(seconds(10))), "offset"),
    ];
    for (window, why) in refused {
        let job = stream! {
            source::vec(vec![1i64])
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> window(window)
                -> count()
                -> sink::discard()
        };
        let error = job.run().expect_err(why);
        assert!(error.to_string().contains(why), "{error}");
    }
}

/// Windows from the first record of a key: made in a variable, with gaps, and what they refuse.
#[test]
fn windows_from_the_first_record() {
    let ten = Duration::from_secs(10);
    let skipping = sliding(Duration::from_secs(3), ten).origin(first);
    let mut rows = Vec::new();
    let report = stream! {
        source::vec(vec![4, 6, 8, 15, 3, 24, 91, 92])
            -> timestamp(|second| Timestamp::from_secs(*second), disorder = 12s)
            -> window(skipping.gaps(true))
            -> count() as counted
            -> map(|row| (row.start.as_secs(), row.value))
            -> &mut rows
    }
    .run()
    .expect("windows");
    assert_eq!(rows, [(4, 2), (14, 1), (24, 1), (92, 1)], "8, 3 and 91 lie between two windows; at 92 none is open");
    assert!(report.late.is_empty());
    for (window, why) in [
        (skipping, "more than its size"),
        (tumbling(ten).origin(first).purge(true), "cannot begin anew"),
        (tumbling(ten).offset(Duration::from_secs(1)).origin(first), "no offset"),
        (tumbling(Duration::ZERO).origin(first), "no length"),
    ] {
        let job = stream! {
            source::vec(vec![1]) -> timestamp(|n| Timestamp::from_secs(*n)) -> window(window) -> count() -> sink::discard()
        };
        assert!(job.run().expect_err(why).to_string().contains(why));
    }
}

/// Days of a place, also where records come late and where the zone is held in a variable.
#[test]
fn days_of_a_time_zone() {
    let hour = 3_600;
    // midnight of March 30, 2025 in Berlin, where the clocks go forward
    let midnight = 1_743_289_200i64;
    let days = tumbling(Duration::from_secs(86_400)).zone("Europe/Berlin");
    let mut rows = Vec::new();
    let report = stream! {
        source::vec(vec![-1, 0, 22 * hour, 23 * hour, 5, 23 * hour + 1])
            -> timestamp(|second| Timestamp::from_secs(midnight + second), disorder = 30min)
            -> window(days)
            -> count() as days
            -> map(|row| (row.start.as_secs() - midnight, row.end.as_secs() - midnight, row.value))
            -> &mut rows
    }
    .run()
    .expect("days");
    assert_eq!(rows, [(-24 * hour, 0, 1), (0, 23 * hour, 3), (23 * hour, 47 * hour, 2)]);
    assert!(report.late.is_empty());
    for (window, why) in [
        (tumbling(Duration::from_secs(86_400)).zone("Europe/Berlyn"), "no time zone"),
        (tumbling(Duration::from_secs(3_600)).zone("Europe/Berlin"), "whole days"),
    ] {
        let job = stream! {
            source::vec(vec![1]) -> timestamp(|n| Timestamp::from_secs(*n)) -> window(window) -> count() -> sink::discard()
        };
        assert!(job.run().expect_err(why).to_string().contains(why));
    }
}
