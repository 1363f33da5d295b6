//! Records at both ends of time: each is in a window, or it is counted as late.

use std::time::Duration;
use streamflow::window::{Window, sliding, tumbling};
use streamflow::{Report, Timestamp, sink, source, stream};

const EDGES: [i64; 6] = [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX];

/// The records that windows show, each as often as it has windows, and what was late; one batch a record.
macro_rules! shown {
    ($times:expr, $disorder:expr, $($window:tt)*) => {{
        let rows = sink::collect();
        let job = stream! {
            source::batches($times.iter().map(|time| vec![*time]).collect::<Vec<_>>())
                -> timestamp(|time| Timestamp::from_micros(*time), disorder = $disorder, ahead = Duration::MAX)
                -> window($($window)*)
                -> fold(Vec::new(), |seen, time| seen.push(time), merge = |into, from| into.extend(from))
                -> inspect(|row| for time in &row.value {
                    let (start, end) = (row.start.as_micros(), row.end.as_micros());
                    assert!(start <= *time && (*time < end || end == i64::MAX), "{time} in {start} to {end}");
                })
                -> flat_map(|row| row.value)
                -> rows.clone()
        };
        let report: Report = job.run().expect("windows");
        let mut rows: Vec<i64> = rows.take();
        rows.sort();
        (rows, report.late.first().map_or(0, |late| late.1))
    }};
}

#[test]
fn no_record_vanishes_at_the_ends_of_time() {
    let ten = Duration::from_secs(10);
    let disorder = Duration::MAX;
    assert_eq!(shown!(EDGES, disorder, tumbling(ten)), (EDGES.to_vec(), 0));
    assert_eq!(shown!(EDGES, disorder, tumbling(Duration::MAX)), (EDGES.to_vec(), 0));
    assert_eq!(shown!(EDGES, disorder, session(ten)), (EDGES.to_vec(), 0));
    assert_eq!(shown!(EDGES, disorder, session(gap = 10s)), (EDGES.to_vec(), 0));
    assert_eq!(shown!(EDGES, disorder, session(Duration::MAX)), (EDGES.to_vec(), 0));
    assert_eq!(shown!(EDGES, disorder, tumbling(1d, zone = "Europe/Berlin")), (EDGES.to_vec(), 0));
    let sliding = sliding(ten, ten / 2);
    let twice: Vec<i64> = EDGES.iter().flat_map(|time| [*time; 2]).collect();
    assert_eq!(shown!(EDGES, disorder, sliding), (twice, 0));
}

/// A window that the watermark has passed takes nothing; what comes for it is late.
#[test]
fn records_of_the_last_window_are_in_it_or_late() {
    let times = [i64::MAX - 20_000_000, i64::MAX - 5_000_000, i64::MAX, i64::MAX - 3, i64::MAX];
    let windows: [Window; 2] = [tumbling(Duration::from_secs(10)), tumbling(Duration::from_secs(7))];
    for window in windows {
        let (rows, late) = shown!(times, Duration::ZERO, window);
        assert_eq!((rows, late), (vec![times[0], times[1], times[2]], 2));
    }
}

/// What leaves at the ends of time is taken out as anywhere else, also where windows have no number any more.
#[test]
fn panes_are_taken_out_at_the_ends_of_time() {
    let times: Vec<i64> = (0..9).map(|n| i64::MIN + n).chain(-4..4).chain((0..9).rev().map(|n| i64::MAX - n)).collect();
    for (size, every) in [(5, 1), (4, 1), (9, 2), (10_000_000, 1_000_000), (i64::MAX as u64, 1 << 60)] {
        let (size, every) = (Duration::from_micros(size), Duration::from_micros(every));
        let (merged, inverted) = (sink::collect(), sink::collect());
        stream! {
            let timed = source::batches(times.iter().map(|time| vec![*time]).collect())
                -> timestamp(|time| Timestamp::from_micros(*time), ahead = Duration::MAX);
            timed
                -> window(sliding(size, every = every))
                -> fold(Vec::new(), |seen, time| seen.push(time), merge = |into, from| into.extend(from))
                -> map(|row| (row.start, row.end, row.value))
                -> merged.clone();
            timed
                -> window(sliding(size, every = every))
                -> fold(Vec::new(), |seen, time| seen.push(time), merge = |into, from| into.extend(from),
                    inverse = |all, leaving| assert_eq!(all.drain(..leaving.len()).collect::<Vec<_>>(), leaving))
                -> map(|row| (row.start, row.end, row.value))
                -> inverted.clone();
        }
        .run()
        .expect("windows");
        let merged = merged.take();
        assert!(merged.len() > 3);
        assert_eq!(inverted.take(), merged, "{size:?} every {every:?}");
    }
}
