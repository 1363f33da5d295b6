//! Limits of the rate: how many records a batch takes, on a clock that is moved by hand.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use streamflow::rate::RateControl;
use streamflow::testing::{Driver, ManualClock};
use streamflow::{BatchStage, ErrorKind, sink, source, stream};

/// Records of each batch that had some.
fn sizes(batches: &sink::CollectBatches<i64>) -> Vec<usize> {
    batches.take().into_iter().map(|(_, rows)| rows.len()).collect()
}

#[test]
fn a_batch_takes_what_its_interval_allows() {
    let clock = ManualClock::at(Duration::from_secs(5)).runs();
    let batches = sink::collect_batches();
    let job = stream! {
        #![batch(every = 500ms)]
        source::vec((0..1_000).collect::<Vec<i64>>()) -> batches.clone()
    };
    let report = job.clock(clock.clone()).rate_limit(200.0).run().expect("runs");
    assert_eq!(report.records, 1_000);
    assert_eq!(sizes(&batches), [100; 10]);
    let passed = streamflow::Clock::now(&clock).duration_since(SystemTime::UNIX_EPOCH).expect("later");
    assert!(passed >= Duration::from_secs(5 + 4), "the intervals are waited for: {passed:?}");
}

/// Every partition gets its share; records of lines are not all of one length.
#[test]
fn partitions_share_a_batch() {
    let batches = sink::collect_batches();
    let partitions = vec![vec![0; 500], vec![1; 500], vec![2; 20]];
    let job = stream! { #![batch(every = 1s)] source::partitions(partitions) -> batches.clone() };
    let mut driver = Driver::new(job.rate_limit(90.0)).expect("opens");
    driver.batch().expect("runs");
    let (_, rows) = batches.take().pop().expect("a batch");
    let of = |partition: i64| rows.iter().filter(|row| **row == partition).count();
    assert_eq!(rows.len(), 90);
    assert!((20..=50).contains(&of(0)) && (20..=50).contains(&of(1)) && of(2) == 20, "{:?}", [of(0), of(1), of(2)]);
}

#[test]
fn lines_are_counted_whatever_their_length() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("lines.txt");
    let text: String = (0..2_000).map(|n| format!("{}{n}\n", "x".repeat(n % 50))).collect();
    std::fs::write(&path, text).expect("written");
    let batches = sink::collect_batches();
    let job = stream! {
        #![batch(every = 1s)]
        streamflow::file::lines(&path) -> map(|line| line.len() as i64) -> batches.clone()
    };
    let mut driver = Driver::new(job.rate_limit(300.0)).expect("opens");
    while !driver.ended() {
        driver.batch().expect("runs");
    }
    let sizes = sizes(&batches);
    assert_eq!(sizes.iter().sum::<usize>(), 2_000);
    let whole = &sizes[..sizes.len() - 1];
    assert!(whole.iter().all(|size| (250..=350).contains(size)), "{sizes:?}");
}

/// A job that works at 1,000 records a second: the rate goes there from a first one that is too low, or too high.
#[test]
fn a_controlled_rate_finds_the_speed_of_the_job() {
    for first in [10.0, 20_000.0] {
        let clock = ManualClock::at(Duration::from_secs(5)).runs();
        let (batches, work) = (sink::collect_batches(), clock.clone());
        let rates = Arc::new(Mutex::new(vec![]));
        let seen = rates.clone();
        let job = stream! {
            #![batch(every = 1s)]
            source::vec((0..60_000).collect::<Vec<i64>>())
                -> inspect(|_| work.advance(Duration::from_millis(1)))
                -> batches.clone()
        };
        let job = job.threads(1).clock(clock).rate_control(RateControl { least: 1.0, ..RateControl::from(first) });
        let job = job.on_progress(move |progress| seen.lock().expect("no panic").push(progress.rate.expect("a rate")));
        job.run().expect("runs");
        let sizes = sizes(&batches);
        assert_eq!(sizes[0], first as usize, "until there is an estimate");
        assert!(sizes[10..sizes.len() - 1].iter().all(|size| (700..=1_000).contains(size)), "{sizes:?}");
        let rates = rates.lock().expect("no panic");
        assert_eq!(rates[0], first);
        assert!(rates[10..].iter().all(|rate| (700.0..=1_000.1).contains(rate)), "{rates:?}");
    }
}

#[test]
fn a_limit_without_an_interval_is_refused() {
    let job = stream! { source::vec(vec![1]) -> sink::discard() };
    let error = job.rate_limit(5.0).run().expect_err("no interval");
    assert_eq!(error.kind(), ErrorKind::Settings);
    let job = stream! { #![batch(every = 1s)] source::vec(vec![1]) -> sink::discard() };
    let error = job.rate_control(RateControl { derivative: -1.0, ..100.0.into() }).run().expect_err("a weight below 0");
    assert_eq!(error.kind(), ErrorKind::Settings);
}

/// An observer without a limit: what is received is known when the batch starts.
#[test]
fn an_observer_sees_each_batch_three_times() {
    let seen = Arc::new(Mutex::new(vec![]));
    let events = seen.clone();
    let job = stream! { source::batches(vec![vec![1, 2], vec![3]]) -> sink::discard() };
    let job = job.on_batch(move |stage, counters| {
        let counters = (counters.unprocessed(), counters.completed, counters.received, counters.processed);
        events.lock().expect("no panic").push((stage, counters));
    });
    job.run().expect("runs");
    use BatchStage::{Completed, Started, Submitted};
    let expected = [
        (Submitted, (1, 0, 0, 0)),
        (Started, (1, 0, 2, 0)),
        (Completed, (0, 1, 2, 2)),
        (Submitted, (1, 1, 2, 2)),
        (Started, (1, 1, 3, 2)),
        (Completed, (0, 2, 3, 3)),
    ];
    assert_eq!(*seen.lock().expect("no panic"), expected);
}
