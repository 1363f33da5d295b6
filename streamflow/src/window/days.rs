//! Days of a time zone: their length changes with the clocks of the place.

use super::any::{Opens, WindowSlot};
use super::late::KeepLate;
use super::spans::{Assigner, SpanRun};
use super::{Clock, Stamp, Window};
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{Failure, Turn};
use crate::state::{Probe, StoredKey};
use crate::{Error, ErrorKind};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Microseconds of a day of 24 hours.
const DAY: i64 = 86_400_000_000;

/// Windows of so many days in a time zone.
#[derive(Clone, Debug)]
pub struct Days {
    /// What `tumbling` was given.
    pub(crate) size: i64,
    /// Was anything else said that days cannot be?
    pub(crate) plain: bool,
    pub(crate) name: String,
    pub(crate) zone: Option<TimeZone>,
}

impl Days {
    fn check(&self) -> Result<(), Error> {
        let refuse = |text: String, help: &str| Err(Error::new(ErrorKind::Settings, text).help(help));
        if self.zone.is_none() {
            return refuse(format!("no time zone is called `{}`", self.name), "write a name such as `Europe/Berlin`");
        }
        if self.size <= 0 || self.size % DAY != 0 || !self.plain {
            let text = "only whole days have a time zone".to_owned();
            return refuse(text, "write `tumbling(1d, zone = ..)`, without an offset");
        }
        Ok(())
    }

    /// Start and end of the window of a moment. Where no calendar reaches, some ten thousand years from now, days are those of UTC.
    fn around(&self, moment: i64) -> (i64, i64) {
        self.in_calendar(moment).unwrap_or_else(|| {
            // the window that holds the first or the last moment there is may be cut off by it
            let start = moment.div_euclid(self.size).saturating_mul(self.size);
            let passed = moment.rem_euclid(self.size);
            (start, moment.saturating_add(self.size - passed))
        })
    }

    /// `None` outside of the calendar.
    fn in_calendar(&self, moment: i64) -> Option<(i64, i64)> {
        let zone = self.zone.as_ref()?;
        let date = zone.to_datetime(Timestamp::from_microsecond(moment).ok()?).date();
        let first = Date::constant(1970, 1, 1);
        let days = self.size / DAY;
        let number = i64::from(first.until(date).ok()?.get_days());
        let span = |days: i64| Span::new().try_days(days).ok();
        let begin = first.checked_add(span(number.div_euclid(days).checked_mul(days)?)?).ok()?;
        let end = begin.checked_add(span(days)?).ok()?;
        // where midnight is skipped the day begins behind it
        let at = |date: Date| Some(zone.to_zoned(date.at(0, 0, 0, 0)).ok()?.timestamp().as_microsecond());
        Some((at(begin)?, at(end)?))
    }
}

impl<T, S: Stamp> Assigner<T, S> for Days {
    type Mark = S;
    const SESSIONS: bool = false;

    fn check(&self, _: bool) -> Result<(), Error> {
        Days::check(self)
    }
    fn mark(&self, _: &T, stamp: S, _: i64) -> S {
        stamp
    }
    fn stamp(mark: &S) -> S {
        *mark
    }
    fn spans(&self, mark: &S, now: i64, mut each: impl FnMut(i64, i64)) {
        let (start, end) = self.around(mark.time(now));
        each(start, end);
    }
    fn name(&self) -> String {
        format!("windows of {} days in {}", self.size / DAY, self.name)
    }
}

// the clock is that of the open window alone: where no window fits the stream, nothing more is said
impl<'s, T, K, P, C, X, G, L> Opens<'s, T, K, P, C, G, L> for &Window<X, Days>
where
    K: StoredKey,
    P: Probe<Owned = K> + 's,
    C: Clock,
    G: Aggregate<T> + 's,
    G::Acc: 's,
    L: KeepLate<T>,
{
    type Run = SpanRun<'s, K, P, T, C, Days, G, L>;

    fn open(
        &'s self,
        slot: &'s mut WindowSlot<K, G::Acc>,
        keep: L,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self::Run, Failure> {
        SpanRun::open(slot.spans(), &self.kind, self.options, keep, aggregate, turn, stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: i64, name: &str) -> Days {
        Days { size: days * DAY, plain: true, name: name.to_owned(), zone: TimeZone::get(name).ok() }
    }

    fn moment(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a moment").as_microsecond()
    }

    #[test]
    fn days_are_as_long_as_the_clocks_say() {
        let berlin = days(1, "Europe/Berlin");
        let bounds = |at: &str| berlin.around(moment(at));
        let day = |from: &str, to: &str| (moment(from), moment(to));
        assert_eq!(bounds("2025-01-10T22:59:59Z"), day("2025-01-09T23:00:00Z", "2025-01-10T23:00:00Z"));
        assert_eq!(bounds("2025-01-10T23:00:00Z"), day("2025-01-10T23:00:00Z", "2025-01-11T23:00:00Z"));
        let spring = bounds("2025-03-30T12:00:00Z");
        assert_eq!(spring, day("2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z"));
        assert_eq!((spring.1 - spring.0) / 3_600_000_000, 23);
        let autumn = bounds("2025-10-26T12:00:00Z");
        assert_eq!((autumn.1 - autumn.0) / 3_600_000_000, 25);
        assert_eq!(bounds("1969-12-31T12:00:00Z"), day("1969-12-30T23:00:00Z", "1969-12-31T23:00:00Z"));
    }

    #[test]
    fn several_days_and_days_without_midnight() {
        let weeks = days(7, "UTC");
        let week = |text| weeks.around(moment(text));
        assert_eq!(week("1970-01-07T23:00:00Z"), (0, 7 * DAY));
        assert_eq!(week("1969-12-31T23:00:00Z"), (-7 * DAY, 0));
        // in 2018 the clocks of Sao Paulo went from 0:00 to 1:00 on November 4
        let skipped = days(1, "America/Sao_Paulo").around(moment("2018-11-04T12:00:00Z"));
        assert_eq!(skipped, (moment("2018-11-04T03:00:00Z"), moment("2018-11-05T02:00:00Z")));
    }

    #[test]
    fn days_where_no_calendar_reaches() {
        let edges = [Timestamp::MIN.as_microsecond(), Timestamp::MAX.as_microsecond()];
        for length in [1, 7, 400_000, 100_000_000] {
            let berlin = days(length, "Europe/Berlin");
            let beyond = edges.iter().flat_map(|edge| [edge - 1, *edge, edge + 1, edge + DAY, edge - DAY]);
            for time in beyond.chain([i64::MIN, i64::MIN + 1, i64::MIN + DAY, 0, i64::MAX - DAY, i64::MAX - 1]) {
                let (start, end) = berlin.around(time);
                assert!(start <= time && time < end, "{length} days: {start} {time} {end}");
            }
            let (start, end) = berlin.around(i64::MAX);
            assert!(start < end && end == i64::MAX, "{length} days");
        }
        let outside = i64::MAX / DAY * DAY - DAY;
        assert_eq!(days(1, "Europe/Berlin").around(outside + 5), (outside, outside + DAY));
    }

    #[test]
    fn what_is_no_day_is_refused() {
        assert!(days(1, "Europe/Berlin").check().is_ok());
        assert!(days(1, "Mars/Olympus").check().is_err() && days(0, "UTC").check().is_err());
        assert!(Days { size: DAY / 2, ..days(1, "UTC") }.check().is_err());
        assert!(Days { plain: false, ..days(1, "UTC") }.check().is_err());
    }
}
