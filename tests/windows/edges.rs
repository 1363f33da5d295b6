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
