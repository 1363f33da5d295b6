//! What aligned windows of a key hold. They overlap at every record, so a record is kept once, at its time, and the value of a window
//! is made when the window is shown.

use super::shard::{Span, Spans};
use crate::State;
use crate::window::options::Options;

/// The records of one moment.
#[derive(Clone, Debug, PartialEq, State)]
pub(crate) struct Held<A> {
    pub time: i64,
    /// The end of the last window that they may be in.
    pub end: i64,
    /// Late ones are in the windows that end behind this; others in all that hold their time.
    behind: i64,
    value: A,
}

impl<A> Held<A> {
    fn is_in(&self, (start, end): (i64, i64)) -> bool {
        start <= self.time && self.time < end && self.behind < end
    }
}

impl<A> Spans<A> {
    /// Makes the windows that a record brings, and gives the place where it is to be folded: `span` begins with it. One window ends
    /// with the record, one begins right behind it; the latter shows nothing until it holds a record. So does the one that the
    /// record before has left behind.
    ///
    /// What has closed for a record's partition stays as it is for this record, also where the state does not know yet: else the cut
    /// into batches would show.
    pub fn align(&mut self, span: (i64, i64), reached: i64, options: Options, initial: impl Fn() -> A) -> &mut A {
        let (time, end) = span;
        let open = |end: i64| options.expiry(end) > reached;
        let next = time.saturating_add(1);
        let before = next.saturating_sub(end.saturating_sub(time));
        // of all windows that hold a record the one that it ends is the first to close
        let behind = if open(next) { i64::MIN } else { reached.saturating_sub(options.lateness) };
        let place = self.moments.partition_point(|held| (held.time, held.behind) < (time, behind));
        if self.moments.get(place).is_none_or(|held| (held.time, held.behind) != (time, behind)) {
            self.moments.insert(place, Held { time, end, behind, value: initial() });
        }
        for span in [(before, next), (next, end.saturating_add(1))] {
            let at = self.list.partition_point(|other| (other.start, other.end) < span);
            let there = self.list.get(at).is_some_and(|other| (other.start, other.end) == span);
            if !there && open(span.1) {
                let holds = self.moments.iter().any(|held| held.is_in(span));
                let window = Span { start: span.0, end: span.1, value: initial(), due: holds, unseen: holds };
                self.list.insert(at, window);
            }
        }
        let moment = &mut self.moments[place];
        for span in self.list.iter_mut().filter(|span| moment.is_in((span.start, span.end))) {
            (span.due, span.unseen) = (true, true);
        }
        &mut moment.value
    }
}

/// The value of a window: its records in order of time.
pub(super) fn held<A: Clone>(moments: &[Held<A>], span: (i64, i64), initial: &A, join: &dyn Fn(&mut A, A)) -> A {
    let mut held = moments.iter().filter(|held| held.is_in(span)).map(|held| held.value.clone());
    let Some(mut value) = held.next() else { return initial.clone() };
    held.for_each(|later| join(&mut value, later));
    value
}
