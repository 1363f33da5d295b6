//! Step by step: records are added, then everything that can be concluded is.

use crate::case::{Case, integer, items};
use serde_json::{Value, json};
use std::time::Duration;
use streamflow::testing::{Driver, input};
use streamflow::{Timestamp, sink, stream};

fn delay(case: &Case<'_>) -> Duration {
    Duration::from_secs(case.number("watermark_delay_s").unwrap_or(0) as u64)
}

/// Counts of windows of five seconds, or of each moment.
pub fn windowed_counts(case: &Case<'_>) {
    let (seconds, rows) = (input::<i64>(), sink::collect());
    let size = Duration::from_secs(if case.has("window") { 5 } else { 1 });
    let distinct = case.operator.starts_with("drop_duplicates");
    let steps = items(case.input).iter();
    let found: Vec<Vec<Value>> = if distinct {
        let job = stream! {
            seconds.clone()
                -> timestamp(|second| Timestamp::from_secs(*second), disorder = delay(case))
                -> distinct()
                -> window(tumbling(size))
                -> count()
                -> map(|row| json!([row.start.as_secs(), row.value]))
                -> rows.clone()
        };
        let mut driver = Driver::new(job).expect("opens");
        steps.map(|step| take(&mut driver, &seconds, &rows, step)).collect()
    } else {
        let job = stream! {
            seconds.clone()
                -> timestamp(|second| Timestamp::from_secs(*second), disorder = delay(case))
                -> window(tumbling(size))
                -> count()
                -> map(|row| json!([row.start.as_secs(), row.value]))
                -> rows.clone()
        };
        let mut driver = Driver::new(job).expect("opens");
        steps.map(|step| take(&mut driver, &seconds, &rows, step)).collect()
    };
    // a batch without records concludes here what it can, as theirs does unless that is turned off
    let expected = case.expected.get("true").unwrap_or(case.expected);
    case.same_as(expected, &found);
}

fn take(
    driver: &mut Driver<'_>,
    seconds: &streamflow::testing::Input<i64>,
    rows: &sink::Collect<Value>,
    step: &Value,
) -> Vec<Value> {
    seconds.extend(items(step).iter().map(integer));
    driver.batch().expect("runs");
    rows.take()
}

/// Each record once, by all of it or by its first column.
pub fn distinct(case: &Case<'_>) {
    let (records, rows) = (input::<String>(), sink::collect());
    let key = |record: &String| {
        let record: Value = serde_json::from_str(record).expect("as it was printed");
        record.get(0).unwrap_or(&record).to_string()
    };
    let mut driver = Driver::new(stream! {
        records.clone() -> distinct(|record| key(record)) -> map(|record| record) -> rows.clone()
    })
    .expect("opens");
    let found = items(case.input).iter().map(|step| {
        records.extend(items(step).iter().map(Value::to_string));
        driver.batch().expect("runs");
        rows.take().iter().map(|row| serde_json::from_str(row).expect("as it was printed")).collect()
    });
    case.same(&found.collect::<Vec<Vec<Value>>>());
}
