//! Windows that begin with the first record of a key, and follow each other from there.

use super::any::{Opens, WindowSlot};
use super::grid::Grid;
use super::late::KeepLate;
use super::spans::{Assigner, SpanRun};
use super::{Clock, Sliding, Stamp, Window, skips};
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{Failure, Turn};
use crate::state::{Probe, StoredKey};
use crate::{Error, ErrorKind};
use std::time::Duration;

/// `origin = first` in a window.
#[allow(non_upper_case_globals)]
pub const first: First = First;

/// Windows are counted from the first record of their key.
#[derive(Clone, Copy, Debug)]
pub struct First;

/// Windows of one size that start every so often, from the first record of a key on.
#[derive(Clone, Copy, Debug)]
pub struct FromFirst(pub(crate) Sliding);

impl<T, S: Stamp> Assigner<T, S> for FromFirst {
    type Mark = S;
    const SESSIONS: bool = false;
    const FOLLOWS: bool = true;

    fn check(&self, purge: bool) -> Result<(), Error> {
        let Sliding { size, slide, offset, gaps } = self.0;
        Grid::new(size, slide, 0)?;
        if offset != 0 {
            let error = Error::new(ErrorKind::Settings, "windows that begin with the first record have no offset");
            return Err(error.help("leave out `offset` or `origin`"));
        }
        if purge {
            let error = Error::new(ErrorKind::Settings, "a window that begins with a record cannot begin anew");
            return Err(error.help("leave `purge` out"));
        }
        if slide > size && !gaps { Err(skips()) } else { Ok(()) }
    }
    #[inline(always)]
    fn mark(&self, _: &T, stamp: S, _: i64) -> S {
        stamp
    }
    fn stamp(mark: &S) -> S {
        *mark
    }
    /// The window of a record that finds none open. Nothing ends behind the last moment there is.
    fn spans(&self, mark: &S, now: i64, mut each: impl FnMut(i64, i64)) {
        let time = mark.time(now);
        let end = time.saturating_add(self.0.size);
        each(time.min(end.saturating_sub(1)), end);
    }
    fn following(&self, earliest: i64, mark: &S, now: i64, mut each: impl FnMut(i64, i64)) {
        let (size, slide) = (i128::from(self.0.size), i128::from(self.0.slide));
        let behind = i128::from(mark.time(now)) - i128::from(earliest);
        let oldest = (behind - size).div_euclid(slide) + 1;
        // none begins before the earliest for a record behind it; one that lies before it has those that it would have had
        let oldest = if behind >= 0 { oldest.max(0) } else { oldest };
        let moment = |moment: i128| moment.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
        for window in oldest..=behind.div_euclid(slide) {
            let start = i128::from(earliest) + window * slide;
            each(moment(start), moment(start + size));
        }
    }
    fn name(&self) -> String {
        let duration = |micros: i64| Duration::from_micros(micros.unsigned_abs());
        let Sliding { size, slide, .. } = self.0;
        let every = if size == slide { String::new() } else { format!(" every {:?}", duration(slide)) };
        format!("windows of {:?}{every} from the first record", duration(size))
    }
}

// the clock is that of the open window alone: where no window fits the stream, nothing more is said
impl<'s, T, K, P, C, X, G, L> Opens<'s, T, K, P, C, G, L> for &Window<X, FromFirst>
where
    K: StoredKey,
    P: Probe<Owned = K> + 's,
    C: Clock,
    G: Aggregate<T> + 's,
    G::Acc: 's,
    L: KeepLate<T>,
{
    type Run = SpanRun<'s, K, P, T, C, FromFirst, G, L>;

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
    use crate::window::EventStamp;

    fn windows(size: i64, slide: i64, earliest: Option<i64>, time: i64) -> Vec<(i64, i64)> {
        let kind = FromFirst(Sliding { size, slide, offset: 0, gaps: true });
        let (mark, mut found) = (EventStamp { time, watermark: i64::MIN }, vec![]);
        let each = |start, end| found.push((start, end));
        match earliest {
            None => Assigner::<(), EventStamp>::spans(&kind, &mark, 0, each),
            Some(earliest) => Assigner::<(), EventStamp>::following(&kind, earliest, &mark, 0, each),
        }
        found
    }

    #[test]
    fn windows_follow_the_earliest_one() {
        assert_eq!(windows(5, 4, None, 1), [(1, 6)]);
        assert_eq!(windows(5, 4, Some(1), 5), [(1, 6), (5, 10)]);
        assert_eq!(windows(5, 4, Some(1), 1), [(1, 6)], "none begins before the first record");
        assert_eq!(windows(5, 4, Some(1), 30), [(29, 34)]);
        assert_eq!(windows(5, 5, Some(7), 6), [(2, 7)]);
        assert_eq!(windows(6, 3, Some(10), 8), [(4, 10), (7, 13)]);
        assert_eq!(windows(2, 5, Some(0), 3), [], "a gap");
    }

    #[test]
    fn windows_at_both_ends_of_time() {
        assert_eq!(windows(5, 5, None, i64::MAX), [(i64::MAX - 1, i64::MAX)]);
        assert_eq!(windows(5, 5, None, i64::MIN), [(i64::MIN, i64::MIN + 5)]);
        assert_eq!(windows(5, 5, Some(i64::MIN), i64::MAX - 1), [(i64::MAX - 5, i64::MAX)]);
        assert_eq!(windows(5, 5, Some(i64::MAX - 1), i64::MIN), [(i64::MIN, i64::MIN + 4)]);
    }
}
