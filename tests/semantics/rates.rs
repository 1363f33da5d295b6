//! Rate control: what a controller answers to one batch after the other.

use crate::case::{Case, integer, items, millis};
use serde_json::Value;
use std::time::{Duration, SystemTime};
use streamflow::Error;
use streamflow::rate::{RateControl, RateEstimator, RateLimiter};

fn control(p: f64, i: f64, d: f64, least: f64) -> RateControl {
    RateControl { proportional: p, integral: i, derivative: d, least, ..RateControl::from(1.0) }
}

fn estimator(case: &Case<'_>) -> RateEstimator {
    let of = |name| case.float(name).expect("a number");
    let control = control(of("p"), of("i"), of("d"), of("min_rate"));
    RateEstimator::new(millis(case.number("batch_ms").expect("an interval")), control).expect("sound settings")
}

fn at(millis: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis as u64)
}

/// Rows of time, elements, processing and scheduling delay. There are no fewer records than none.
pub fn estimates(case: &Case<'_>) {
    let mut estimator = estimator(case);
    for (row, expected) in items(case.input).iter().zip(items(case.expected)) {
        let of = |column: usize| integer(&row[column]);
        let found = estimator.estimate(at(of(0)), of(1).max(0) as u64, millis(of(2)), millis(of(3)));
        match (found, expected.as_f64()) {
            (None, None) => {}
            (Some(found), Some(expected)) if (found - expected).abs() < 1e-6 => {}
            _ => panic!("{}: {found:?} for {row}, expected {expected}", case.id),
        }
    }
}

pub fn limits(case: &Case<'_>) {
    let mut limiter = RateLimiter::new(None, case.float("max_rate"));
    for (action, expected) in items(case.input).iter().zip(items(case.expected)) {
        limiter.update(action[1].as_f64().expect("a rate"));
        assert_eq!(Some(limiter.limit()), expected.as_f64(), "{} after {action}", case.id);
    }
}

/// Below the speed of processing as long as records wait.
pub fn below_the_speed(case: &Case<'_>) {
    let mut numbers = 0x5eed_u64;
    let mut random = |below: u64| {
        numbers = numbers.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (numbers >> 33) % below
    };
    let least = case.float("min_rate").expect("a rate");
    for _ in 0..200 {
        let mut estimator = estimator(case);
        for row in 0..case.input["rows"].as_i64().expect("rows") {
            let (elements, late) = (1 + random(999), random(19));
            let found =
                estimator.estimate(at(row * 20), elements, Duration::from_millis(20), Duration::from_millis(late));
            let speed = elements as f64 / 20.0 * 1_000.0;
            match found {
                None => assert_eq!(row, 0, "{}: only the first batch gives none", case.id),
                Some(rate) => assert!(rate <= least || late == 0 || rate < speed, "{}: {rate} of {speed}", case.id),
            }
        }
    }
}

/// Settings that must be refused: interval, weights, least rate.
pub fn refused(case: &Case<'_>) {
    let refused = |row: &Value| -> Result<RateEstimator, Error> {
        let of = |column: usize| row[column].as_f64().expect("a number");
        RateEstimator::new(millis(integer(&row[0])), control(of(1), of(2), of(3), of(4)))
    };
    for row in items(case.input) {
        assert!(refused(row).is_err(), "{}: {row} is taken", case.id);
    }
}
