//! Futures in a pipeline: order, places of failures, what is skipped, borrowed records.

use std::future::{pending, poll_fn, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use streamflow::{ErrorKind, Timestamp, sink, source, stream};

/// Ready when another thread says so.
async fn later(millis: u64) {
    let mut asked = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut asked, true) {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(millis));
            waker.wake();
        });
        Poll::Pending
    })
    .await;
}

#[test]
fn results_keep_the_order_of_the_records_or_come_as_they_end() {
    let words = || vec!["slow", "fast", "fast", "slow"];
    let call = async |word: &str| {
        if word == "slow" {
            later(40).await;
        }
        word.len() * 10 + word.matches('s').count()
    };
    for threads in [1, 2] {
        let mut rows = vec![];
        stream! { source::vec(words()) -> map_async(&call) -> &mut rows }.threads(threads).run().expect("runs");
        assert_eq!(rows, [41, 41, 41, 41]);
        let mut rows = vec![];
        let job = stream! {
            source::vec(words())
                -> map(|word| (word, word == "slow"))
                -> map_async(async |word| { call(word.0).await; word.1 }, order = unordered)
                -> &mut rows
        };
        job.threads(threads).run().expect("runs");
        assert_eq!(rows, [false, false, true, true]);
        let mut rows = vec![];
        let job = stream! {
            source::vec(words())
                -> map_async(async |word| { call(word).await; word == "slow" }, order = ordered)
                -> &mut rows
        };
        job.threads(threads).run().expect("runs");
        assert_eq!(rows, [true, false, false, true]);
    }
}

#[test]
fn no_more_calls_run_at_a_time_than_allowed() {
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let call = async |n: u64| {
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        later(n % 3).await;
        now.fetch_sub(1, Ordering::SeqCst);
        n
    };
    let mut rows = vec![];
    let job = stream! { source::vec((0..50).collect()) -> map_async(&call, concurrency = 5) -> &mut rows };
    job.threads(1).run().expect("runs");
    assert_eq!(rows, (0..50).collect::<Vec<u64>>());
    assert_eq!(most.load(Ordering::SeqCst), 5);
}

/// Results carry the times of their records.
#[test]
fn windows_behind_futures() {
    let mut rows = vec![];
    let job = stream! {
        source::batches(vec![vec![1, 4], vec![12, 3, 15]])
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> map_async(|second| ready(second * 2), order = unordered)
            -> window(tumbling(10s))
            -> sum() as sums
            -> map(|window| (window.start.as_secs(), window.value))
            -> &mut rows
    };
    let report = job.run().expect("runs");
    assert_eq!((rows, report.late), (vec![(0, 10), (10, 54)], vec![("sums", 1)]));
}

#[test]
fn a_call_that_takes_too_long_fails_the_job_with_its_place() {
    for threads in [1, 2] {
        let job = stream! {
            source::vec(vec![1, 2, 3])
                -> map_async(async |n| if n == 2 { pending().await } else { n }, timeout = 30ms) as calls
                -> sink::discard()
        };
        let error = job.threads(threads).run().expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::Record);
        assert_eq!(
            error.to_string(),
            "stage `map_async as calls` failed: no result within 30ms, at record 2 of `memory 0`"
        );
    }
}

#[test]
fn or_its_record_is_skipped_and_counted() {
    let mut rows = vec![];
    let job = stream! {
        source::vec(vec![1, 2, 3, 2])
            -> map_async(async |n| if n == 2 { pending().await } else { n }, timeout = 30ms, on_error = skip) as calls
            -> &mut rows
    };
    let report = job.run().expect("runs");
    assert_eq!((rows, report.failed), (vec![1, 3], vec![("calls", 2)]));
}

#[test]
fn a_panic_of_the_function_and_of_the_future() {
    let run = |early: bool| {
        let call = move |n: i32| {
            assert!(!early || n < 3, "early {n}");
            async move {
                later(1).await;
                assert!(n < 3, "met {n}");
                n
            }
        };
        let job = stream! { source::vec(vec![1, 2, 3, 4]) -> map_async(&call) -> sink::discard() };
        job.threads(1).run().expect_err("a panic").to_string()
    };
    assert_eq!(run(true), "stage `map_async` panicked: early 3, at record 3 of `memory 0`");
    let late = run(false);
    assert!(late.starts_with("stage `map_async` panicked: met "), "{late}");
}
