//! Kafka's windows, whose time is the newest record so far: a row for each change, and one when nothing can change any more.

use crate::case::{Case, integer, items, millis, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use streamflow::testing::{Driver, Input, input};
use streamflow::window::{Emit, aligned, session, tumbling};
use streamflow::{Timestamp, sink, stream};

type Record = (String, i64);

fn records(case: &Case<'_>) -> Vec<Record> {
    items(case.input).iter().map(|record| (text(&record[0]).to_owned(), integer(&record[1]))).collect()
}

/// Gives one record a batch and collects the rows.
fn one_by_one(case: &Case<'_>, records: &Input<Record>, driver: &mut Driver<'_>) {
    for record in self::records(case) {
        records.push(record);
        driver.batch().expect("runs");
    }
}

/// Counts and the newest moment of each window: once for each change, once when it closes. What no record has closed stays open.
pub fn tumbling_counts(case: &Case<'_>) {
    let size = millis(case.number("size").expect("a size"));
    for (emit, expected) in [(Emit::Changes, "raw"), (Emit::Final, "final")] {
        let (fed, rows) = (input::<Record>(), sink::collect());
        let mut driver = Driver::new(stream! {
            fed.clone()
                -> timestamp(|record| Timestamp::from_millis(record.1), disorder = millis(case.number("grace").unwrap_or(0)))
                -> key_by(|record| record.0.clone())
                -> window(tumbling(size).emit(emit))
                -> fold((0u64, i64::MIN), |seen, record| *seen = (seen.0 + 1, seen.1.max(record.1)))
                -> map(|row| {
                    let name = format!("[{}@{}/{}]", row.key, row.start.as_millis(), row.end.as_millis());
                    json!([name, row.value.0, row.value.1])
                })
                -> rows.clone()
        })
        .expect("opens");
        one_by_one(case, &fed, &mut driver);
        assert_eq!(json!(rows.take()), case.expected[expected], "{}: {expected}", case.id);
    }
}

/// Windows of sessions as they are closed there: with the last record. Two sessions that become one are told of as one;
/// theirs takes both back first.
pub fn session_counts(case: &Case<'_>) {
    let gap = millis(case.number("gap").expect("a gap"));
    for (emit, expected) in [(Emit::Changes, "raw"), (Emit::Final, "final")] {
        let (fed, rows) = (input::<Record>(), sink::collect());
        let mut driver = Driver::new(stream! {
            fed.clone()
                -> timestamp(|record| Timestamp::from_millis(record.1), disorder = millis(case.number("grace").unwrap_or(0)))
                -> key_by(|record| record.0.clone())
                -> window(session(gap).emit(emit))
                -> fold(
                    (0u64, i64::MIN),
                    |seen, record| *seen = (seen.0 + 1, seen.1.max(record.1)),
                    merge = |into, from| *into = (into.0 + from.0, into.1.max(from.1)),
                )
                -> map(|row| {
                    let last = row.end.as_millis() - gap.as_millis() as i64;
                    json!([format!("[{}@{}/{last}]", row.key, row.start.as_millis()), row.value.0, row.value.1])
                })
                -> rows.clone()
        })
        .expect("opens");
        one_by_one(case, &fed, &mut driver);
        let expected: Vec<&Value> = items(&case.expected[expected]).iter().filter(|row| !row[1].is_null()).collect();
        assert_eq!(json!(rows.take()), json!(expected), "{}", case.id);
    }
}

/// Texts of windows that lie where the records do, by the first moment of each; its numbers are taken as microseconds, the smallest
/// step there is here, as the millisecond is theirs.
pub fn aligned_texts(case: &Case<'_>) {
    let micros = |name: &str| Duration::from_micros(case.number(name).expect("a number") as u64);
    let emit = if case.operator.ends_with("emit on close") { Emit::Final } else { Emit::Changes };
    let (fed, rows) = (input::<(String, String, i64)>(), sink::collect());
    let mut driver = Driver::new(stream! {
        fed.clone()
            -> timestamp(|record| Timestamp::from_micros(record.2), disorder = micros("grace"))
            -> key_by(|record| record.0.clone())
            -> window(aligned(micros("difference")).emit(emit))
            -> fold(
                (String::new(), i64::MIN),
                |seen, record| *seen = (format!("{}+{}", seen.0, record.1), seen.1.max(record.2)),
                merge = |into, from| *into = (format!("{}{}", into.0, from.0), into.1.max(from.1)),
            )
            -> map(|row| (row.start.as_micros(), json!([format!("0{}", row.value.0), row.value.1])))
            -> rows.clone()
    })
    .expect("opens");
    for record in items(case.input) {
        fed.push((text(&record[0]).to_owned(), text(&record[1]).to_owned(), integer(&record[2])));
        driver.batch().expect("runs");
    }
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    rows.take().into_iter().for_each(|(start, row)| found.entry(start.to_string()).or_default().push(row));
    assert_eq!(json!(found), *case.expected, "{}", case.id);
}

/// Sessions by their first and last record: the last word about each while records come, those that are over, or, where the case
/// looks into the store, all that are kept when nothing is too late.
pub fn sessions(case: &Case<'_>) {
    let gap = millis(case.number("gap").expect("a gap"));
    let counts = |emit: Emit, disorder: Duration, end: bool| {
        let (fed, rows) = (input::<Record>(), sink::collect());
        let mut driver = Driver::new(stream! {
            fed.clone()
                -> timestamp(|record| Timestamp::from_millis(record.1), disorder = disorder)
                -> key_by(|record| record.0.clone())
                -> window(session(gap).emit(emit))
                -> count()
                -> map(|row| ((row.start.as_millis(), row.end.as_millis() - gap.as_millis() as i64), row.value))
                -> rows.clone()
        })
        .expect("opens");
        one_by_one(case, &fed, &mut driver);
        if end {
            driver.finish().expect("ends");
        }
        let last: BTreeMap<(i64, i64), u64> = rows.take().into_iter().collect();
        last.into_iter().map(|(span, count)| json!([[span.0, span.1], count])).collect::<Vec<Value>>()
    };
    for (name, expected) in case.expected.as_object().expect("outcomes") {
        let found = match name.as_str() {
            "update" => counts(Emit::Changes, Duration::ZERO, false),
            "final" => counts(Emit::Final, Duration::ZERO, false),
            "sessions" => counts(Emit::Final, Duration::from_secs(86_400), true),
            other => panic!("{}: `{other}`", case.id),
        };
        case.same_rows(expected, &found);
    }
}

/// Counts of the values that the keys of a table have now, with the moment of each change; then the same held back. A key that changes its value takes
/// the old one back first.
pub fn suppressed(case: &Case<'_>) {
    type Change = (String, String, i64);
    let changes = |step: &Value| {
        let change = |row: &Value| (text(&row[0]).to_owned(), text(&row[1]).to_owned(), integer(&row[2]));
        items(step).iter().map(change).collect::<Vec<Change>>()
    };
    let most = case.number("max_records").map_or(usize::MAX, |most| most as usize);
    let limit = case.number("limit_ms").map_or(Duration::from_secs(86_400), millis);
    let (fed, raw, rows) = (input::<Change>(), sink::collect(), sink::collect());
    let mut driver = Driver::new(stream! {
        let counts = fed.clone()
            -> key_by(|change| change.0.clone())
            -> map_with_state(
                |_, change, value| {
                    let Some((_, new, at)) = change else { return vec![] };
                    let old = value.get().cloned();
                    value.update(new.clone());
                    let taken_back = old.map(|old: String| (old, -1, at));
                    taken_back.into_iter().chain([(new, 1, at)]).collect()
                },
                timeout = unbounded,
            )
            -> flat_map(|changes| changes)
            -> key_by(|change| change.0.clone())
            -> fold((0, 0), |count, change| *count = (count.0 + change.1, change.2))
            -> map(|count| (count.key.to_owned(), count.value.0, count.value.1));
        counts -> map(|count| json!([count.0, count.1, count.2])) -> raw.clone();
        counts
            -> timestamp(|count| Timestamp::from_millis(count.2))
            -> key_by(|count| count.0.clone())
            -> suppress(limit, keys = most)
            -> map(|count| json!([count.0, count.1, count.2]))
            -> rows.clone();
    })
    .expect("opens");
    let (mut all, mut held_back) = (vec![], vec![]);
    for step in items(case.input) {
        for change in changes(step) {
            fed.push(change);
            driver.batch().expect("runs");
        }
        all.push(raw.take());
        held_back.push(rows.take());
    }
    case.same_as(&case.expected["suppressed"], &held_back);
    if case.expected.get("raw").is_some() {
        case.same_as(&case.expected["raw"], &all);
    }
}
