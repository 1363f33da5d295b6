//! How far apart two records may lie.

use crate::window::micros;
use crate::{Error, ErrorKind};
use std::time::Duration;

/// How far the right record may lie from the left one, on one side. A `Duration` is one: inclusive, as in `before = 5s`.
///
/// ```
/// use std::time::Duration;
/// use streamflow::join::{Bound, exclusive, negative};
///
/// let five = Duration::from_secs(5);
/// // time is kept in whole microseconds, so an exclusive bound is the next smaller inclusive one
/// assert_eq!(exclusive(five), Bound::from(five - Duration::from_micros(1)));
/// assert_eq!(negative(five).exclusive(), negative(five + Duration::from_micros(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound(i64);

impl From<Duration> for Bound {
    fn from(duration: Duration) -> Self {
        Bound(micros(duration))
    }
}

impl Bound {
    /// The same bound without its end.
    #[must_use]
    pub fn exclusive(self) -> Self {
        Bound(self.0.saturating_sub(1))
    }
}

/// Less than so far: `before = exclusive(5s)`.
#[must_use]
pub fn exclusive(duration: Duration) -> Bound {
    Bound::from(duration).exclusive()
}

/// On the other side: `before = 5s, after = negative(1s)` asks for a right record that is one to five seconds older.
#[must_use]
pub fn negative(duration: Duration) -> Bound {
    Bound(-micros(duration))
}

/// The times of right records that meet a left one: `left - before ..= left + after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    before: i64,
    after: i64,
}

impl Reach {
    pub fn new(before: Bound, after: Bound) -> Result<Self, Error> {
        let (Bound(before), Bound(after)) = (before, after);
        if before.saturating_add(after) < 0 {
            let error = Error::new(ErrorKind::Settings, "no two records can meet in the interval of this join");
            return Err(error.help("the right record lies between `left - before` and `left + after`"));
        }
        Ok(Reach { before, after })
    }

    /// The same seen from the right side.
    pub fn mirrored(self) -> Self {
        Reach { before: self.after, after: self.before }
    }

    /// The first and the last time that meet this one.
    #[inline(always)]
    pub fn around(self, time: i64) -> (i64, i64) {
        (time.saturating_sub(self.before), time.saturating_add(self.after))
    }

    /// The last watermark under which a record may still meet one that is in time.
    #[inline(always)]
    pub fn last(self, time: i64) -> i64 {
        time.saturating_add(self.after.max(0))
    }

    /// Was neither of two records over when the other came? Each is told with its time and what its partition had reached before it: how
    /// far the join itself had come follows the cut into batches. Of two records that are in time neither ever was.
    #[inline(always)]
    pub fn both_open(self, left: (i64, i64), right: (i64, i64)) -> bool {
        self.last(left.0) >= right.1 && self.mirrored().last(right.0) >= left.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_interval_may_lie_on_one_side() {
        let reach = Reach::new(exclusive(3 * SECOND), negative(SECOND)).expect("not empty");
        assert_eq!(reach.around(4_000_000), (1_000_001, 3_000_000));
        assert_eq!(reach.mirrored().around(1_000_001), (2_000_001, 4_000_000));
    }

    #[test]
    fn an_empty_interval_is_refused() {
        let error = Reach::new(SECOND.into(), negative(2 * SECOND)).expect_err("empty");
        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(Reach::new(SECOND.into(), negative(SECOND)).is_ok(), "one moment");
        assert!(Reach::new(exclusive(Duration::ZERO), Duration::ZERO.into()).is_err());
    }
}
