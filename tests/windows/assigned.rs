//! Windows that a function of the record says.

use std::time::Duration;
use streamflow::{Timestamp, source, stream};

/// Lessons of 45 minutes with a break between them: the record says when its day begins.
#[test]
fn windows_of_a_function() {
    let minute = |minutes: i64| Timestamp::from_secs(minutes * 60);
    let mut rows = Vec::new();
    let lesson = 45;
    stream! {
        source::vec(vec![(8i64, 0i64), (8, 44), (8, 50), (8, 61), (9, 60), (8, 1), (8, 62)])
            -> timestamp(|record| minute(record.0 * 60 + record.1), disorder = Duration::from_secs(3_000))
            -> key_by(|record| record.0)
            -> window(windows(|record, time| {
                let first = record.0 * 60;
                let lessons = [0, 1, 2].map(|number| (minute(first + number * 60), minute(first + number * 60 + lesson)));
                lessons.into_iter().filter(move |(start, end)| (*start..*end).contains(&time))
            }))
            -> fold(0, |count, _| *count += 1) as lessons
            -> map(|row| (row.key, row.start.as_secs() / 60, row.end.as_secs() / 60, row.value))
            -> &mut rows
    }
    .run()
    .expect("windows");
    rows.sort();
    assert_eq!(rows, [(8, 480, 525, 2), (8, 540, 585, 2), (9, 600, 645, 1)]);
}

/// Several at once, on the batch clock, and kept by their start and end alone.
#[test]
fn a_record_in_several_windows() {
    let second = Timestamp::from_secs;
    let mut rows = Vec::new();
    stream! {
        source::vec(vec![1i64, 2, 3])
            -> window(windows(|n, _| vec![(second(0), second(10)), (second(*n), second(10)), (second(5), second(5))], clock = processing))
            -> sum()
            -> map(|row| (row.start.as_secs(), row.end.as_secs(), row.value))
            -> &mut rows
    }
    .clock(streamflow::testing::ManualClock::at(Duration::from_secs(0)))
    .run()
    .expect("windows");
    assert_eq!(rows, [(0, 10, 6), (1, 10, 1), (2, 10, 2), (3, 10, 3)]);
}

/// Late for some of its windows.
#[test]
fn late_windows() {
    let second = Timestamp::from_secs;
    let mut rows = Vec::new();
    let report = stream! {
        source::vec(vec![1i64, 20, 2, 3])
            -> timestamp(|n| second(*n))
            -> window(windows(|n, _| [(second(0), second(10 + (n % 2) * 20)), (second(0), second(15))]))
            -> sum() as sums
            -> map(|row| (row.end.as_secs(), row.value))
            -> &mut rows
    }
    .run()
    .expect("windows");
    // 20 and 2 name windows that are over when they come: 2 at least
    assert_eq!(rows, [(10, 20), (15, 21), (30, 4)]);
    assert_eq!(report.late, [("sums", 1)]);
}
