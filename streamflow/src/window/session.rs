//! Sessions: windows that last as long as records keep coming.

use super::any::{Opens, WindowSlot};
use super::late::KeepLate;
use super::spans::{Assigner, SpanRun};
use super::{Clock, Stamp, Timestamp, Window, micros};
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{Failure, Turn};
use crate::state::{Probe, StoredKey};
use crate::{Error, ErrorKind};
use std::time::Duration;

/// Windows of records with less than a gap between them.
#[derive(Clone, Copy, Debug)]
pub struct Session<G = Gap> {
    pub(crate) gap: G,
    pub(crate) boundary: Boundary,
}

/// The same gap for all.
#[derive(Clone, Copy, Debug)]
pub struct Gap(pub(crate) i64);

/// The gap is what a function of the record says.
#[derive(Clone, Copy, Debug)]
pub struct GapOf;

/// Do two records belong to one session whose distance is exactly the gap?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boundary {
    /// They do; the default, and Flink's and Kafka's rule.
    #[default]
    Closed,
    /// They do not: Beam's and Spark's rule. `boundary = open`.
    Open,
}

/// A session holds the record that begins it, whatever gap is said of it.
const SHORTEST: i64 = 1;

/// The session of a record alone. Nothing ends behind the last moment there is: a record there is in the session of the moment before.
#[inline(always)]
fn session(time: i64, gap: i64) -> (i64, i64) {
    let end = time.saturating_add(gap);
    (time.min(end.saturating_sub(1)), end)
}

impl<T, S: Stamp> Assigner<T, S> for Session {
    type Mark = S;
    const SESSIONS: bool = true;

    fn check(&self, _: bool) -> Result<(), Error> {
        if self.gap.0 <= 0 {
            let error = Error::new(ErrorKind::Settings, "a session without a gap never begins anew");
            return Err(error.help("give a gap of at least one microsecond"));
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
    #[inline(always)]
    fn spans(&self, mark: &S, now: i64, mut each: impl FnMut(i64, i64)) {
        let (start, end) = session(mark.time(now), self.gap.0);
        each(start, end);
    }
    fn touching(&self) -> bool {
        self.boundary == Boundary::Closed
    }
    fn name(&self) -> String {
        format!("sessions with gaps of {:?}", Duration::from_micros(self.gap.0.unsigned_abs()))
    }
}

/// A window, and the function that it asks about each record.
pub struct By<'w, W, A> {
    pub(crate) window: &'w W,
    pub(crate) assigner: A,
}

// the clock is that of the open window alone: where no window fits the stream, nothing more is said
impl<'s, T, K, P, C, X, G, L> Opens<'s, T, K, P, C, G, L> for &Window<X, Session>
where
    K: StoredKey,
    P: Probe<Owned = K> + 's,
    C: Clock,
    G: Aggregate<T> + 's,
    G::Acc: 's,
    L: KeepLate<T>,
{
    type Run = SpanRun<'s, K, P, T, C, Session, G, L>;

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

// the clock is that of the open window alone: where no window fits the stream, nothing more is said
impl<'s, T, K, P, C, X, W, A, G, L> Opens<'s, T, K, P, C, G, L> for By<'_, Window<X, W>, A>
where
    K: StoredKey,
    P: Probe<Owned = K> + 's,
    C: Clock,
    A: Assigner<T, C::Stamp> + 's,
    G: Aggregate<T> + 's,
    G::Acc: 's,
    L: KeepLate<T>,
{
    type Run = SpanRun<'s, K, P, T, C, A, G, L>;

    fn open(
        &'s self,
        slot: &'s mut WindowSlot<K, G::Acc>,
        keep: L,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self::Run, Failure> {
        SpanRun::open(slot.spans(), &self.assigner, self.window.options, keep, aggregate, turn, stage)
    }
}

/// Sessions whose gap the record says.
pub struct ByGap<F> {
    pub(crate) gap: F,
    pub(crate) boundary: Boundary,
}

impl<T, S: Stamp, F: Fn(&T) -> Duration> Assigner<T, S> for ByGap<F> {
    type Mark = (S, i64);
    const SESSIONS: bool = true;

    #[inline(always)]
    fn mark(&self, item: &T, stamp: S, _: i64) -> (S, i64) {
        (stamp, micros((self.gap)(item)).max(SHORTEST))
    }
    fn stamp(mark: &(S, i64)) -> S {
        mark.0
    }
    fn spans(&self, mark: &(S, i64), now: i64, mut each: impl FnMut(i64, i64)) {
        let (start, end) = session(mark.0.time(now), mark.1);
        each(start, end);
    }
    fn touching(&self) -> bool {
        self.boundary == Boundary::Closed
    }
    fn name(&self) -> String {
        "sessions with gaps of their own".to_owned()
    }
}

/// Windows that a function of the record says.
#[derive(Clone, Copy, Debug)]
pub struct Assigned;

/// The windows that a function says, each with start and end.
pub struct ByBounds<F>(pub(crate) F);

impl<T, S, F, I> Assigner<T, S> for ByBounds<F>
where
    S: Stamp,
    F: Fn(&T, Timestamp) -> I,
    I: IntoIterator<Item = (Timestamp, Timestamp)>,
{
    type Mark = (S, Vec<(i64, i64)>);
    const SESSIONS: bool = false;

    fn mark(&self, item: &T, stamp: S, now: i64) -> Self::Mark {
        let windows = (self.0)(item, Timestamp::from_micros(stamp.time(now))).into_iter();
        let mut windows: Vec<(i64, i64)> = windows.map(|(start, end)| (start.as_micros(), end.as_micros())).collect();
        // a window that ends before it begins holds nothing; a record is once in a window, however often it is named
        windows.retain(|(start, end)| start < end);
        windows.sort_unstable();
        windows.dedup();
        (stamp, windows)
    }
    fn stamp(mark: &Self::Mark) -> S {
        mark.0
    }
    fn spans(&self, mark: &Self::Mark, _: i64, mut each: impl FnMut(i64, i64)) {
        mark.1.iter().for_each(|(start, end)| each(*start, *end));
    }
    fn name(&self) -> String {
        "windows of a function".to_owned()
    }
}
