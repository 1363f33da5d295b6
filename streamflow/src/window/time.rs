//! Event time: microseconds since 1970 in UTC.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::{Duration, SystemTime};

/// A moment in event time: microseconds since 1970-01-01 in UTC, negative before.
///
/// ```
/// use streamflow::Timestamp;
/// let time = Timestamp::from_millis(1_500);
/// assert_eq!(time.as_micros(), 1_500_000);
/// assert_eq!(time.to_string(), "1970-01-01T00:00:01.5Z");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Timestamp(micros)
    }

    /// From milliseconds since 1970; clamped to the range of the type (about 292,000 years).
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis.saturating_mul(1_000))
    }

    /// From seconds since 1970; clamped like [`from_millis`](Timestamp::from_millis).
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Timestamp(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Rounded down to a multiple of a step since 1970, also before 1970. No step is shorter than a microsecond.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streamflow::Timestamp;
    /// let time = Timestamp::from_millis(1_350).floor(Duration::from_millis(200));
    /// assert_eq!(time, Timestamp::from_millis(1_200));
    /// ```
    #[must_use]
    pub fn floor(self, step: Duration) -> Self {
        let floored = self.0.checked_sub(self.0.rem_euclid(micros(step).max(1)));
        Timestamp(floored.unwrap_or(i64::MIN))
    }

    /// The moments from this one to another, both included, a step apart.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streamflow::Timestamp;
    /// let moments = Timestamp::from_millis(1_000).to(Timestamp::from_millis(1_100), Duration::from_millis(30));
    /// assert_eq!(moments.map(Timestamp::as_millis).collect::<Vec<_>>(), [1_000, 1_030, 1_060, 1_090]);
    /// ```
    pub fn to(self, end: Timestamp, step: Duration) -> impl Iterator<Item = Timestamp> {
        let next = move |time: &Timestamp| time.0.checked_add(micros(step).max(1)).map(Timestamp);
        std::iter::successors(Some(self), next).take_while(move |time| *time <= end)
    }

    /// The moments from this one to another, which is not included, a step apart.
    pub fn until(self, end: Timestamp, step: Duration) -> impl Iterator<Item = Timestamp> {
        self.to(end, step).take_while(move |time| *time < end)
    }
}

/// Stops at the last moment that can be written.
impl Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(micros(duration)))
    }
}

/// Stops at the first moment that can be written.
impl Sub<Duration> for Timestamp {
    type Output = Timestamp;
    fn sub(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(micros(duration)))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Timestamp(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => micros(after),
            Err(before) => -micros(before.duration()),
        })
    }
}

/// RFC 3339; moments that a calendar does not reach are printed as microseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => time.fmt(f),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

/// A duration in microseconds, at most `i64::MAX`.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// What the closure of `timestamp` may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say a moment in time",
    label = "`timestamp` needs a `Timestamp` or a `SystemTime`",
    note = "a plain number has no unit: write `Timestamp::from_millis(item.at)`, `from_secs` or `from_micros`"
)]
pub trait EventTime {
    /// The moment.
    fn event_time(self) -> Timestamp;
}

impl EventTime for Timestamp {
    #[inline(always)]
    fn event_time(self) -> Timestamp {
        self
    }
}

impl EventTime for SystemTime {
    fn event_time(self) -> Timestamp {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_on_a_grid() {
        let millis = Duration::from_millis;
        let floor = |time, step| Timestamp::from_millis(time).floor(millis(step)).as_millis();
        let floored = [floor(1350, 200), floor(1200, 200), floor(199, 200), floor(1, 1), floor(-1, 200)];
        assert_eq!(floored, [1200, 1200, 0, 1, -200]);
        assert_eq!(Timestamp::from_micros(i64::MIN).floor(Duration::MAX).as_micros(), i64::MIN);
        assert_eq!(Timestamp::from_micros(5).floor(Duration::ZERO).as_micros(), 5);
        let moments = |end, step, closed: bool| -> Vec<i64> {
            let (from, end) = (Timestamp::from_millis(1000), Timestamp::from_millis(end));
            let moments = if closed {
                from.to(end, millis(step)).collect()
            } else {
                from.until(end, millis(step)).collect::<Vec<_>>()
            };
            moments.into_iter().map(Timestamp::as_millis).collect()
        };
        assert_eq!(moments(1100, 100, true), [1000, 1100]);
        assert_eq!(moments(1000, 100, true), [1000]);
        assert_eq!(moments(1100, 100, false), [1000]);
        assert_eq!(moments(1000, 100, false), [0; 0]);
        assert_eq!(moments(1100, 30, false), [1000, 1030, 1060, 1090]);
        let last = Timestamp::from_micros(i64::MAX);
        assert_eq!(last.to(last, millis(1)).count(), 1);
    }

    #[test]
    fn moments_before_1970_round_down() {
        assert_eq!(Timestamp::from_micros(-1).as_millis(), -1);
        assert_eq!(Timestamp::from_micros(-1).as_secs(), -1);
        let before = SystemTime::UNIX_EPOCH - Duration::from_millis(5);
        assert_eq!(Timestamp::from(before).as_millis(), -5);
        assert_eq!(Timestamp::from_micros(i64::MIN).to_string(), format!("{}us", i64::MIN));
    }
}
