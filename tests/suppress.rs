//! `suppress`: what is held back, when it is given, and at what time.

use std::time::Duration;
use streamflow::testing::{Driver, ManualClock, input};
use streamflow::{Report, Timestamp, sink, stream};

type Price = (u8, i64);

/// How many keys are held back.
fn held(report: &Report) -> usize {
    report.state.iter().find(|(of, _)| *of == "held").expect("the label").1.keys
}

/// Without timestamps the batch clock counts, and the job wakes by itself.
#[test]
fn on_the_batch_clock() {
    let (prices, rows) = (input::<Price>(), sink::collect());
    let job = stream! { prices.clone() -> key_by(|price| price.0) -> suppress(10s) as held -> rows.clone() };
    let mut driver = Driver::with_clock(job, ManualClock::at(Duration::ZERO)).expect("opens");
    let mut now = 0;
    let mut at = |seconds: u64, given: &[Price]| {
        driver.advance(Duration::from_secs(seconds - now));
        now = seconds;
        prices.extend(given.to_vec());
        driver.batch().expect("runs");
        rows.take()
    };
    assert_eq!(at(0, &[(1, 10), (1, 11)]), []);
    assert_eq!(at(4, &[(1, 12), (2, 20)]), []);
    assert_eq!(at(10, &[(1, 13)]), [(1, 13)], "the newest, also of the batch in which the time is over");
    assert_eq!(at(13, &[(1, 14)]), []);
    assert_eq!(at(14, &[]), [(2, 20)]);
    assert_eq!(held(&driver.report()), 1);
    prices.push((3, 30));
    driver.batch().expect("runs");
    driver.finish().expect("ends");
    let mut rest = rows.take();
    rest.sort_unstable();
    assert_eq!(rest, [(1, 14), (3, 30)], "the end gives what is held");
}

/// A stream with timestamps may go by the batch clock as well; its rows keep their times.
#[test]
fn on_the_batch_clock_with_timestamps() {
    for by_the_clock in [true, false] {
        let (prices, rows) = (input::<Price>(), sink::collect());
        macro_rules! job {
            ($($clock:tt)*) => {
                stream! {
                    prices.clone()
                        -> timestamp(|price| Timestamp::from_secs(price.1))
                        -> key_by(|price| price.0)
                        -> suppress(10s, $($clock)*)
                        -> rows.clone()
                }
            };
        }
        let driver = if by_the_clock { Driver::new(job!(clock = processing)) } else { Driver::new(job!()) };
        let mut driver = driver.expect("opens");
        prices.extend([(1, 0), (2, 100)]);
        driver.batch().expect("runs");
        let first = rows.take();
        driver.advance(Duration::from_secs(10));
        driver.batch().expect("runs");
        let mut second = rows.take();
        second.sort_unstable();
        match by_the_clock {
            true => assert_eq!((first, second), (vec![], vec![(1, 0), (2, 100)])),
            false => assert_eq!((first, second), (vec![(1, 0)], vec![]), "event time stands still"),
        }
    }
}

/// A row lies as far behind the watermark as it was held back: a window that allows it takes it in.
#[test]
fn rows_keep_their_times() {
    for (lateness, expected, late) in [(10, vec![(0, 1)], 0), (0, vec![], 1)] {
        let (prices, rows) = (input::<Price>(), sink::collect());
        let mut driver = Driver::new(stream! {
            prices.clone()
                -> timestamp(|price| Timestamp::from_secs(price.1))
                -> key_by(|price| price.0)
                -> suppress(10s)
                -> window(tumbling(1s, lateness = Duration::from_secs(lateness)))
                -> count() as counted
                -> map(|row| (row.start.as_secs(), row.value))
                -> rows.clone();
            late(counted) -> sink::discard();
        })
        .expect("opens");
        for price in [(1, 0), (2, 12), (2, 13)] {
            prices.push(price);
            driver.batch().expect("runs");
        }
        let counted: u64 = driver.report().late.iter().map(|late| late.1).sum();
        assert_eq!((rows.take(), counted), (expected, late));
    }
}

/// No more keys than that are held back; those that have waited longest give way.
#[test]
fn so_many_keys() {
    for threads in [1, 2] {
        let (prices, rows) = (input::<Price>(), sink::collect());
        let job = stream! {
            prices.clone()
                -> timestamp(|price| Timestamp::from_secs(price.1))
                -> key_by(|price| price.0)
                -> suppress(1h, keys = 2) as held
                -> rows.clone()
        };
        let mut driver = Driver::new(job.threads(threads)).expect("opens");
        let mut batch = |given: &[Price]| {
            prices.extend(given.to_vec());
            driver.batch().expect("runs");
            let mut rows = rows.take();
            rows.sort_unstable();
            (rows, held(&driver.report()))
        };
        assert_eq!(batch(&[(1, 1), (2, 2)]), (vec![], 2));
        assert_eq!(batch(&[(1, 3), (3, 4)]), (vec![(1, 3)], 2), "1 has waited longest, whatever came since");
        assert_eq!(batch(&[(4, 5), (5, 6), (6, 7)]), (vec![(2, 2), (3, 4), (4, 5)], 2));
    }
}
