//! When windows are shown, and how long they stay: lateness, purging, early rows. A batch is a step; a record without a key moves the
//! watermark alone.

use std::time::Duration;
use streamflow::testing::ManualClock;
use streamflow::window::{Emit, Event, Window, tumbling};
use streamflow::{Timestamp, sink, source, stream};

/// Key, value, moment in milliseconds.
pub type Element = (&'static str, i64, i64);

/// Elements may be an hour out of order, so it is the records without a key that move the watermark.
const HOUR: i64 = 3_600_000;

/// Elements, then the watermark that is reached: Flink's watermark `w` says that nothing comes at `w` or before.
pub fn steps(steps: &[(&[Element], Option<i64>)]) -> Vec<Vec<Element>> {
    let step = |(elements, watermark): &(&[Element], Option<i64>)| {
        let mut step = elements.to_vec();
        step.extend(watermark.map(|watermark| ("", 0, watermark + 1 + HOUR)));
        step
    };
    steps.iter().map(step).collect()
}

/// The sorted rows `(key, sum, start, end)` of each step.
#[macro_export]
macro_rules! sums_of_steps {
    ($steps:expr, $($window:tt)*) => {{
        let steps = $steps;
        let shown = std::cell::RefCell::new(vec![vec![]; steps.len()]);
        #[allow(deprecated, reason = "the report counts what is late")]
        let report = stream! {
            source::batches(steps)
                -> timestamp(|element| Timestamp::from_millis(element.2), disorder = 1h)
                -> filter(|element| !element.0.is_empty())
                -> key_by(|element| element.0)
                -> window($($window)*)
                -> sum(|element| element.1) as sums
                -> map(|row| (row.key.to_owned(), row.value, row.start.as_millis(), row.end.as_millis()))
                -> streamflow::sink::for_each_batch(|batch, mut rows: Vec<_>| {
                    rows.sort();
                    if batch.epoch > 0 {
                        shown.borrow_mut()[batch.epoch as usize - 1] = rows;
                    }
                })
        }
        .run()
        .expect("the job runs");
        (shown.into_inner(), report)
    }};
}

fn row(key: &str, value: i64, start: i64, end: i64) -> (String, i64, i64, i64) {
    (key.to_owned(), value, start, end)
}

#[test]
fn late_records_show_their_window_again() {
    let input = || {
        steps(&[
            (&[("a", 1, 500)], Some(1_500)),
            (&[("a", 1, 1_300), ("b", 1, 0)], Some(2_300)),
            (&[("a", 1, 1_997), ("a", 1, 1_000)], Some(2_498)),
            (&[("a", 1, 1_998)], Some(2_499)),
            (&[("a", 1, 1_999)], Some(9_000)),
        ])
    };
    let (shown, report) = sums_of_steps!(input(), tumbling(2s, lateness = 500ms));
    let first = vec![row("a", 2, 0, 2_000), row("b", 1, 0, 2_000)];
    let expected = [vec![], first.clone(), vec![row("a", 4, 0, 2_000)], vec![row("a", 5, 0, 2_000)], vec![]];
    assert_eq!(shown, expected);
    assert_eq!(report.late, [("sums", 1)], "behind its lateness the window is gone");
    let (shown, report) = sums_of_steps!(input(), tumbling(2s, lateness = 500ms, purge = true));
    assert_eq!(shown, [vec![], first.clone(), vec![row("a", 2, 0, 2_000)], vec![row("a", 1, 0, 2_000)], vec![]]);
    assert_eq!(report.late, [("sums", 1)]);
    let (shown, report) = sums_of_steps!(input(), tumbling(2s));
    assert_eq!(shown, [vec![], first, vec![], vec![], vec![]]);
    assert_eq!(report.late, [("sums", 4)]);
    assert!(report.state.iter().any(|state| state.0 == "sums" && state.1.keys == 0), "nothing is kept");
}

#[test]
fn lateness_is_judged_for_each_window() {
    let input = || {
        steps(&[
            (&[("a", 1, 1_000)], Some(2_499)),  // [0, 2) and [1, 3): the first is shown
            (&[("a", 10, 1_500)], Some(2_599)), // late for the first, within its lateness
            (&[("a", 100, 1_900)], Some(2_999)),
            (&[("a", 1_000, 1_950)], Some(9_999)), // too late for the first
        ])
    };
    let expected = [
        vec![row("a", 1, 0, 2_000)],
        vec![row("a", 11, 0, 2_000)],
        vec![row("a", 111, 1_000, 3_000)],
        vec![row("a", 1_111, 1_000, 3_000)],
    ];
    let (shown, _) = sums_of_steps!(input(), sliding(2s, every = 1s, lateness = 550ms));
    assert_eq!(shown, expected);
    let expected = [
        vec![row("a", 1, 0, 2_000)],
        vec![row("a", 10, 0, 2_000)],
        vec![row("a", 111, 1_000, 3_000)],
        vec![row("a", 1_000, 1_000, 3_000)],
    ];
    let (shown, _) = sums_of_steps!(input(), sliding(2s, every = 1s, lateness = 550ms, purge = true));
    assert_eq!(shown, expected);
}

#[test]
fn each_change_is_shown() {
    let input = || {
        steps(&[
            (&[("a", 1, 0), ("b", 1, 0)], None),
            (&[("a", 1, 1_000)], None),
            (&[("b", 1, 2_500)], Some(2_499)),
            (&[], Some(5_000)),
        ])
    };
    let (shown, _) = sums_of_steps!(input(), tumbling(2s, emit = changes));
    let first = vec![row("a", 1, 0, 2_000), row("b", 1, 0, 2_000)];
    let expected = [first.clone(), vec![row("a", 2, 0, 2_000)], vec![row("b", 1, 2_000, 4_000)], vec![]];
    assert_eq!(shown, expected, "closing adds no row");
    let (shown, _) = sums_of_steps!(input(), tumbling(2s, emit = changes, purge = true));
    assert_eq!(shown, [first, vec![row("a", 1, 0, 2_000)], vec![row("b", 1, 2_000, 4_000)], vec![]]);
    let (shown, _) = sums_of_steps!(input(), tumbling(2s, emit = final));
    let closed = vec![row("a", 2, 0, 2_000), row("b", 1, 0, 2_000)];
    assert_eq!(shown, [vec![], vec![], closed, vec![row("b", 1, 2_000, 4_000)]]);
}

/// At most every ten seconds of the batch clock, what has changed since; and the whole window when it closes.
#[test]
fn early_rows() {
    let clock = ManualClock::at(Duration::from_secs(1_000));
    let run = |window: Window<Event>| {
        let shown = std::cell::RefCell::new(Vec::new());
        let moves = clock.clone();
        stream! {
            source::batches(vec![vec![("a", 1i64)], vec![("b", 1)], vec![("a", 2)], vec![("c", 2)], vec![("c", 3)]])
                -> inspect(|_| moves.advance(Duration::from_secs(4)))
                -> timestamp(|record| Timestamp::from_secs(record.1))
                -> key_by(|record| record.0)
                -> window(window)
                -> count()
                -> map(|row| (row.key.to_owned(), row.value))
                -> sink::for_each_batch(|batch, mut rows: Vec<_>| { rows.sort(); shown.borrow_mut().push((batch.epoch, rows)) })
        }
        .clock(clock.clone())
        .threads(1)
        .run()
        .expect("the job runs");
        let mut shown = shown.into_inner();
        shown.retain(|batch| !batch.1.is_empty());
        shown
    };
    let row = |key: &str, value: u64| (key.to_owned(), value);
    let window = tumbling(Duration::from_secs(10)).emit(Emit::Early(Duration::from_secs(10)));
    // the batch clock is that of the forming: 0, 4, 8, 12 and 16 s behind the first look
    let (early, end) = (vec![row("a", 2), row("b", 1), row("c", 1)], vec![row("a", 2), row("b", 1), row("c", 2)]);
    assert_eq!(run(window), [(4, early.clone()), (5, end)]);
    let purged = run(window.purge(true));
    assert_eq!(purged, [(4, early), (5, vec![row("c", 1)])], "each row begins where the last one ended");
}
