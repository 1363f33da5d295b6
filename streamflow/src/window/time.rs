//! Event time: microseconds since 1970 in UTC.

use std::fmt;
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
}

/// Moments at a distance.
impl Timestamp {
    /// The last moment that is not after this one and a multiple of `every` since 1970, also before 1970. A step of nothing changes
    /// nothing.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use streamflow::Timestamp;
    /// let hour = Duration::from_secs(3_600);
    /// assert_eq!(Timestamp::from_secs(7_300).floor(hour), Timestamp::from_secs(7_200));
    /// ```
    #[must_use]
    pub fn floor(self, every: Duration) -> Self {
        match micros(every) {
            0 => self,
            // the first multiple of all may lie outside of what there are numbers for
            every => Timestamp(self.0.saturating_sub(self.0.rem_euclid(every))),
        }
    }

    /// From this moment in steps as long as `end` is not reached. A step of nothing gives this moment alone.
    pub fn until(self, end: Timestamp, step: Duration) -> impl Iterator<Item = Timestamp> {
        let next = move |last: &Timestamp| last.0.checked_add(micros(step)).filter(|_| !step.is_zero()).map(Timestamp);
        std::iter::successors(Some(self), next).take_while(move |moment| *moment < end)
    }

    /// As [`until`](Timestamp::until), with `end` if a step meets it.
    pub fn to(self, end: Timestamp, step: Duration) -> impl Iterator<Item = Timestamp> {
        let next = move |last: &Timestamp| last.0.checked_add(micros(step)).filter(|_| !step.is_zero()).map(Timestamp);
        std::iter::successors(Some(self), next).take_while(move |moment| *moment <= end)
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
    fn steps_end_at_the_edges() {
        let (at, second) = (Timestamp::from_secs, Duration::from_secs(1));
        assert_eq!(at(-1).floor(Duration::from_secs(60)), at(-60));
        assert_eq!(at(5).floor(Duration::ZERO), at(5));
        assert_eq!(Timestamp(i64::MIN + 1).floor(second), Timestamp(i64::MIN));
        assert_eq!(at(1).until(at(3), second).collect::<Vec<_>>(), [at(1), at(2)]);
        assert_eq!(at(1).to(at(3), second).collect::<Vec<_>>(), [at(1), at(2), at(3)]);
        assert_eq!((at(1).to(at(3), Duration::ZERO).count(), at(3).until(at(3), second).count()), (1, 0));
        assert_eq!(Timestamp(i64::MAX - 1).to(Timestamp(i64::MAX), second).count(), 1);
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
