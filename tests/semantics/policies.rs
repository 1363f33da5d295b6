//! How far event time has come where several streams meet.

use crate::case::{Case, integers, items};
use serde_json::{Value, json};
use std::time::Duration;
use streamflow::testing::{Driver, input};
use streamflow::{Timestamp, sink, stream};

/// The watermark of a merge of two streams after each step, in milliseconds. A step is the seconds that each stream tells, or a restart,
/// which changes nothing.
pub fn of_two_streams(case: &Case<'_>) {
    let delay = |name: &str| Duration::from_secs(case.params["delay_s"][name].as_u64().expect("a delay"));
    let (first_delay, second_delay) = (delay("first"), delay("second"));
    let steps = items(case.input);
    // is a record of this moment late behind these steps, in one of the streams?
    let late_in = |of_first: bool, steps: &[Value], millis: i64| {
        let (first, second) = (input::<i64>(), input::<i64>());
        macro_rules! job {
            ($policy:ident) => {
                Driver::new(stream! {
                    #![watermark = $policy]
                    let first = first.clone() -> timestamp(|at| Timestamp::from_millis(*at), disorder = first_delay);
                    let second = second.clone() -> timestamp(|at| Timestamp::from_millis(*at), disorder = second_delay);
                    merge(first, second) -> window(tumbling(1ms)) -> count() as counted -> sink::discard();
                })
            };
        }
        let driver = match case.params["policy"].as_str() {
            Some("max") => job!(max),
            Some("min") => job!(min),
            other => panic!("{}: the policy {other:?}", case.id),
        };
        let mut driver = driver.expect("opens");
        for step in steps.iter().filter(|step| step.is_array()) {
            first.extend(integers(&step[0]).into_iter().map(|second| second * 1_000));
            second.extend(integers(&step[1]).into_iter().map(|second| second * 1_000));
            driver.batch().expect("runs");
        }
        if of_first {
            first.push(millis)
        } else {
            second.push(millis)
        }
        driver.batch().expect("runs");
        driver.report().late.iter().map(|late| late.1).sum::<u64>() > 0
    };
    // a stream also judges its records by itself: what is late by the watermark of both is late in either
    let late = |steps: &[Value], millis: i64| late_in(true, steps, millis) && late_in(false, steps, millis);
    for (step, expected) in items(case.expected).iter().enumerate() {
        let expected = expected.as_i64().expect("a watermark");
        let told = [expected - 1, expected].map(|millis| late(&steps[..=step], millis));
        assert_eq!(json!(told), json!([true, false]), "{}: step {step}", case.id);
    }
}
