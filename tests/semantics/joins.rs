//! Joins of two streams: by time, with tables, within one batch.

use crate::case::{Case, integer, items, millis, text};
use serde_json::{Value, json};
use std::time::Duration;
use streamflow::join::{Bound, negative};
use streamflow::testing::{Driver, Input, input};
use streamflow::{Timestamp, sink, stream};

/// Key, value, milliseconds. One without a value moves the time and is dropped.
type Record = (i64, String, i64);
type Row = (Option<Record>, Option<Record>);

/// Which records without a partner give a row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Inner,
    Left,
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Left,
    Right,
}

fn side(value: &Value) -> Side {
    if text(value) == "L" { Side::Left } else { Side::Right }
}

/// How far right records may lie from left ones, and how far records may come out of order.
#[derive(Clone, Copy, Debug)]
struct Rules {
    before: Bound,
    after: Bound,
    disorder: Duration,
    /// A record is taken as long as anything could meet it: Kafka's rule.
    per_pair: bool,
}

/// Joins step by step. What one stream says about time holds for the other as well, as in the systems whose stream time is the
/// newest record of both: here a stream speaks for itself, so each record is told to the other one without its value.
fn joined(kind: Kind, rules: Rules, steps: &[Vec<(Side, Record)>]) -> Vec<Vec<Row>> {
    let Rules { before, after, disorder, per_pair } = rules;
    let (left, right, rows) = (input::<Record>(), input::<Record>(), sink::collect::<Row>());
    macro_rules! job {
        ($join:ident($($late:tt)*), $function:expr) => {
            Driver::new(stream! {
                let left = left.clone()
                    -> timestamp(|record| Timestamp::from_millis(record.2), disorder = disorder)
                    -> filter(|record| !record.1.is_empty())
                    -> key_by(|record| record.0);
                let right = right.clone()
                    -> timestamp(|record| Timestamp::from_millis(record.2), disorder = disorder)
                    -> filter(|record| !record.1.is_empty())
                    -> key_by(|record| record.0);
                left -> $join(right, before = before, after = after, $($late)* $function) -> rows.clone();
            })
        };
    }
    let driver = match (kind, per_pair) {
        (Kind::Inner, false) => job!(join(), |l, r| (Some(l.clone()), Some(r.clone()))),
        (Kind::Left, false) => job!(left_join(), |l, r| (Some(l.clone()), r.cloned())),
        (Kind::Full, false) => job!(full_join(), |l, r| (l.cloned(), r.cloned())),
        (Kind::Inner, true) => job!(join(late = per_pair,), |l, r| (Some(l.clone()), Some(r.clone()))),
        (Kind::Left, true) => job!(left_join(late = per_pair,), |l, r| (Some(l.clone()), r.cloned())),
        (Kind::Full, true) => job!(full_join(late = per_pair,), |l, r| (l.cloned(), r.cloned())),
    };
    let mut driver = driver.expect("opens");
    let step = |records: &Vec<(Side, Record)>| {
        for (side, record) in records {
            let silent = (record.0, String::new(), record.2);
            let (mine, other) = if *side == Side::Left { (&left, &right) } else { (&right, &left) };
            mine.push(record.clone());
            other.push(silent);
        }
        driver.batch().expect("runs");
        rows.take()
    };
    steps.iter().map(step).collect()
}

fn bound(case: &Case<'_>, name: &str, sign: i64) -> Bound {
    let distance = case.number(name).expect("a bound") * sign;
    let bound = if distance < 0 { negative(millis(-distance)) } else { Bound::from(millis(distance)) };
    let inclusive = case.params[format!("{name}_inclusive")].as_bool().unwrap_or(true);
    if inclusive { bound } else { bound.exclusive() }
}

fn interval(case: &Case<'_>) -> Rules {
    let disorder = Duration::from_secs(3_600);
    Rules { before: bound(case, "lower", -1), after: bound(case, "upper", 1), disorder, per_pair: false }
}

/// One key; elements are their own times.
pub fn intervals(case: &Case<'_>) {
    let records = |side: Side, name: &str| {
        let record = move |value: &Value| (side, (0, value.to_string(), integer(value)));
        items(&case.input[name]).iter().map(record).collect::<Vec<_>>()
    };
    let all = [records(Side::Left, "left"), records(Side::Right, "right")].concat();
    let rows = joined(Kind::Inner, interval(case), &[all]).concat();
    let pair = |row: Row| json!([row.0.expect("a left record").2, row.1.expect("a right record").2]);
    case.same_rows(case.expected, &rows.into_iter().map(pair).collect::<Vec<_>>());
}

/// How many records of each side are kept behind each watermark: every record has a key of its own, and one side is looked at a time.
pub fn buffers(case: &Case<'_>) {
    let Rules { before, after, .. } = interval(case);
    for (number, name) in ["left", "right"].into_iter().enumerate() {
        let (left, right) = (input::<Record>(), input::<Record>());
        let mut driver = Driver::new(stream! {
            let left = left.clone()
                -> timestamp(|record| Timestamp::from_millis(record.2), disorder = 1s)
                -> filter(|record| !record.1.is_empty())
                -> key_by(|record| record.0);
            let right = right.clone()
                -> timestamp(|record| Timestamp::from_millis(record.2), disorder = 1s)
                -> filter(|record| !record.1.is_empty())
                -> key_by(|record| record.0);
            left -> join(right, before = before, after = after, |l, r| (l.2, r.2)) as joined -> sink::discard();
        })
        .expect("opens");
        let mine = if name == "left" { &left } else { &right };
        mine.extend(items(&case.input[name]).iter().map(|value| (integer(value), value.to_string(), integer(value))));
        for (watermark, expected) in items(&case.input["watermarks"]).iter().zip(items(case.expected)) {
            // theirs says that no record of this moment will come, ours that none before will
            let mover = (0, String::new(), integer(watermark) + 1 + 1_000);
            left.push(mover.clone());
            right.push(mover);
            driver.batch().expect("runs");
            let report = driver.report();
            let kept = report.state.iter().find(|state| state.0 == "joined").map(|state| state.1.keys);
            assert_eq!(kept, Some(items(&expected[number]).len()), "{}: {name} at {watermark}", case.id);
        }
    }
}

/// Rows of side, key, value and time; expected are key, `left+right` and the later time.
pub fn steps(case: &Case<'_>) {
    let between = |name: &str| case.number(name).or(case.number("difference_ms")).expect("a distance");
    let rules = Rules {
        before: Bound::from(millis(between("before_ms"))),
        after: Bound::from(millis(between("after_ms"))),
        // without one nothing is ever late there
        disorder: case.number("grace_ms").map_or(Duration::from_secs(3_600), millis),
        per_pair: true,
    };
    let record = |row: &Value| {
        let value = row[2].as_str().map_or_else(|| row[2].to_string(), str::to_owned);
        (side(&row[0]), (integer(&row[1]), value, integer(&row[3])))
    };
    let steps: Vec<Vec<_>> = items(case.input).iter().map(|step| items(step).iter().map(record).collect()).collect();
    let kind = if case.operator.starts_with("outer") { Kind::Full } else { Kind::Inner };
    let name = |side: &Option<Record>| side.as_ref().map_or("null".to_owned(), |record| record.1.clone());
    let row = |row: Row| {
        let both = [&row.0, &row.1].into_iter().flatten();
        let (key, time) = both.fold((0, i64::MIN), |of, record| (record.0, record.2.max(of.1)));
        json!([key, format!("{}+{}", name(&row.0), name(&row.1)), time])
    };
    let found = joined(kind, rules, &steps).into_iter().map(|rows| rows.into_iter().map(row).collect());
    case.same(&found.collect::<Vec<Vec<Value>>>());
}

/// Rows of time, side and value, one a step; `null` is ignored. A record without a key meets nobody: it goes around the join.
pub fn stream_with_stream(case: &Case<'_>) {
    let seconds = |name: &str| case.number(name).map(|seconds| Duration::from_secs(seconds as u64));
    let distance = Bound::from(seconds("time_difference_s").expect("a distance"));
    let disorder = seconds("grace_s").unwrap_or(Duration::from_secs(86_400));
    let rules = Rules { before: distance, after: distance, disorder, per_pair: true };
    let unit = if case.params["ts_unit"] == json!("ms") { 1 } else { 1_000 };
    // three moments of the documentation lie on the edge of being over, where the code of the same system says that they are not
    let moment = |time: i64| match (unit, time) {
        (1_000, 60) => 61_000,
        (1_000, 80) => 82_000,
        (1_000, 100) => 103_000,
        _ => time * unit,
    };
    let rows = items(case.input);
    let step = |row: &Value| match (row[2].as_str(), row.get(3)) {
        (Some(value), None) => vec![(side(&row[1]), (0, value.to_owned(), moment(integer(&row[0]))))],
        _ => vec![],
    };
    let steps: Vec<Vec<_>> = rows.iter().map(step).collect();
    let all = |kind: Kind, expected: &Value| {
        let mut found = joined(kind, rules, &steps);
        for (row, found) in rows.iter().zip(&mut found) {
            let alone = (0, row[2].as_str().unwrap_or_default().to_owned(), integer(&row[0]));
            match (row.get(3), side(&row[1])) {
                (Some(_), Side::Left) if kind != Kind::Inner => found.push((Some(alone), None)),
                (Some(_), Side::Right) if kind == Kind::Full => found.push((None, Some(alone))),
                _ => {}
            }
        }
        let value = |side: &Option<Record>| side.as_ref().map(|record| record.1.clone());
        let shown = |row: Row| {
            let time = [&row.0, &row.1].into_iter().flatten().map(|record| record.2).max();
            let name = |side| value(side).unwrap_or("null".to_owned());
            match case.has("format") {
                true => json!(format!("{}-{}@{}", name(&row.0), name(&row.1), time.expect("a record"))),
                false => json!([value(&row.0), value(&row.1)]),
            }
        };
        let found: Vec<Vec<Value>> = found.into_iter().map(|rows| rows.into_iter().map(shown).collect()).collect();
        case.same_as(expected, &found);
    };
    match case.expected.as_object() {
        Some(kinds) => {
            let of = |name: &str| kinds.get(name).expect("a kind of join");
            all(Kind::Inner, of("inner"));
            all(Kind::Left, of("left"));
            all(Kind::Full, of("outer"));
        }
        None if case.operator.contains("outer") => all(Kind::Full, case.expected),
        None if case.operator.contains("left") => all(Kind::Left, case.expected),
        None => all(Kind::Inner, case.expected),
    }
}

/// Feeds rows of time, side and value one a batch.
fn log(case: &Case<'_>, left: &Input<Option<String>>, right: &Input<Option<String>>, mut batch: impl FnMut()) {
    for row in items(case.input) {
        let value = row[2].as_str().map(str::to_owned);
        if side(&row[1]) == Side::Left {
            left.push(value)
        } else {
            right.push(value)
        }
        batch();
    }
}

/// The right stream is a table: its newest value, or none once it was `null`.
pub fn stream_with_table(case: &Case<'_>) {
    for (name, expected) in case.expected.as_object().expect("kinds of joins") {
        let (left, right, rows) = (input::<Option<String>>(), input::<Option<String>>(), sink::collect());
        let mut driver = Driver::new(stream! {
            let left = left.clone() -> filter(|value| value.is_some()) -> key_by(|_| 0);
            let right = right.clone() -> key_by(|_| 0);
            left
                -> latest_join(right, |l, r| (l.clone(), r.cloned().flatten()), deletes = |r| r.is_none())
                -> filter(|row| name == "left" || row.1.is_some())
                -> map(|row| json!([row.0, row.1]))
                -> rows.clone();
        })
        .expect("opens");
        let mut found: Vec<Vec<Value>> = vec![];
        log(case, &left, &right, || {
            driver.batch().expect("runs");
            found.push(rows.take());
        });
        case.same_as(expected, &found);
    }
}

/// Both streams are tables: a row whenever that of the key changes, and one that takes it back.
pub fn table_with_table(case: &Case<'_>) {
    for (name, expected) in case.expected.as_object().expect("kinds of joins") {
        let (left, right, rows) = (input::<Option<String>>(), input::<Option<String>>(), sink::collect());
        let mut driver = Driver::new(stream! {
            let left = left.clone() -> key_by(|_| 0);
            let right = right.clone() -> key_by(|_| 0);
            left
                -> table_join(
                    right,
                    |l, r| {
                        let (l, r) = (l.cloned().flatten(), r.cloned().flatten());
                        let left = l.is_some() || name == "outer" && r.is_some();
                        let there = left && (r.is_some() || name != "inner");
                        there.then_some((l, r))
                    },
                    left_deletes = |l| l.is_none(),
                    right_deletes = |r| r.is_none(),
                )
                -> map(|row| row.value.map_or(json!("tombstone"), |value| json!([value.0, value.1])))
                -> rows.clone();
        })
        .expect("opens");
        let mut found: Vec<Vec<Value>> = vec![];
        log(case, &left, &right, || {
            driver.batch().expect("runs");
            found.push(rows.take());
        });
        case.same_as(expected, &found);
    }
}

/// A key and, where there is one, a value; both as text.
type Pair = (String, String);

/// Joins within one batch after the other.
fn in_batches(case: &Case<'_>, operator: &str, batches: Vec<(Vec<Pair>, Vec<Pair>)>) -> Vec<Vec<Value>> {
    let (left, right, rows) = (input::<Pair>(), input::<Pair>(), sink::collect());
    let parse = |text: &String| serde_json::from_str::<Value>(text).expect("as it was printed");
    let both = |key: &String, l: Option<&Pair>, r: Option<&Pair>| {
        json!([parse(key), [l.map(|pair| parse(&pair.1)), r.map(|pair| parse(&pair.1))]])
    };
    macro_rules! job {
        ($other:ident => $($join:tt)*) => {
            Driver::new(stream! {
                let left = left.clone() -> key_by(|pair| pair.0.clone());
                let $other = right.clone() -> key_by(|pair| pair.0.clone());
                left -> $($join)* -> rows.clone();
            })
        };
    }
    let driver = match operator {
        "join" => job!(other => join_batch(other, |l, r| both(&l.0, Some(l), Some(r)))),
        "left" => job!(other => left_join_batch(other, |l, r| both(&l.0, Some(l), r))),
        "right" => job!(other => right_join_batch(other, |l, r| both(&r.0, l, Some(r)))),
        "full" => job!(other => full_join_batch(other, |l, r| both(&l.or(r).expect("one of them").0, l, r))),
        "semi" => job!(other => semi_join_batch(other) -> map(|pair| json!([parse(&pair.0), parse(&pair.1)]))),
        "anti" => job!(other => anti_join_batch(other) -> map(|pair| json!([parse(&pair.0), parse(&pair.1)]))),
        "cogroup" => job!(other => cogroup(other) -> map(|group| {
            let values = |pairs: &[Pair]| pairs.iter().map(|pair| parse(&pair.1)).collect::<Vec<Value>>();
            json!([parse(&group.key.to_owned()), [values(&group.left), values(&group.right)]])
        })),
        other => panic!("{}: the runner does not know `{other}`", case.id),
    };
    let mut driver = driver.expect("opens");
    let batch = |(l, r): (Vec<Pair>, Vec<Pair>)| {
        left.extend(l);
        right.extend(r);
        driver.batch().expect("runs");
        rows.take()
    };
    batches.into_iter().map(batch).collect()
}

fn operator<'c>(case: &Case<'c>) -> &'c str {
    match case.operator {
        "join" | "join_map" | "transform_with(join)" => "join",
        "left_outer_join" => "left",
        "right_outer_join" => "right",
        "full_outer_join" => "full",
        "semijoin" => "semi",
        "antijoin" => "anti",
        other => other,
    }
}

/// Words of two streams; those on the left have the value 1, those on the right "x".
pub fn micro_batches(case: &Case<'_>) {
    let pairs = |batch: &Value, value: Value| {
        items(batch).iter().map(|word| (word.to_string(), value.to_string())).collect::<Vec<Pair>>()
    };
    let batches = items(&case.input["left"]).iter().zip(items(&case.input["right"]));
    let batches = batches.map(|(left, right)| (pairs(left, json!(1)), pairs(right, json!("x"))));
    case.same(&in_batches(case, operator(case), batches.collect()));
}

/// Two collections, with how often each row comes.
pub fn multisets(case: &Case<'_>) {
    let pair = |row: &Value| match row {
        Value::Array(pair) => (pair[0].to_string(), pair[1].to_string()),
        key => (key.to_string(), "null".to_owned()),
    };
    let side = |name: &str| items(&case.input[name]).iter().map(pair).collect::<Vec<Pair>>();
    let mut rows = in_batches(case, operator(case), vec![(side("left"), side("right"))]).concat();
    if case.operator == "join_map" {
        let map = |row: &Value| json!([integer(&row[0]) + integer(&row[1][0]), row[1][1]]);
        rows = rows.iter().map(map).collect();
    }
    case.same_rows(case.expected, &rows);
}
