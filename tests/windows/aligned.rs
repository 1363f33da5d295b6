//! Aligned windows: which there are, what is late in part, what is shown again, and the cut into batches, against a model that looks at
//! all records at once.

use crate::cut::cuts;
use crate::sums_of_steps;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use streamflow::testing::{Driver, input};
use streamflow::window::{Aligned, Emit, Event, Window, aligned};
use streamflow::{ErrorKind, Timestamp, sink, source, stream};

fn micros(micros: i64) -> Duration {
    Duration::from_micros(micros as u64)
}

/// Each key has windows of its own, also where records come out of order or at the same moment.
#[test]
fn windows_of_each_key() {
    let rows = sink::collect();
    stream! {
        source::vec(vec![("a", 30i64), ("a", 10), ("b", 12), ("a", 20), ("a", 20)])
            -> timestamp(|record| Timestamp::from_micros(record.1), disorder = 1s)
            -> key_by(|record| record.0)
            -> window(aligned(micros(10)))
            -> collect(|record| record.1)
            -> map(|row| (row.key.to_owned(), row.start.as_micros(), row.end.as_micros(), row.value))
            -> rows.clone()
    }
    .threads(1)
    .run()
    .expect("windows");
    let row = |key: &str, start, end, values: &[i64]| (key.to_owned(), start, end, values.to_vec());
    let mut found = rows.take();
    found.sort();
    let expected = [
        row("a", 0, 11, &[10]),
        row("a", 10, 21, &[10, 20, 20]),
        row("a", 11, 22, &[20, 20]),
        row("a", 20, 31, &[20, 20, 30]),
        row("a", 21, 32, &[30]),
        row("b", 2, 13, &[12]),
    ];
    assert_eq!(found, expected);
}

/// One batch a step: a window is shown again when a record changes it, and no other is.
#[test]
fn changes_show_the_windows_of_a_record() {
    let (fed, rows) = (input::<i64>(), sink::collect());
    let mut driver = Driver::new(stream! {
        fed.clone()
            -> timestamp(|moment| Timestamp::from_micros(*moment), disorder = 1s)
            -> window(aligned(10us, emit = changes))
            -> count()
            -> map(|row| (row.start.as_micros(), row.value))
            -> rows.clone()
    })
    .expect("opens");
    let mut step = |moment| {
        fed.push(moment);
        driver.batch().expect("runs");
        rows.take()
    };
    assert_eq!(step(20), [(10, 1)]);
    assert_eq!(step(40), [(30, 1)], "too far for the window behind the first record");
    assert_eq!(step(30), [(20, 2), (21, 1), (30, 2), (31, 1)], "it opens the windows behind 20 and behind itself");
    assert_eq!(step(30), [(20, 3), (21, 2), (30, 3)], "what does not hold it is not shown again");
}

/// A record that is late for some windows is in the others, and in the same batch or in a later one alike.
#[test]
fn late_in_part() {
    for cut in [vec![3], vec![1, 1, 1]] {
        let (fed, rows) = (input::<i64>(), sink::collect());
        let mut driver = Driver::new(stream! {
            fed.clone()
                -> timestamp(|moment| Timestamp::from_micros(*moment))
                -> window(aligned(10us)) -> count() as counted
                -> map(|row| (row.start.as_micros(), row.value))
                -> rows.clone()
        })
        .expect("opens");
        let mut records = [20, 26, 18].into_iter();
        for size in cut {
            fed.extend(records.by_ref().take(size));
            driver.batch().expect("runs");
        }
        let report = driver.finish().expect("ends");
        // [10, 20] has closed and [8, 18] is not made any more; [16, 26] and what begins behind 18 take it in or hold what is behind it
        assert_eq!(rows.take(), [(10, 1), (16, 3), (19, 2), (21, 1)]);
        assert!(report.late.iter().all(|late| late.1 == 0));
    }
}

/// Late by more than any window can hold.
#[test]
fn late_altogether() {
    let element = |moment| vec![("a", 1i64, moment)];
    let steps = || {
        let mover = |watermark: i64| ("", 0, watermark + 3_600_000);
        vec![[element(1_000), vec![mover(3_500)]].concat(), element(1_600), element(1_000), element(1_400)]
    };
    let (shown, report) = sums_of_steps!(steps(), aligned(2s));
    assert_eq!(shown, [vec![("a".to_owned(), 1, -1_000, 1_000)], vec![], vec![], vec![]]);
    assert_eq!(report.late, [("sums", 2)]);
    let (shown, report) = sums_of_steps!(steps(), aligned(2s, lateness = 1h));
    assert!(report.late.is_empty());
    // what is shown again has the records of before
    assert!(shown[1].iter().any(|row| row.1 == 2), "{shown:?}");
    assert!(shown[2].iter().any(|row| row.1 == 2), "{shown:?}");
}

#[test]
fn nothing_is_kept_behind_the_last_window() {
    let element = |moment| vec![("a", 1i64, moment)];
    let mover = vec![("", 0, 3_600_000 + 60_000)];
    let (shown, report) = sums_of_steps!(vec![element(1_000), element(1_500), mover], aligned(2s));
    assert_eq!(shown[2].iter().map(|row| row.1).collect::<Vec<_>>(), [1, 1, 2]);
    assert!(report.state.iter().any(|state| state.0 == "sums" && state.1.keys == 0), "nothing is kept");
}

#[test]
fn what_cannot_be_is_refused() {
    let run = |window: Window<Event, Aligned>| {
        stream! { source::vec(vec![1i64]) -> timestamp(|n| Timestamp::from_secs(*n)) -> window(window) -> count() -> sink::discard() }
            .run()
            .expect_err("refused")
    };
    for window in [aligned(Duration::ZERO), aligned(micros(1)).purge(true)] {
        assert_eq!(run(window).kind(), ErrorKind::Settings);
    }
}

/// How two values become one is the user's code.
#[test]
fn a_panic_between_moments() {
    let error = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(aligned(10s))
            -> fold(0, |sum, n| *sum += n, merge = |into: &mut i64, from| { assert!(from < 2, "two"); *into += from }) as summed
            -> sink::discard()
    }
    .run()
    .expect_err("panics");
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert!(error.to_string().contains("`fold as summed`") && error.to_string().contains("two"), "{error}");
}

/// Key, moment, value.
type Record = (u8, i64, i64);

/// Every window that a record makes, and what is in it: each record with what its partition had reached before.
fn model(records: &[Record], difference: i64, disorder: i64, lateness: i64) -> BTreeMap<(i64, i64, u8), Vec<i64>> {
    let mut newest = i64::MIN;
    let reached = records.iter().map(|record| {
        let reached = newest.saturating_sub(disorder);
        newest = newest.max(record.1);
        (*record, reached)
    });
    let reached: Vec<(Record, i64)> = reached.collect();
    let open = |end: i64, reached: i64| end.saturating_add(lateness) > reached;
    let mut windows = BTreeSet::new();
    for ((key, time, _), reached) in &reached {
        let made = [(time - difference, time + 1), (time + 1, time + difference + 2)];
        // one that all its windows have closed for is not there
        if open(time + difference + 1, *reached) {
            windows
                .extend(made.into_iter().filter(|span| open(span.1, *reached)).map(|(start, end)| (start, end, *key)));
        }
    }
    let held = |(start, end, key): (i64, i64, u8)| {
        let mut held: Vec<i64> = reached
            .iter()
            .filter(|((of, time, _), reached)| *of == key && (start..end).contains(time) && open(end, *reached))
            .map(|((_, _, value), _)| *value)
            .collect();
        held.sort_unstable();
        ((start, end, key), held)
    };
    windows.into_iter().map(held).filter(|(_, held)| !held.is_empty()).collect()
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    proptest::collection::vec((0u8..3, 0i64..40, 0i64..100), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn against_the_model(
        records in records(),
        cut in cuts(),
        difference in 1i64..15,
        disorder in 0i64..20,
        lateness in prop_oneof![Just(0i64), 0i64..20],
        emit in prop_oneof![Just(Emit::Final), Just(Emit::Changes)],
    ) {
        let rows = sink::collect();
        let kept = aligned(micros(difference)).lateness(micros(lateness)).emit(emit);
        run_cut!(cut, stream! {
            source::vec(records.clone())
                -> timestamp(|record| Timestamp::from_micros(record.1), disorder = micros(disorder))
                -> key_by(|record| record.0)
                -> window(kept)
                -> collect(|record| record.2)
                -> map(|mut row| {
                    row.value.sort_unstable();
                    ((row.start.as_micros(), row.end.as_micros(), row.key), row.value)
                })
                -> rows.clone()
        });
        let rows = rows.take();
        let count = rows.len();
        // the last word about each window
        let found: BTreeMap<_, _> = rows.into_iter().collect();
        if lateness == 0 && emit == Emit::Final {
            prop_assert_eq!(count, found.len(), "each is shown once");
        }
        prop_assert_eq!(found, model(&records, difference, disorder, lateness));
    }
}
