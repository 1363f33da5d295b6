//! Records that fail: the policies of `try_map`, and what `errors(label)` reads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use streamflow::{ErrorKind, Fault, sink, source, stream};

fn texts() -> source::Memory<&'static str> {
    source::partitions(vec![vec!["1", "x", "3"], vec!["4", "5", "y", "z"]])
}

#[test]
fn a_failure_ends_the_job_with_its_place() {
    let seen = sink::collect();
    let out = seen.clone();
    let job = stream! { texts() -> try_map(|text| text.parse::<u64>()) as parsed -> out };
    let error = job.threads(1).run().expect_err("x is no number");
    assert_eq!(error.kind(), ErrorKind::Record);
    let text = error.to_string();
    assert_eq!(text, "stage `try_map as parsed` failed: invalid digit found in string, at record 2 of `memory 0`");
    assert!(seen.take().is_empty(), "the batch is taken back whole");
}

#[test]
fn failures_are_skipped_and_counted() {
    for threads in [1, 2] {
        let mut numbers = vec![];
        let job = stream! { texts() -> try_map(|text| text.parse::<u64>(), on_error = skip) as parsed -> &mut numbers };
        let report = job.threads(threads).chunk_bytes(1).run().expect("runs");
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 3, 4, 5]);
        assert_eq!(report.failed, [("parsed", 3)]);
    }
}

#[test]
fn failures_are_put_aside_with_their_place() {
    let (mut sum, mut aside) = (vec![], vec![]);
    let job = stream! {
        texts() -> filter(|text| *text != "4") -> try_map(|text| text.parse::<u64>()) as parsed -> sum() -> &mut sum;
        errors(parsed) -> map(|failed| (failed.to_string(), failed.record, failed.number)) -> &mut aside;
    };
    let report = job.threads(1).run().expect("runs");
    assert_eq!(sum, [9]);
    assert_eq!(report.failed, [("parsed", 3)]);
    aside.sort();
    let text = |number: u32, of: u32| {
        format!("record {number} of `memory {of}`: stage `try_map as parsed`: invalid digit found in string")
    };
    assert_eq!(aside, [(text(2, 0), "x", 2), (text(3, 1), "y", 3), (text(4, 1), "z", 4)]);
}

/// A panic is a failure of its record alone.
#[test]
fn panics_are_failures_of_their_record() {
    let (mut good, mut bad) = (vec![], vec![]);
    let job = stream! {
        source::vec(vec![4u64, 0, 2]) -> try_map(|n| Ok::<u64, String>(8 / n)) as divided -> &mut good;
        errors(divided) -> map(|failed| failed.error) -> &mut bad;
    };
    job.threads(1).run().expect("runs");
    assert_eq!(good, [2, 4]);
    assert_eq!(bad, [Fault::Panic("attempt to divide by zero".to_owned())]);
}

#[test]
fn records_are_tried_again() {
    let calls = &AtomicU64::new(0);
    let mut good = vec![];
    let job = stream! {
        source::vec(vec![10u64]) -> try_map(|n| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            if call < 2 { Err("busy") } else { Ok(n + call) }
        }, retries = 2, backoff = 1ms) -> &mut good
    };
    let report = job.run().expect("the third call succeeds");
    assert_eq!(good, [12]);
    assert!(report.failed.is_empty(), "what succeeds in the end has not failed");
    assert!(report.elapsed >= Duration::from_millis(3), "1 and 2 milliseconds");

    let calls = &AtomicU64::new(0);
    let job = stream! {
        source::vec(vec![10u64]) -> try_map(|_| {
            calls.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>("busy")
        }, retries = 2) -> sink::discard()
    };
    let error = job.run().expect_err("never succeeds").to_string();
    assert!(error.contains("busy"), "{error}");
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

/// Behind a merge the place is that of the right source.
#[test]
fn the_place_knows_its_source() {
    let mut aside = vec![];
    let job = stream! {
        let a = source::vec(vec!["1"]);
        let b = source::partitions(vec![vec!["2"], vec!["3", "x"]]);
        merge(a, b) -> try_map(|text| text.parse::<u64>()) as parsed -> sink::discard();
        errors(parsed) -> map(|failed| (failed.partition, failed.number)) -> &mut aside;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(aside, [("memory 1".to_owned(), 2)]);
}

/// `#![panics = skip]`: a record with which a stage panics is left out, alone, and counted.
#[test]
fn a_panic_may_cost_one_record() {
    for threads in [1, 3] {
        for chunk in [1, 24, 1 << 16] {
            let (mut sum, mut all) = (vec![], vec![]);
            let job = stream! {
                #![panics = skip]
                let numbers = source::partitions(vec![vec![1u64, 0, 2, 3], vec![0, 4, 0, 6]]);
                numbers -> map(|n| 12 / n) -> key_by(|n| n % 2) -> sum() -> map(|row| (row.key, row.value)) -> &mut sum;
                numbers -> &mut all;
            };
            let report = job.threads(threads).chunk_bytes(chunk).run().expect("runs");
            sum.sort_unstable();
            assert_eq!(sum, [(0, 12 + 6 + 4 + 2), (1, 3)]);
            assert_eq!(report.failed, [("map", 3)]);
            assert_eq!(all.len(), 5, "a record is left out everywhere: no branch has half of it");
            assert_eq!(report.records, 8);
        }
    }
}

/// A chunk that fails in every record is run again for each of them, and no more than that.
#[test]
fn many_panics_of_a_chunk_end() {
    let job = stream! {
        #![panics = skip]
        source::vec((0..600u64).collect::<Vec<_>>()) -> map(|n| if n < 599 { panic!("no") } else { n }) -> sink::discard()
    };
    let report = job.threads(1).run().expect("runs");
    assert_eq!(report.failed, [("map", 599)]);
}

/// What has failed is told once, however often it is asked.
#[test]
fn failures_are_counted_once() {
    let job = stream! {
        #![panics = skip]
        texts()
            -> map(|text| if text == "x" { panic!("x") } else { text })
            -> try_map(|text| text.parse::<u64>(), on_error = skip) as parsed
            -> sink::discard()
    };
    let mut driver = streamflow::testing::Driver::new(job).expect("starts");
    driver.batch().expect("a batch");
    let first = driver.report().failed;
    assert_eq!(driver.report().failed, first);
    assert_eq!(driver.finish().expect("ends").failed, [("map", 1), ("parsed", 2)]);
}
