//! A job that was explained runs like one that was not.

use std::collections::HashMap;
use streamflow::{Timestamp, sink, source, stream};

/// Enough keys that the index of every shard grows: it is built anew with the seed of the hash.
const KEYS: u64 = 50_000;

#[test]
fn looking_at_a_job_changes_nothing() {
    let numbers: Vec<u64> = (0..4 * KEYS).map(|number| number % KEYS).collect();
    let counts = sink::collect();
    let mut job = stream! {
        source::vec(numbers)
            -> key_by(|number| *number)
            -> count() as seen
            -> map(|row| (row.key, row.value))
            -> counts.clone()
    };
    let first = job.explain();
    assert_eq!(job.explain(), first);
    let report = job.run().expect("it runs");
    let seen: HashMap<u64, u64> = counts.take().into_iter().collect();
    assert_eq!(seen.len() as u64, KEYS);
    assert!(seen.values().all(|count| *count == 4), "every number comes four times");
    assert_eq!(report.state[0].1.keys as u64, KEYS);
}

#[test]
fn a_plan_tells_windows_and_their_clock() {
    let mut job = stream! {
        source::vec(vec![1, 2])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(sliding(1min, every = 500ms))
            -> sum() as total
            -> sink::discard()
    };
    let plan = job.explain();
    assert!(plan.contains("windows of 60s every 500ms, event time"), "{plan}");
    assert!(!plan.contains("exchange"), "nothing has a key here: {plan}");
}
