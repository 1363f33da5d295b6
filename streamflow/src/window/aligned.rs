//! Windows aligned to the records of a key: they begin and end where records lie.

use super::any::{Opens, WindowSlot};
use super::late::KeepLate;
use super::spans::{Assigner, SpanRun};
use super::{Clock, Stamp, Window, micros};
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{Failure, Turn};
use crate::state::{Probe, StoredKey};
use crate::{Error, ErrorKind};
use std::time::Duration;

/// Windows of records that are at most so far apart, one for each set of them.
#[derive(Clone, Copy, Debug)]
pub struct Aligned {
    pub(crate) difference: i64,
}

impl Aligned {
    pub(super) fn new(difference: Duration) -> Self {
        Aligned { difference: micros(difference) }
    }
}

impl<T, S: Stamp> Assigner<T, S> for Aligned {
    type Mark = S;
    const SESSIONS: bool = false;
    const ALIGNED: bool = true;
    const JOINS: Option<&'static str> =
        Some("aligned windows share their records: say how two values become one, `fold(.., merge = |a, b| ..)`");

    fn check(&self, purge: bool) -> Result<(), Error> {
        if self.difference <= 0 {
            return Err(super::no_length("give a difference of at least one microsecond"));
        }
        if purge {
            let error = Error::new(ErrorKind::Settings, "aligned windows share their records, so none can begin anew");
            return Err(error.help("leave `purge` out"));
        }
        Ok(())
    }
    #[inline(always)]
    fn mark(&self, _: &T, stamp: S, _: i64) -> S {
        stamp
    }
    fn stamp(mark: &S) -> S {
        *mark
    }
    fn spans(&self, mark: &S, now: i64, mut each: impl FnMut(i64, i64)) {
        let time = mark.time(now);
        each(time, time.saturating_add(self.difference).saturating_add(1));
    }
    fn name(&self) -> String {
        let difference = Duration::from_micros(self.difference.unsigned_abs());
        format!("windows of {difference:?}, aligned to records")
    }
}

// the clock is that of the open window alone: where no window fits the stream, nothing more is said
impl<'s, T, K, P, C, X, G, L> Opens<'s, T, K, P, C, G, L> for &Window<X, Aligned>
where
    K: StoredKey,
    P: Probe<Owned = K> + 's,
    C: Clock,
    G: Aggregate<T> + 's,
    G::Acc: 's,
    L: KeepLate<T>,
{
    type Run = SpanRun<'s, K, P, T, C, Aligned, G, L>;

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
