//! The driver of tests: one batch at a time, by hand.

use std::time::Duration;
use streamflow::testing::{Driver, ManualClock, input, input_partitions};
use streamflow::{EndedBy, Error, ErrorKind, Timestamp, sink, stream};

#[test]
fn a_batch_takes_what_was_given_and_nothing_more() -> Result<(), Error> {
    let (numbers, sums) = (input::<i64>(), sink::collect_batches());
    let mut driver = Driver::new(stream! { numbers.clone() -> sum() as sum -> sums.clone() })?;
    driver.batch()?;
    numbers.extend([1, 2]);
    numbers.push(3);
    driver.batch()?;
    assert_eq!((driver.report().records, driver.report().batches), (3, 1));
    driver.batch()?;
    numbers.push(4);
    driver.batch()?;
    assert_eq!(sums.take(), [(2, vec![6]), (4, vec![10])]);
    assert_eq!(driver.report().state[0].0, "sum");
    numbers.push(5);
    let report = driver.finish()?;
    assert_eq!((report.records, report.ended_by), (5, EndedBy::Input));
    assert_eq!(sums.take(), [(5, vec![15])], "what is left is read");
    Ok(())
}

#[test]
fn the_end_concludes_and_a_stop_does_not() -> Result<(), Error> {
    for stops in [false, true] {
        let (seconds, counts) = (input_partitions(2), sink::collect());
        let mut driver = Driver::new(stream! {
            seconds.clone()
                -> timestamp(|second: &i64| Timestamp::from_secs(*second))
                -> window(tumbling(10s))
                -> count()
                -> map(|row| (row.start.as_secs(), row.value))
                -> counts.clone()
        })?;
        seconds.extend_to(0, [1, 11, 21]);
        seconds.push_to(1, 2);
        driver.batch()?;
        assert_eq!(counts.take(), [], "partition 1 holds the watermark");
        seconds.push_to(1, 12);
        driver.batch()?;
        assert_eq!(counts.take(), [(0, 2)]);
        let report = if stops { driver.stop() } else { driver.finish() }?;
        assert_eq!(report.ended_by, if stops { EndedBy::Stop } else { EndedBy::Input });
        assert_eq!(counts.take(), if stops { vec![] } else { vec![(10, 2), (20, 1)] });
    }
    Ok(())
}

#[test]
fn the_clock_is_moved_by_hand() -> Result<(), Error> {
    let (numbers, counts) = (input(), sink::collect());
    let job = stream! {
        numbers.clone()
            -> window(tumbling(10s, clock = processing))
            -> count()
            -> map(|row| (row.start.as_secs(), row.value))
            -> counts.clone()
    };
    let mut driver = Driver::with_clock(job, ManualClock::at(Duration::ZERO))?;
    numbers.extend([1, 2]);
    driver.batch()?;
    driver.advance(Duration::from_secs(9));
    numbers.push(3);
    driver.batch()?;
    assert_eq!(counts.take(), []);
    driver.advance(Duration::from_secs(1));
    driver.batch()?;
    assert_eq!(counts.take(), [(0, 3)]);
    Ok(())
}

#[test]
fn a_job_that_has_ended_runs_no_more_batches() -> Result<(), Error> {
    let numbers = input::<i64>();
    let mut driver = Driver::new(stream! { numbers.clone() -> map(|n| 10 / n) -> sink::discard() })?;
    numbers.push(0);
    let error = driver.batch().expect_err("a division by zero");
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert!(driver.ended());
    assert_eq!(driver.batch().expect_err("ended").kind(), ErrorKind::Settings);
    let numbers = input::<i64>();
    let mut driver = Driver::new(stream! { numbers.clone() -> sink::discard() })?;
    numbers.end();
    driver.batch()?;
    assert!(driver.ended(), "by the end of its input");
    assert_eq!(driver.finish()?.ended_by, EndedBy::Input);
    Ok(())
}
