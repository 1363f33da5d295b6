//! Which window a record belongs to, and when a window gives its row.

use crate::case::{Case, integer, integers, items, millis, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use streamflow::testing::{Driver, input};
use streamflow::{Timestamp, sink, source, stream, window};

/// Windows with the elements in them: rows of `[[start, end], [elements]]`.
fn with_elements(window: window::Window, moments: Vec<i64>) -> Vec<Value> {
    let mut rows = vec![];
    let job = stream! {
        source::vec(moments)
            -> timestamp(|moment| Timestamp::from_millis(*moment), disorder = 1d)
            -> window(window)
            -> fold(Vec::new(), |seen, moment| seen.push(moment))
            -> map(|mut row| {
                row.value.sort_unstable();
                json!([[row.start.as_millis(), row.end.as_millis()], row.value])
            })
            -> &mut rows
    };
    job.threads(1).run().expect("runs");
    rows
}

pub fn groups(case: &Case<'_>) {
    case.same_rows(case.expected, &with_elements(case.window(), integers(case.input)));
}

pub fn assigned(case: &Case<'_>) {
    let windows = |moment| with_elements(case.window(), vec![moment]).into_iter().map(|row| row[0].clone()).collect();
    let found: Vec<Vec<Value>> = integers(case.input).into_iter().map(windows).collect();
    case.same(&found);
}

/// The window of each record where all have the phase of the first one. Theirs is what the clock says when it comes, in the case the same.
pub fn staggered(case: &Case<'_>) {
    let (moments, size) = (integers(case.input), millis(case.number("size").expect("a size")));
    assert_eq!(case.number("processing_time_at_first"), moments.first().copied(), "{}", case.id);
    let mut found: Vec<(i64, Vec<Value>)> = vec![];
    let job = stream! {
        source::vec(moments)
            -> timestamp(|moment| Timestamp::from_millis(*moment))
            -> window(tumbling(size, origin = first))
            -> collect()
            -> flat_map(|row| {
                let window = json!([row.start.as_millis(), row.end.as_millis()]);
                row.value.into_iter().map(move |moment| (moment, vec![window.clone()])).collect::<Vec<_>>()
            })
            -> &mut found
    };
    job.threads(1).run().expect("runs");
    found.sort_by_key(|record| record.0);
    case.same(&found.into_iter().map(|record| record.1).collect::<Vec<_>>());
}

/// The first moment of the window of each record.
pub fn starts(case: &Case<'_>) {
    let start = |moment| with_elements(case.window(), vec![moment]).into_iter().map(|row| row[0][0].clone());
    let found: Vec<Value> = integers(case.input).into_iter().flat_map(start).collect();
    assert_eq!(json!(found), *case.expected, "{}", case.id);
}

/// Windows are numbered by their start: window 0 begins at 0.
pub fn numbers(case: &Case<'_>) {
    let slide = case.number("slide").expect("a slide");
    let number = |row: Value| integer(&row[0][0]) / slide;
    for (moment, expected) in integers(case.input).into_iter().zip(items(case.expected)) {
        let mut found: Vec<i64> = with_elements(case.window(), vec![moment]).into_iter().map(number).collect();
        found.sort_unstable();
        assert_eq!(json!(found), *expected, "{} at {moment}", case.id);
    }
}

/// Sums by key, step by step. A record that is dropped again moves the watermark after each step: theirs says that no record of
/// this moment or before will come, ours that none before will come.
pub fn sums(case: &Case<'_>) {
    let (records, rows) = (input::<(String, i64, i64)>(), sink::collect());
    let lateness = millis(case.number("lateness").unwrap_or(0));
    let purge = case.params["purging"].as_bool().unwrap_or(false);
    let mut driver = Driver::new(stream! {
        records.clone()
            -> timestamp(|element| Timestamp::from_millis(element.2), disorder = 1000s)
            -> filter(|element| !element.0.is_empty())
            -> key_by(|element| element.0.clone())
            -> window(case.window().lateness(lateness).purge(purge))
            -> sum(|element| element.1)
            -> map(|row| json!([row.key, row.value, row.end.as_millis() - 1]))
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

/// The elements of a step, and the one that moves the watermark.
pub fn elements(step: &Value) -> Vec<(String, i64, i64)> {
    let element = |element: &Value| (text(&element[0]).to_owned(), integer(&element[1]), integer(&element[2]));
    let mover = step["watermark"].as_i64().map(|watermark| (String::new(), 0, watermark + 1 + 1_000_000));
    items(&step["elements"]).iter().map(element).chain(mover).collect()
}

/// What is late after the given records: nothing behind the watermark of the case, and everything before it.
pub fn bounded_disorder(case: &Case<'_>) {
    let records = integers(case.input);
    let late = |moment: i64| {
        let records: Vec<i64> = records.iter().copied().chain([moment]).collect();
        let job = stream! {
            source::vec(records)
                -> timestamp(|moment| Timestamp::from_millis(*moment), disorder = millis(case.number("delay").expect("a delay")))
                -> window(tumbling(1ms))
                -> count() as counted
                -> sink::discard()
        };
        job.threads(1).run().expect("runs").late.first().map_or(0, |late| late.1)
    };
    let expected = integer(case.expected);
    if records.is_empty() {
        assert_eq!(late(-1_000_000_000_000), 0, "{}: nothing is late before the first record", case.id);
    } else {
        assert_eq!((late(expected), late(expected + 1)), (1, 0), "{}", case.id);
    }
}

/// Elements by window number, as far as they were in time; seconds.
fn by_number(case: &Case<'_>) -> Vec<(i64, Vec<String>)> {
    let records: Vec<(i64, String)> =
        items(case.input).iter().map(|record| (integer(&record[0]), text(&record[1]).to_owned())).collect();
    let slide = case.number("slide").or(case.number("size")).expect("a size");
    let mut rows = vec![];
    let job = stream! {
        source::vec(records)
            -> timestamp(|record| Timestamp::from_millis(record.0), disorder = millis(case.number("wait").unwrap_or(0)))
            -> window(case.window())
            -> fold(Vec::new(), |seen, record| seen.push(record.1))
            -> map(|row| (row.start.as_millis().div_euclid(slide), row.value))
            -> &mut rows
    };
    job.threads(1).run().expect("runs");
    rows
}

pub fn collected(case: &Case<'_>) {
    let found: Vec<Value> = by_number(case).into_iter().map(|row| json!([row.0, row.1])).collect();
    case.same_rows(case.expected, &found);
}

/// Windows that are counted from the first element. They are told without a number there.
pub fn collected_from_the_first(case: &Case<'_>) {
    let records: Vec<(i64, i64)> =
        items(case.input).iter().map(|record| (integer(&record[0]), integer(&record[1]))).collect();
    let (size, every) = (millis(case.number("size").expect("a size")), millis(case.number("slide").expect("a slide")));
    let mut rows = vec![];
    let job = stream! {
        source::vec(records)
            -> timestamp(|record| Timestamp::from_millis(record.1))
            -> window(sliding(size, every = every, origin = first))
            -> collect(|record| record.0)
            -> map(|row| json!(row.value))
            -> &mut rows
    };
    job.threads(1).run().expect("runs");
    case.same_rows(case.expected, &rows);
}

pub fn counted(case: &Case<'_>) {
    let count = |row: (i64, Vec<String>)| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        row.1.into_iter().for_each(|element| *counts.entry(element).or_default() += 1);
        json!([row.0, counts])
    };
    let found: Vec<Value> = by_number(case).into_iter().map(count).collect();
    case.same_rows(case.expected, &found);
}

/// The elements of a window as rows, once it closes.
pub fn emitted(case: &Case<'_>) {
    let (records, rows) = (input::<(String, i64, i64)>(), sink::collect());
    let mut driver = Driver::new(stream! {
        records.clone()
            -> timestamp(|element| Timestamp::from_millis(element.2), disorder = 1000s)
            -> filter(|element| !element.0.is_empty())
            -> key_by(|element| element.0.clone())
            -> window(case.window())
            -> fold(Vec::new(), |seen, element| seen.push(element.1))
            -> flat_map(|row| {
                let (key, last) = (row.key.to_owned(), row.end.as_millis() - 1);
                row.value.into_iter().map(move |value| json!([key, value, last])).collect::<Vec<_>>()
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

/// Windows of so many elements.
pub fn of_counts(case: &Case<'_>) {
    let size = case.number("size").expect("a size") as u64;
    let every = case.number("slide").expect("a slide") as u64;
    let mut rows = vec![];
    let job = stream! {
        source::vec(integers(case.input))
            -> window(counts(size, every = every))
            -> fold(Vec::new(), |seen, n| seen.push(n))
            -> map(|row| json!(row.value))
            -> &mut rows
    };
    job.threads(1).run().expect("runs");
    assert_eq!(json!(rows), *case.expected, "{}", case.id);
}
