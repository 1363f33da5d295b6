//! What sees a partition or a batch as a whole.

use crate::case::{Case, integers, items};
use serde_json::{Value, json};
use std::time::Duration;
use streamflow::testing::{Driver, input};
use streamflow::{Timestamp, sink, stream};

/// Batches of numbers, dealt into the partitions of the case in order: as lists, or their sums.
pub fn partitions(case: &Case<'_>) {
    let number = case.number("input_partitions").expect("a number") as usize;
    let (fed, lists, sums) = (input::<i64>(), sink::collect(), sink::collect());
    let mut driver = Driver::new(stream! {
        let dealt = fed.clone() -> repartition(number);
        dealt -> chunks() -> map(|list| json!(list)) -> lists.clone();
        dealt -> map_chunks(|numbers| [json!(numbers.sum::<i64>())]) -> sums.clone();
    })
    .expect("opens");
    let found = items(case.input).iter().map(|batch| {
        fed.extend(integers(batch));
        driver.batch().expect("runs");
        let (lists, sums) = (lists.take(), sums.take());
        if case.operator == "glom" { lists } else { sums }
    });
    case.same(&found.collect::<Vec<Vec<Value>>>());
}

/// Dealt anew: so many lists, and every record in one of them.
pub fn repartitioned(case: &Case<'_>) {
    let before = case.number("input_partitions").expect("a number") as usize;
    let after = case.number("n").expect("a number") as usize;
    let (fed, lists) = (input::<i64>(), sink::collect());
    let mut driver = Driver::new(stream! {
        fed.clone() -> repartition(before) -> filter(|_| true) -> repartition(after) -> chunks() -> lists.clone()
    })
    .expect("opens");
    for batch in items(case.input) {
        fed.extend(integers(batch));
        driver.batch().expect("runs");
        let lists = lists.take();
        assert_eq!(lists.len(), after, "{}", case.id);
        let mut records = lists.concat();
        records.sort_unstable();
        assert_eq!(records, integers(batch), "{}", case.id);
    }
}

/// Batches of a moment ago can be asked for, once the job has begun.
pub fn sliced_too_early(case: &Case<'_>) {
    let recent = sink::recent::<i64>(Duration::from_secs(60));
    let error = recent.slice(Timestamp::from_secs(0), Timestamp::from_secs(1_000)).expect_err("nothing has begun");
    assert!(error.to_string().contains(crate::case::text(&case.expected["contains"])), "{}: {error}", case.id);
    let fed = input::<i64>();
    let mut driver = Driver::new(stream! { fed.clone() -> recent.clone() }).expect("opens");
    fed.extend(items(case.input).iter().flat_map(integers));
    driver.batch().expect("runs");
    assert!(recent.slice(Timestamp::from_secs(0), Timestamp::from_secs(1 << 40)).is_ok(), "{}", case.id);
}
