//! The check of the test kit finds what depends on the cut, and finds nothing where nothing does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use streamflow::sink::Collect;
use streamflow::testing::{Input, check, check_partitions};
use streamflow::{Timestamp, stream};

fn numbers() -> Vec<i64> {
    (0..120).map(|n| n * 37 % 101).collect()
}

#[test]
fn pipelines_that_keep_their_promise_pass() {
    check(numbers()).partitions(3).run(|input, out| {
        stream! { input -> filter(|n| n % 2 == 0) -> map(|n| n * 3) -> out }
    });
    check(numbers()).partitions(3).run(|input, out| {
        stream! {
            input
                -> timestamp(|n| Timestamp::from_secs(*n), disorder = 40s)
                -> key_by(|n| n % 5)
                -> window(sliding(20s, every = 10s))
                -> sum()
                -> out
        }
    });
    check(numbers())
        .partitions(2)
        .run_updates(|input, out| stream! { input -> key_by(|n| n % 5) -> max() -> out }, |row| row.key);
    check(numbers()).run_in_order(|input, out| stream! { input -> map(|n| n + 1) -> out }, |_| ());
}

/// Numbers that a counter hands out follow the order in which threads come, not the records.
#[test]
fn a_closure_that_counts_is_found() {
    let found = check(numbers()).partitions(3).find(|input, out| {
        let counter = Arc::new(AtomicU64::new(0));
        stream! { input -> map(|n| (n, counter.fetch_add(1, Ordering::Relaxed))) -> out }
    });
    let found = found.expect("the pipeline runs").expect("the order shows");
    assert!(found.records <= 3, "two records are enough: {found}");
    let text = found.to_string();
    assert!(text.contains(" give something else than one record a batch on one thread"), "{text}");
    assert!(text.contains("  batch 1: partition ") && text.contains("STREAMFLOW_SEED="), "{text}");
}

/// A fold over several partitions depends on the order between them, which nobody promises.
#[test]
fn a_fold_that_shows_the_order_of_partitions_is_found() {
    let job = |input: Input<i64>, out: Collect<Vec<i64>>| {
        stream! {
            input
                -> timestamp(|n| Timestamp::from_secs(*n))
                -> window(tumbling(1d))
                -> fold(Vec::new(), |seen, n| seen.push(n))
                -> map(|row| row.value)
                -> out
        }
    };
    let partitions = vec![(0..30).collect(), (100..130).collect()];
    let found = check_partitions::<i64>(partitions.clone()).find(job).expect("runs").expect("the order shows");
    assert_eq!(found.records, 2, "{found}");
    let one = vec![partitions.concat()];
    assert!(check_partitions(one).find(job).expect("runs").is_none(), "one partition has one order");
}

/// What was counted up to a batch shows where the batches end.
#[test]
fn running_updates_show_the_batches_and_their_last_values_do_not() {
    let found = check(numbers()).find(|input, out| stream! { input -> key_by(|n| n % 5) -> count() -> out });
    let found = found.expect("runs").expect("the batches show");
    assert_eq!((found.records, found.batches), (2, 1), "two records of a key in one batch: {found}");
}

/// A cut that a result depends on is found on one thread as well.
#[test]
fn a_late_record_that_is_judged_by_the_batch_is_found() {
    let found = check(numbers()).find(|input, out| {
        let latest = AtomicU64::new(0);
        // a rule that looks at what all partitions have reached by now
        stream! {
            input
                -> filter(|n| latest.fetch_max(*n as u64, Ordering::Relaxed) <= *n as u64)
                -> key_by(|n| n % 2)
                -> count()
                -> out
        }
    });
    assert!(found.expect("runs").is_some());
}

#[test]
#[should_panic(expected = "the pipeline gives no rows for its 120 records")]
fn a_check_of_nothing_is_refused() {
    check(numbers()).run(|input, out| stream! { input -> filter(|_| false) -> out });
}

#[test]
fn a_check_of_nothing_may_be_meant() {
    check(numbers()).may_be_empty().cases(5).run(|input, out| stream! { input -> filter(|_| false) -> out });
    check(Vec::<i64>::new()).cases(5).run(|input, out| stream! { input -> sum() -> out });
}

#[test]
#[should_panic(expected = "the reference run of the check fails: ")]
fn a_pipeline_that_always_fails_is_no_difference() {
    check(numbers()).run(|input, out| stream! { input -> map(|n| 10 / (n - 5)) -> out });
}

#[test]
fn a_pipeline_that_fails_in_some_runs_is_found() {
    // in turn the third record is a small one; read one partition after the other it may be a large one
    let partitions = vec![vec![1; 30], vec![100; 30]];
    let found = check_partitions(partitions).seed(1).find(|input, out| {
        let records = AtomicU64::new(0);
        stream! {
            input
                -> map(|n| match records.fetch_add(1, Ordering::Relaxed) {
                    2 if n > 50 => panic!("the third is large"),
                    _ => n,
                })
                -> out
        }
    });
    let text = found.expect("the reference runs").expect("another does not").to_string();
    assert!(text.contains("the job fails: ") && text.contains("the third is large"), "{text}");
}

/// A model knows what is right, whatever the pipeline says in all arrangements.
#[test]
fn a_pipeline_that_is_wrong_everywhere_is_found_by_a_model() {
    let sum = |records: &Vec<Vec<i64>>| records.concat().into_iter().filter(|n| n % 2 == 0).collect();
    check(numbers()).partitions(3).model(sum).run(|input, out| stream! { input -> filter(|n| n % 2 == 0) -> out });
    let found =
        check(numbers()).partitions(3).model(sum).find(|input, out| stream! { input -> filter(|n| *n != 7) -> out });
    let found = found.expect("runs").expect("odd numbers are too many");
    assert_eq!((found.records, found.batches), (1, 1), "{found}");
    assert!(found.to_string().contains("so, but not with the model:"), "{found}");
}

#[test]
fn two_sources_are_cut_each_on_its_own() {
    let both = |records: &(Vec<Vec<i64>>, Vec<Vec<&str>>)| {
        let numbers = records.0.concat().into_iter().map(|n| n as usize);
        numbers.chain(records.1.concat().into_iter().map(str::len)).collect()
    };
    check(numbers()).partitions(2).and(vec![vec!["a", "bb", "ccc"], vec!["dddd"]]).model(both).run(
        |(left, right), out| {
            stream! {
                let numbers = left -> map(|n| n as usize);
                let lengths = right -> map(|word| word.len());
                merge(numbers, lengths) -> out;
            }
        },
    );
}

/// A seed brings the same arrangements again.
#[test]
fn a_seed_is_replayed() {
    let find = |seed| {
        let found = check(numbers()).seed(seed).cases(30).find(|input, out| {
            stream! { input -> key_by(|n| n % 5) -> count() -> out }
        });
        found.expect("runs").expect("the batches show").to_string()
    };
    assert_eq!(find(7), find(7));
}
