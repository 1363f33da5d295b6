//! How many records a batch may take: a fixed rate, or one that follows how fast batches are processed.
//!
//! The rules are those of Spark's `PIDRateEstimator` and `RateLimiter`, so that a tuned job keeps its numbers.

use crate::{Error, ErrorKind};
use std::time::{Duration, SystemTime};

/// Lets the rate follow the speed of processing: a controller with a proportional, an integral and a derivative part.
///
/// Errors of the controller are in records a second. The proportional part answers how far the last rate was from the speed of
/// processing, the integral part how many records wait because batches began late, the derivative part how fast that changes.
///
/// ```
/// # use streamflow::{stream, source, sink, rate::RateControl};
/// let job = stream! {
///     #![batch(every = 10ms)]
///     source::generate_unpaced(|n| n).limit(100) -> sink::discard()
/// };
/// job.rate_control(RateControl { least: 50.0, ..RateControl::from(10_000.0) }).run()?;
/// # Ok::<(), streamflow::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateControl {
    /// Records a second until there is an estimate. There is no default: without it the first batch would take all that has
    /// piled up.
    pub first: f64,
    /// Records a second that are never exceeded. Default: none.
    pub most: Option<f64>,
    /// Records a second that are always let through: with none there would be no further estimate. Default: 100.
    pub least: f64,
    /// Weight of the error. Default: 1.
    pub proportional: f64,
    /// Weight of what waits. Default: 0.2.
    pub integral: f64,
    /// Weight of the change. Default: 0; larger ones make the rate swing.
    pub derivative: f64,
}

impl From<f64> for RateControl {
    /// The defaults with this first rate.
    fn from(first: f64) -> Self {
        RateControl { first, most: None, least: 100.0, proportional: 1.0, integral: 0.2, derivative: 0.0 }
    }
}

/// What a job was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rate {
    Fixed(f64),
    Controlled(RateControl),
}

/// Estimates from each batch how many records a second the job can process.
#[derive(Clone, Debug)]
pub struct RateEstimator {
    interval: f64,
    control: RateControl,
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    at: SystemTime,
    rate: f64,
    error: f64,
}

impl RateEstimator {
    /// An estimator for batches of this interval.
    ///
    /// # Errors
    /// An interval of nothing, a negative weight, or a least rate that is not positive.
    pub fn new(interval: Duration, control: RateControl) -> Result<Self, Error> {
        if interval.is_zero() {
            return Err(Error::new(
                ErrorKind::Settings,
                "rate control needs an interval between batches that is not 0",
            ));
        }
        let weights = [
            ("proportional", control.proportional),
            ("integral", control.integral),
            ("derivative", control.derivative),
        ];
        for (name, weight) in weights {
            // not `weight < 0.0`: what is not a number is refused too
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(Error::new(
                    ErrorKind::Settings,
                    format!("`{name}` of the rate control is {weight}: it must be 0 or more"),
                ));
            }
        }
        positive("least", control.least)?;
        Ok(RateEstimator { interval: interval.as_secs_f64(), control, last: None })
    }

    /// Takes what a batch has shown and gives the rate for the next, in records a second. The first batch gives none, and nor does
    /// one without records: nothing can be learnt from it.
    ///
    /// `delay` is how much later than its interval the batch began.
    pub fn estimate(&mut self, at: SystemTime, records: u64, processing: Duration, delay: Duration) -> Option<f64> {
        let earlier = self.last.is_some_and(|last| at <= last.at);
        if earlier || records == 0 || processing.is_zero() {
            return None;
        }
        let speed = records as f64 / processing.as_secs_f64();
        let Some(last) = self.last else {
            self.last = Some(Last { at, rate: speed, error: 0.0 });
            return None;
        };
        let error = last.rate - speed;
        let waiting = delay.as_secs_f64() * speed / self.interval;
        let passed = at.duration_since(last.at).unwrap_or_default().as_secs_f64();
        let change = (error - last.error) / passed;
        let RateControl { proportional, integral, derivative, least, .. } = self.control;
        let rate = (last.rate - proportional * error - integral * waiting - derivative * change).max(least);
        self.last = Some(Last { at, rate, error });
        Some(rate)
    }
}

/// The rate that holds now, which never exceeds the most that is allowed.
#[derive(Clone, Copy, Debug)]
pub struct RateLimiter {
    limit: f64,
    most: Option<f64>,
}

impl RateLimiter {
    /// A limiter that begins with `first`, or with `most` if that is less. Without both there is no limit.
    #[must_use]
    pub fn new(first: Option<f64>, most: Option<f64>) -> Self {
        RateLimiter { limit: first.unwrap_or(f64::INFINITY).min(most.unwrap_or(f64::INFINITY)), most }
    }

    /// Changes the rate. One of 0 is no rate and changes nothing.
    pub fn update(&mut self, rate: f64) {
        if rate > 0.0 {
            self.limit = rate.min(self.most.unwrap_or(f64::INFINITY));
        }
    }

    /// Records a second.
    #[must_use]
    pub fn limit(&self) -> f64 {
        self.limit
    }
}

fn positive(name: &str, rate: f64) -> Result<(), Error> {
    if rate > 0.0 && rate.is_finite() {
        return Ok(());
    }
    let error =
        Error::new(ErrorKind::Settings, format!("the {name} rate is {rate} records a second: it must be more than 0"));
    Err(error.help("leave the limit out to read as fast as batches are processed"))
}

/// The rate of a job from batch to batch.
pub(crate) struct Governor {
    limiter: RateLimiter,
    estimator: Option<RateEstimator>,
    interval: Duration,
    /// What is left of a record when the rate does not divide into batches: one record a second is one each second, not none.
    rest: f64,
}

impl Governor {
    pub fn new(rate: Rate, interval: Option<Duration>) -> Result<Self, Error> {
        let Some(interval) = interval else {
            let error = Error::new(ErrorKind::Settings, "a limit of the rate needs a fixed interval between batches");
            return Err(error.help("write `#![batch(every = 1s)]`, or call `batch_every`"));
        };
        let (limiter, estimator) = match rate {
            Rate::Fixed(rate) => {
                positive("fixed", rate)?;
                (RateLimiter::new(Some(rate), None), None)
            }
            Rate::Controlled(control) => {
                positive("first", control.first)?;
                control.most.map_or(Ok(()), |most| positive("highest", most))?;
                let estimator = RateEstimator::new(interval, control)?;
                (RateLimiter::new(Some(control.first), control.most), Some(estimator))
            }
        };
        Ok(Governor { limiter, estimator, interval, rest: 0.0 })
    }

    /// How many records the next batch may take.
    pub fn allow(&mut self) -> u64 {
        let allowed = self.limiter.limit() * self.interval.as_secs_f64() + self.rest;
        self.rest = allowed.fract();
        // a float becomes the nearest integer that there is
        allowed as u64
    }

    /// Learns from a batch.
    pub fn learn(&mut self, at: SystemTime, records: u64, processing: Duration, delay: Duration) {
        if let Some(estimator) = &mut self.estimator
            && let Some(rate) = estimator.estimate(at, records, processing, delay)
        {
            self.limiter.update(rate);
        }
    }

    pub fn limit(&self) -> f64 {
        self.limiter.limit()
    }
}

/// How many records a batch may still take, while it is polled. Sources are asked in bytes: what a record takes on average is known
/// from the blocks before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub left: u64,
    pub size: RecordSize,
}

/// Bytes of a record, on average over the last blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecordSize {
    bytes: f64,
    records: f64,
}

impl RecordSize {
    /// A record takes a byte at least, so a first guess never asks for too many.
    fn bytes(self) -> f64 {
        if self.records > 0.0 { (self.bytes / self.records).max(1.0) } else { 1.0 }
    }

    pub fn observe(&mut self, records: u64, bytes: usize) {
        // old blocks count less and less: records may grow
        self.bytes = self.bytes * 0.75 + bytes as f64;
        self.records = self.records * 0.75 + records as f64;
    }
}

impl Allowance {
    /// Bytes to ask a partition for when so many of them share what is left. At least one record.
    pub fn bytes(&self, partitions: usize) -> usize {
        let share = self.left.div_ceil(partitions.max(1) as u64);
        (share as f64 * self.size.bytes()) as usize
    }

    /// A block came. Who cannot count its records is taken at the average.
    pub fn take(&mut self, records: Option<u64>, bytes: usize) {
        let records = match records {
            Some(records) => {
                self.size.observe(records, bytes);
                records
            }
            None => (bytes as f64 / self.size.bytes()).ceil() as u64,
        };
        self.left = self.left.saturating_sub(records);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(seconds: f64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds)
    }

    #[test]
    fn the_rate_goes_to_the_speed_of_processing_and_below_it_while_records_wait() {
        let mut estimator = RateEstimator::new(Duration::from_secs(1), RateControl::from(10.0)).expect("sound");
        let half = Duration::from_millis(500);
        assert_eq!(estimator.estimate(second(1.0), 1_000, half, Duration::ZERO), None, "the first tells nothing");
        assert_eq!(estimator.estimate(second(2.0), 1_000, half, Duration::ZERO), Some(2_000.0));
        assert_eq!(estimator.estimate(second(3.0), 1_000, half, half), Some(1_800.0), "half a second behind");
        assert_eq!(estimator.estimate(second(3.0), 1_000, half, half), None, "the same moment");
        assert_eq!(estimator.estimate(second(4.0), 0, half, half), None, "no records");
        assert_eq!(estimator.estimate(second(5.0), 1, Duration::from_secs(1), half), Some(100.0), "never less");
    }

    #[test]
    fn a_rate_below_a_record_a_batch_still_lets_records_through() {
        let mut governor = Governor::new(Rate::Fixed(2.5), Some(Duration::from_millis(200))).expect("sound");
        let allowed: Vec<u64> = (0..6).map(|_| governor.allow()).collect();
        assert_eq!(allowed, [0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let refused = |rate, interval| match Governor::new(rate, interval) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{rate:?} is taken"),
        };
        let second = Some(Duration::from_secs(1));
        let control = RateControl::from(10.0);
        assert!(refused(Rate::Fixed(10.0), None).contains("needs a fixed interval"));
        assert!(refused(Rate::Fixed(0.0), second).contains("the fixed rate is 0"));
        assert!(refused(Rate::Fixed(f64::NAN), second).contains("NaN"));
        assert!(refused(Rate::Controlled(RateControl { first: -1.0, ..control }), second).contains("first rate"));
        assert!(refused(Rate::Controlled(RateControl { most: Some(0.0), ..control }), second).contains("highest"));
        assert!(refused(Rate::Controlled(RateControl { least: 0.0, ..control }), second).contains("least rate"));
        let weight = RateControl { integral: -0.1, ..control };
        assert!(refused(Rate::Controlled(weight), second).contains("`integral` of the rate control is -0.1"));
        assert!(refused(Rate::Controlled(control), Some(Duration::ZERO)).contains("not 0"));
    }

    #[test]
    fn what_a_record_takes_is_learnt_from_blocks() {
        let mut allowance = Allowance { left: 100, size: RecordSize::default() };
        assert_eq!(allowance.bytes(1), 100, "a byte each until more is known");
        allowance.take(Some(10), 200);
        assert_eq!((allowance.left, allowance.bytes(1), allowance.bytes(4)), (90, 1_800, 460));
        allowance.take(None, 400);
        assert_eq!(allowance.left, 70);
    }
}
