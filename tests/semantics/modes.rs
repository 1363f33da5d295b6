//! Bytewax' joins: what a side holds, and when rows are told.

use crate::case::{Case, integer, items, text};
use serde_json::{Value, json};
use streamflow::testing::{Driver, input};
use streamflow::{KeyState, sink, stream};

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

/// Values of one key, left ones first. A side holds its first value, its last one, or all.
pub fn joined(case: &Case<'_>) {
    let insert = text(&case.params["insert"]);
    let values: Vec<(Side, i64)> = [(Side::Left, "left"), (Side::Right, "right")]
        .into_iter()
        .flat_map(|(side, name)| items(&case.input[name]).iter().map(move |value| (side, integer(value))))
        .collect();
    let rows = match text(&case.params["emit"]) {
        "running" => rows_of_tables(insert, &values, true),
        // what holds at last is what one batch with all values gives
        "final" => rows_of_tables(insert, &values, false),
        "complete" => complete_rows(insert, &values),
        other => panic!("{}: the runner does not know `{other}`", case.id),
    };
    case.same_rows(case.expected, &rows);
}

/// Those of all values so far that a side holds.
fn inserted<'v>(insert: &str, values: &'v [i64]) -> &'v [i64] {
    match (insert, values) {
        ("first", [first, ..]) => std::slice::from_ref(first),
        ("last", [.., last]) => std::slice::from_ref(last),
        ("first" | "last" | "product", values) => values,
        _ => panic!("the runner does not know `{insert}`"),
    }
}

/// Every left value with every right one; of a side without values none.
fn product(left: &[i64], right: &[i64]) -> Vec<Value> {
    let side = |values: &[i64]| if values.is_empty() { vec![None] } else { values.iter().copied().map(Some).collect() };
    let right = side(right);
    side(left).into_iter().flat_map(|left| right.iter().map(move |right| json!([left, right]))).collect()
}

/// Each side is a table of its values; a row with each change that a batch makes.
fn rows_of_tables(insert: &str, values: &[(Side, i64)], one_by_one: bool) -> Vec<Value> {
    let (left, right, rows) = (input::<i64>(), input::<i64>(), sink::collect());
    let mut driver = Driver::new(stream! {
        let left = left.clone() -> key_by(|_| 0) -> collect() -> map(|row| row.value) -> key_by(|_| 0);
        let right = right.clone() -> key_by(|_| 0) -> collect() -> map(|row| row.value) -> key_by(|_| 0);
        left
            -> table_join(right, |l, r| {
                let held = |side: Option<&Vec<i64>>| side.map_or(vec![], |values| inserted(insert, values).to_vec());
                Some(product(&held(l), &held(r)))
            })
            -> flat_map(|row| row.value.unwrap_or_default())
            -> rows.clone();
    })
    .expect("opens");
    for (side, value) in values {
        if *side == Side::Left { &left } else { &right }.push(*value);
        if one_by_one {
            driver.batch().expect("runs");
        }
    }
    driver.batch().expect("runs");
    rows.take()
}

/// Both streams as one, with a state of both sides: rows once both have a value, and then all begins anew.
fn complete_rows(insert: &str, values: &[(Side, i64)]) -> Vec<Value> {
    let (left, right, rows) = (input::<(bool, i64)>(), input::<(bool, i64)>(), sink::collect());
    let mut driver = Driver::new(stream! {
        let left = left.clone();
        let right = right.clone();
        merge(left, right)
            -> key_by(|_| 0)
            -> map_with_state(|_, value, state: &mut KeyState<(Vec<i64>, Vec<i64>)>| {
                let mut sides = state.get().cloned().unwrap_or_default();
                if let Some((is_left, value)) = value {
                    if is_left { &mut sides.0 } else { &mut sides.1 }.push(value);
                }
                if sides.0.is_empty() || sides.1.is_empty() {
                    state.update(sides);
                    return vec![];
                }
                state.remove();
                product(inserted(insert, &sides.0), inserted(insert, &sides.1))
            }, timeout = unbounded)
            -> flat_map(|rows| rows)
            -> rows.clone();
    })
    .expect("opens");
    for (side, value) in values {
        let is_left = *side == Side::Left;
        if is_left { &left } else { &right }.push((is_left, *value));
        driver.batch().expect("runs");
    }
    rows.take()
}
