//! Sessions: which records meet, when a session is over, and what a late record does to it.

use crate::case::{Case, integer, integers, items, millis, text};
use crate::windows::elements;
use serde_json::{Value, json};
use std::time::Duration;
use streamflow::testing::{Driver, ManualClock, input};
use streamflow::window::{Boundary, Event, Session, Window, session};
use streamflow::{Timestamp, sink, source, stream};

/// Sessions of the case. Of Beam's two records with exactly a gap between them are two sessions, of all others one.
fn window(case: &Case<'_>) -> Window<Event, Session> {
    let window = session(millis(case.number("gap").expect("a gap")));
    if case.id.starts_with("beam-") { window.boundary(Boundary::Open) } else { window }
}

/// Sessions with the elements in them. Where the case has closed windows, they end with the last element.
fn with_elements(case: &Case<'_>, moments: Vec<i64>) -> Vec<Value> {
    let behind = if case.has("closed") { case.number("gap").expect("a gap") } else { 0 };
    let mut rows = vec![];
    let job = stream! {
        source::vec(moments)
            -> timestamp(|moment| Timestamp::from_millis(*moment), disorder = 1d)
            -> window(self::window(case))
            -> fold(Vec::new(), |seen, moment| seen.push(moment), merge = |into, from| into.extend(from))
            -> map(|mut row| {
                row.value.sort_unstable();
                json!([[row.start.as_millis(), row.end.as_millis() - behind], row.value])
            })
            -> &mut rows
    };
    job.threads(1).run().expect("runs");
    rows
}

pub fn groups(case: &Case<'_>) {
    case.same_rows(case.expected, &with_elements(case, integers(case.input)));
}

pub fn assigned(case: &Case<'_>) {
    let windows = |moment| with_elements(case, vec![moment]).into_iter().map(|row| row[0].clone()).collect();
    let found: Vec<Vec<Value>> = integers(case.input).into_iter().map(windows).collect();
    case.same(&found);
}

/// Start and end of each window that is added, as a record with a gap of its own.
fn spans(case: &Case<'_>) -> Vec<(i64, i64)> {
    items(case.input).iter().map(|window| (integer(&window[0]), integer(&window[1]))).collect()
}

/// What is left of windows when all that meet are one.
pub fn merged(case: &Case<'_>) {
    let mut rows = vec![];
    let job = stream! {
        source::vec(spans(case))
            -> timestamp(|span| Timestamp::from_millis(span.0), disorder = 1d)
            -> window(session(gap = |span: &(i64, i64)| millis(span.1 - span.0)))
            -> count()
            -> map(|row| json!([row.start.as_millis(), row.end.as_millis()]))
            -> &mut rows
    };
    job.threads(1).run().expect("runs");
    case.same_rows(case.expected, &rows);
}

/// Windows with both ends that share a moment with `[50, 100]`: a record that waits until the last moment of its window for another one, which
/// may come at exactly that moment.
pub fn overlaps(case: &Case<'_>) {
    let meets = |span: (i64, i64)| {
        let mut rows = vec![];
        let job = stream! {
            source::vec(vec![(50, 100), span])
                -> timestamp(|span| Timestamp::from_millis(span.0), disorder = 1d)
                -> window(session(gap = |span: &(i64, i64)| millis(span.1 - span.0), boundary = closed))
                -> count()
                -> &mut rows
        };
        job.threads(1).run().expect("runs");
        rows.len() == 1
    };
    let found: Vec<bool> = spans(case).into_iter().map(meets).collect();
    assert_eq!(json!(found), *case.expected, "{}", case.id);
}

/// The session that each window has become a part of.
pub fn merged_one_by_one(case: &Case<'_>) {
    let (added, rows) = (input::<(i64, i64)>(), sink::collect());
    let mut driver = Driver::new(stream! {
        added.clone()
            -> timestamp(|span| Timestamp::from_millis(span.0), disorder = 1d)
            -> window(session(gap = |span: &(i64, i64)| millis(span.1 - span.0), emit = changes))
            -> count()
            -> map(|row| json!([row.start.as_millis(), row.end.as_millis()]))
            -> rows.clone()
    })
    .expect("opens");
    for (span, expected) in spans(case).into_iter().zip(items(case.expected)) {
        added.push(span);
        driver.batch().expect("runs");
        assert_eq!(rows.take(), std::slice::from_ref(expected), "{} at {span:?}", case.id);
    }
}

/// Sums by key, step by step: rows of key, sum, start, end and the last moment.
pub fn sums(case: &Case<'_>) {
    let (records, rows) = (input::<(String, i64, i64)>(), sink::collect());
    let lateness = millis(case.number("lateness").unwrap_or(0));
    let purge = case.params["purging"].as_bool().unwrap_or(false);
    let mut driver = Driver::new(stream! {
        records.clone()
            -> timestamp(|element| Timestamp::from_millis(element.2), disorder = 1000s)
            -> filter(|element| !element.0.is_empty())
            -> key_by(|element| element.0.clone())
            -> window(self::window(case).lateness(lateness).purge(purge))
            -> sum(|element| element.1)
            -> map(|row| {
                let (start, end) = (row.start.as_millis(), row.end.as_millis());
                json!([row.key, row.value, start, end, end - 1])
            })
            -> rows.clone()
    })
    .expect("opens");
    let found = items(case.input).iter().map(|step| {
        records.extend(elements(step));
        driver.batch().expect("runs");
        rows.take()
    });
    case.same(&found.collect::<Vec<_>>());
}

/// On the clock: what is due when the clock comes to a step fires before the step's elements.
pub fn on_the_clock(case: &Case<'_>) {
    let clock = ManualClock::at(Duration::ZERO);
    let (records, rows) = (input::<(String, i64)>(), sink::collect());
    let gap = millis(case.number("gap").expect("a gap"));
    let job = stream! {
        records.clone()
            -> key_by(|element| element.0.clone())
            -> window(session(gap, clock = processing))
            -> sum(|element| element.1)
            -> map(|row| json!([row.key, row.value, row.end.as_millis() - 1]))
            -> rows.clone()
    };
    let mut driver = Driver::with_clock(job, clock.clone()).expect("opens");
    let mut now = 0;
    let found = items(case.input).iter().map(|step| {
        let at = integer(&step["now"]);
        clock.advance(millis(at - now));
        now = at;
        driver.batch().expect("runs");
        records.extend(
            items(&step["elements"]).iter().map(|element| (text(&element[0]).to_owned(), integer(&element[1]))),
        );
        driver.batch().expect("runs");
        rows.take()
    });
    case.same(&found.collect::<Vec<_>>());
}

/// Counts of words of lines, in seconds: word, start, end, length and count.
pub fn words(case: &Case<'_>) {
    let seconds = |name: &str| Duration::from_secs(case.number(name).expect("seconds") as u64);
    let (lines, rows) = (input::<(String, i64)>(), sink::collect());
    let mut driver = Driver::new(stream! {
        lines.clone()
            -> timestamp(|line| Timestamp::from_secs(line.1), disorder = seconds("watermark_delay_s"))
            -> flat_map(|line| line.0.split(' ').map(str::to_owned).collect::<Vec<_>>())
            -> key_by(|word| word.clone())
            -> window(session(seconds("session_gap_s")))
            -> count()
            -> map(|row| {
                let (start, end) = (row.start.as_secs(), row.end.as_secs());
                json!([row.key, start, end, end - start, row.value])
            })
            -> rows.clone()
    })
    .expect("opens");
    let found = items(case.input).iter().map(|step| {
        lines.extend(items(step).iter().map(|line| (text(&line[0]).to_owned(), integer(&line[1]))));
        driver.batch().expect("runs");
        rows.take()
    });
    case.same(&found.collect::<Vec<_>>());
}
