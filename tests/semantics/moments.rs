//! Moments and windows as values: rounding, steps, overlaps.

use crate::case::{Case, integer, items, millis};
use serde_json::{Value, json};
use streamflow::{Timestamp, Windowed};

fn at(value: &Value) -> Timestamp {
    Timestamp::from_millis(integer(value))
}

fn rows(case: &Case<'_>, of: impl Fn(&Value) -> Value) {
    let found: Vec<Value> = items(case.input).iter().map(of).collect();
    assert_eq!(json!(found), *case.expected, "{}", case.id);
}

pub fn floors(case: &Case<'_>) {
    rows(case, |row| json!(at(&row[0]).floor(millis(integer(&row[1]))).as_millis()));
}

/// From a moment to another in steps, with or without the last one.
pub fn steps(case: &Case<'_>) {
    rows(case, |row| {
        let (start, end, step) = (at(&row[0]), at(&row[1]), millis(integer(&row[2])));
        let moments: Vec<Timestamp> = match case.operator.starts_with("time.to") {
            true => start.to(end, step).collect(),
            false => start.until(end, step).collect(),
        };
        json!(moments.into_iter().map(Timestamp::as_millis).collect::<Vec<_>>())
    });
}

/// Windows that share a moment with `[50, 100)`.
pub fn overlaps(case: &Case<'_>) {
    let window = |start, end| Windowed { key: (), value: (), start, end };
    let with = window(Timestamp::from_millis(50), Timestamp::from_millis(100));
    rows(case, |row| json!(window(at(&row[0]), at(&row[1])).overlaps(&with)));
}
