//! Sessions: bridges, late records, gaps of a record's own, and the cut into batches, against a model that takes records one by one.

use crate::cut::cuts;
use crate::emission::steps;
use crate::sums_of_steps;
use proptest::prelude::*;
use std::time::Duration;
use streamflow::testing::ManualClock;
use streamflow::window::{Boundary, Event, Session, Window, session};
use streamflow::{Timestamp, sink, source, stream};

fn row(key: &str, value: i64, start: i64, end: i64) -> (String, i64, i64, i64) {
    (key.to_owned(), value, start, end)
}

/// The steps that Flink's suite tries with each lateness.
fn late() -> Vec<Vec<crate::emission::Element>> {
    steps(&[
        (&[("a", 1, 1_000)], Some(1_999)),
        (&[("a", 1, 2_000)], Some(4_998)),
        (&[("a", 1, 4_500), ("a", 1, 8_500)], Some(7_400)),
        (&[("a", 1, 7_000)], Some(11_501)),
        (&[("a", 1, 11_600)], Some(14_600)),
        (&[("a", 1, 10_000)], None),
        (&[("a", 1, 14_500)], Some(20_000)),
        (&[], Some(100_000)),
    ])
}

#[test]
fn late_records_of_sessions() {
    let first = vec![row("a", 5, 1_000, 11_500)];
    let second = vec![row("a", 1, 11_600, 14_600)];
    let third = vec![row("a", 1, 14_500, 17_500)];
    let expected = [vec![], vec![], vec![], first.clone(), second.clone(), vec![], third.clone(), vec![]];
    let (shown, report) = sums_of_steps!(late(), session(3s));
    assert_eq!(shown, expected);
    assert_eq!(report.late, [("sums", 1)]);
    let (shown, _) = sums_of_steps!(late(), session(3s, purge = true));
    assert_eq!(shown, expected);

    // a session that was shown and purged is gone: nothing meets it
    let (shown, report) = sums_of_steps!(late(), session(3s, lateness = 10s, purge = true));
    let alone = vec![row("a", 1, 10_000, 13_000)];
    assert_eq!(shown, [vec![], vec![], vec![], first.clone(), second.clone(), alone, third, vec![]]);
    assert!(report.late.is_empty());

    // one that is kept takes the late record in, and both sessions with it
    let (shown, _) = sums_of_steps!(late(), session(3s, lateness = 10s));
    let (all, last) = (vec![row("a", 7, 1_000, 14_600)], vec![row("a", 8, 1_000, 17_500)]);
    assert_eq!(shown, [vec![], vec![], vec![], first, second, all, last, vec![]]);
}

#[test]
fn sessions_that_touch() {
    let sessions = |window: Window<Event, Session>| {
        let rows = sink::collect();
        stream! {
            source::vec(vec![1i64, 15, 30, 100, 101, 95, 22, 10, 40, 111])
                -> timestamp(|second| Timestamp::from_secs(*second), disorder = 1h)
                -> window(window)
                -> fold(Vec::new(), |seen, second| seen.push(second), merge = |into, from| into.extend(from))
                -> map(|mut row| { row.value.sort(); (row.start.as_secs(), row.end.as_secs(), row.value) })
                -> rows.clone()
        }
        .run()
        .expect("sessions");
        rows.take()
    };
    let gap = session(Duration::from_secs(10));
    assert_eq!(sessions(gap), [(1, 50, vec![1, 10, 15, 22, 30, 40]), (95, 121, vec![95, 100, 101, 111])]);
    let open =
        [(1, 40, vec![1, 10, 15, 22, 30]), (40, 50, vec![40]), (95, 111, vec![95, 100, 101]), (111, 121, vec![111])];
    assert_eq!(sessions(gap.boundary(Boundary::Open)), open);
}

/// Each record says its own gap; one that says none is in a session all the same.
#[test]
fn gaps_of_their_own() {
    let mut rows = Vec::new();
    let records = vec![("a", 0i64, 5u64), ("a", 3, 20), ("b", 4, 1), ("a", 22, 1), ("a", 30, 0), ("a", 40, 1)];
    let longest = 20;
    stream! {
        source::vec(records)
            -> timestamp(|record| Timestamp::from_secs(record.1))
            -> key_by(|record| record.0)
            -> window(session(gap = |record| Duration::from_secs(record.2.min(longest)), boundary = open))
            -> sum(|record| record.2)
            -> map(|row| (row.key.to_owned(), row.start.as_secs(), row.end.as_secs(), row.value))
            -> &mut rows
    }
    .run()
    .expect("sessions");
    let row = |key: &str, start, end, gaps| (key.to_owned(), start, end, gaps);
    assert_eq!(rows, [row("b", 4, 5, 1), row("a", 0, 23, 26), row("a", 30, 30, 0), row("a", 40, 41, 1)]);
}

/// On the batch clock nothing has to come for a session to close.
#[test]
fn sessions_on_the_batch_clock() {
    let clock = ManualClock::at(Duration::from_secs(0)).runs();
    let moves = clock.clone();
    let mut rows = Vec::new();
    stream! {
        source::batches(vec![vec![("b", 3)], vec![("b", 1_000)], vec![("b", 5_000), ("b", 5_000), ("a", 5_000)], vec![("-", 10_000)]])
            -> inspect(|record| {
                let now = streamflow::Clock::now(&moves).duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
                moves.advance(Duration::from_millis(record.1).saturating_sub(now));
            })
            -> key_by(|record| record.0)
            -> window(session(3s, clock = processing))
            -> count()
            -> map(|row| (row.key.to_owned(), row.value))
            -> &mut rows
    }
    .clock(clock)
    .threads(1)
    .run()
    .expect("sessions");
    // a batch takes its time when it is formed, so the clock that its records set is that of the next one
    let row = |key: &str, value| (key.to_owned(), value);
    rows.sort();
    assert_eq!(rows, [row("-", 1), row("a", 1), row("b", 4)]);
}

/// Event time, also one that is ahead of the clock, makes no record late for a window on the batch clock.
#[test]
fn windows_on_the_batch_clock_do_not_look_at_event_time() {
    let (sessions, grid) = (sink::collect(), sink::collect());
    let job = stream! {
        let seconds = source::batches(vec![vec![150], vec![151], vec![152]]) -> timestamp(|second| Timestamp::from_secs(*second));
        seconds -> window(session(3s, clock = processing)) -> count() -> map(|row| row.value) -> sessions.clone();
        seconds -> window(tumbling(10s, clock = processing)) -> count() -> map(|row| row.value) -> grid.clone();
    };
    let report = job.clock(ManualClock::at(Duration::from_secs(100))).threads(1).run().expect("runs");
    assert_eq!((sessions.take(), grid.take(), report.late), (vec![3], vec![3], vec![]));
}

/// `reduce` merges by its own function.
#[test]
fn sessions_reduce() {
    let mut rows = Vec::new();
    stream! {
        source::vec(vec![1i64, 20, 11])
            -> timestamp(|n| Timestamp::from_secs(*n), disorder = 1min)
            -> window(session(10s))
            -> reduce(|left, right| left.max(right))
            -> map(|row| (row.start.as_secs(), row.end.as_secs(), row.value))
            -> &mut rows
    }
    .run()
    .expect("sessions");
    assert_eq!(rows, [(1, 30, 20)]);
}

#[test]
fn changes_of_sessions() {
    let input = || {
        steps(&[
            (&[("a", 1, 0), ("b", 1, 0)], None),
            (&[("a", 1, 5_000)], None),
            (&[("a", 1, 2_500)], None),
            (&[], Some(4_000)),
            (&[("a", 1, 8_500)], Some(20_000)),
        ])
    };
    let (shown, _) = sums_of_steps!(input(), session(3s, emit = changes));
    let first = vec![row("a", 1, 0, 3_000), row("b", 1, 0, 3_000)];
    let bridged = vec![row("a", 3, 0, 8_000)];
    assert_eq!(
        shown,
        [first.clone(), vec![row("a", 1, 5_000, 8_000)], bridged.clone(), vec![], vec![row("a", 1, 8_500, 11_500)]]
    );
    let (shown, _) = sums_of_steps!(input(), session(3s));
    let closed = [vec![row("b", 1, 0, 3_000)], vec![row("a", 1, 8_500, 11_500), bridged[0].clone()]];
    assert_eq!(shown, [vec![], vec![], vec![], closed[0].clone(), closed[1].clone()]);
}

#[test]
fn a_gap_of_nothing_is_refused() {
    let window = session(Duration::ZERO);
    let job = stream! {
        source::vec(vec![1i64]) -> timestamp(|n| Timestamp::from_secs(*n)) -> window(window) -> count() -> sink::discard()
    };
    assert!(job.run().expect_err("no gap").to_string().contains("without a gap"));
}

/// Key and moment, in microseconds.
type Record = (u8, i64);
type Rows = Vec<(i64, i64, u8, Vec<i64>)>;

/// Each record meets what has not closed for it; the watermark is the newest record less the disorder.
fn model(records: &[Record], gap: i64, disorder: i64, touching: bool) -> (Rows, u64) {
    let (mut open, mut rows, mut late): (Rows, Rows, u64) = (vec![], vec![], 0);
    let mut newest: Option<i64> = None;
    for (key, time) in records {
        let reached = newest.map_or(i64::MIN, |newest| newest - disorder);
        newest = newest.max(Some(*time));
        rows.extend(open.extract_if(.., |session| session.1 <= reached));
        let mut all = (*time, *time + gap, *key, vec![*time]);
        let meets = |a: &(i64, i64, u8, Vec<i64>), b: &(i64, i64, u8, Vec<i64>)| {
            a.2 == b.2 && if touching { a.0 <= b.1 && b.0 <= a.1 } else { a.0 < b.1 && b.0 < a.1 }
        };
        let met: Rows = open.extract_if(.., |session| meets(session, &all)).collect();
        if met.is_empty() && all.1 <= reached {
            late += 1;
            continue;
        }
        for session in met {
            all = (all.0.min(session.0), all.1.max(session.1), *key, [session.3, all.3].concat());
        }
        open.push(all);
    }
    rows.extend(open);
    rows.iter_mut().for_each(|row| row.3.sort());
    rows.sort();
    (rows, late)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn sessions_of_any_cut(
        steps in prop::collection::vec((0u8..3, -25i64..40), 0..60), gap in 1i64..30, disorder in 0i64..40, open: bool, cut in cuts(),
    ) {
        let mut now = 0;
        let records: Vec<Record> = steps.iter().map(|(key, step)| { now += step / 4; (*key, now + step) }).collect();
        let boundary = if open { Boundary::Open } else { Boundary::Closed };
        let rows = sink::collect();
        let job = stream! {
            source::vec(records.clone())
                -> timestamp(|record| Timestamp::from_micros(record.1), disorder = Duration::from_micros(disorder as u64))
                -> key_by(|record| record.0)
                -> window(session(Duration::from_micros(gap as u64), boundary = boundary))
                -> fold(Vec::new(), |seen, record| seen.push(record.1), merge = |into, from| into.extend(from)) as sessions
                -> map(|mut row| { row.value.sort(); (row.start.as_micros(), row.end.as_micros(), row.key, row.value) })
                -> rows.clone()
        };
        let report = run_cut!(&cut, job);
        let mut rows = rows.take();
        prop_assert!(rows.is_sorted_by_key(|row| row.1) , "in order of their ends");
        rows.sort();
        let late = report.late.iter().find(|late| late.0 == "sessions").map_or(0, |late| late.1);
        prop_assert_eq!((rows, late), model(&records, gap, disorder, !open));
        let kept = report.state.iter().find(|state| state.0 == "sessions").map(|state| state.1.keys);
        prop_assert_eq!(kept, Some(0), "what has closed is forgotten");
    }
}
