//! What event time must not do to a job: stand still over a backlog, wait for a silent partition for ever, or believe a wrong clock.

use std::time::Duration;
use streamflow::testing::{Driver, ManualClock, input_partitions};
use streamflow::{Timestamp, sink, source, stream};

const DAY: i64 = 86_400;

/// The events are a year old: windows close by the events, not by the clock.
#[test]
fn a_year_old_backlog_gives_its_windows_while_it_is_read() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    let first = (now / DAY - 365) * DAY;
    let batches = sink::collect_batches();
    let out = batches.clone();
    let hours: Vec<i64> = (0..240).map(|hour| first + hour * 3_600).collect();
    let job = stream! {
        #![batch(bytes = 64)]
        source::vec(hours)
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(tumbling(1d))
            -> count() as days
            -> map(|row| (row.start.as_secs() - first) / DAY)
            -> out
    };
    let report = job.threads(1).run().expect("runs");
    let batches = batches.take();
    let days: Vec<i64> = batches.iter().flat_map(|(_, rows)| rows.clone()).collect();
    assert_eq!(days, (0..10).collect::<Vec<_>>());
    assert!(batches.len() >= 9, "one after the other, not all at the end: {batches:?}");
    assert!(report.late.is_empty());
}

/// A partition that has nothing holds the windows for half a minute, and then no longer; when it comes back, what has been closed is
/// closed.
#[test]
fn a_silent_partition_holds_the_windows_for_a_while() {
    let (clicks, rows) = (input_partitions::<i64>(2), sink::collect());
    let job = stream! {
        clicks.clone()
            -> timestamp(|second| Timestamp::from_secs(*second), idle = 10s)
            -> window(tumbling(10s))
            -> count() as tens
            -> map(|row| (row.start.as_secs(), row.value))
            -> rows.clone()
    };
    let mut driver = Driver::new(job).expect("starts");
    clicks.extend_to(0, [1, 2]);
    clicks.extend_to(1, [3]);
    driver.batch().expect("a batch");
    clicks.extend_to(0, [11, 25]);
    driver.batch().expect("a batch");
    assert_eq!(rows.take(), [], "the second partition is at 3");
    driver.advance(Duration::from_secs(11));
    clicks.extend_to(0, [26]);
    driver.batch().expect("a batch");
    assert_eq!(rows.take(), [(0, 3), (10, 1)], "it has been silent for too long");
    clicks.extend_to(1, [4, 27]);
    driver.batch().expect("a batch");
    let report = driver.finish().expect("ends");
    assert_eq!(rows.take(), [(20, 3)]);
    assert_eq!(report.late, [("tens", 1)], "4 comes for a window that has been closed");
}

/// The same without any record: the job wakes when the partition becomes idle.
#[test]
fn a_partition_that_becomes_idle_wakes_the_job() {
    let clock = ManualClock::at(Duration::from_secs(1_000_000));
    let (clicks, rows) = (input_partitions::<i64>(2), sink::collect());
    let job = stream! {
        clicks.clone()
            -> timestamp(|second| Timestamp::from_secs(*second))
            -> window(tumbling(10s))
            -> count()
            -> map(|row| (row.start.as_secs(), row.value))
            -> rows.clone()
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    clicks.extend_to(0, [1, 2, 15]);
    let until = |what: &str, done: &dyn Fn() -> bool| {
        for _ in 0..60_000 {
            if done() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("never came: {what}");
    };
    until("the records", &|| running.progress().is_some_and(|progress| progress.records == 3));
    clock.advance(Duration::from_secs(31));
    let seen = std::cell::RefCell::new(vec![]);
    until("the window", &|| {
        seen.borrow_mut().extend(rows.take());
        !seen.borrow().is_empty()
    });
    assert_eq!(*seen.borrow(), [(0, 2)]);
    clicks.end();
    running.wait().expect("ends");
    assert_eq!(rows.take(), [(10, 1)]);
}
