//! Windows that are kept one by one, a list a key: sessions, days of a time zone, windows aligned to records, windows of the user's own.

mod bucket;
mod moments;
mod rows;
mod run;
mod save;
mod shard;
mod slot;

pub use run::SpanRun;
pub use slot::SpanSlot;

use super::Stamp;
use crate::Error;

/// Says which windows a record belongs to.
pub trait Assigner<T, S: Stamp> {
    /// What travels with the record: its stamp, and what only the record itself can say.
    type Mark: Send;
    /// Do windows that meet become one?
    const SESSIONS: bool;
    /// Why two values must become one, in the words of the refusal of an aggregate that does not say how.
    const JOINS: Option<&'static str> = if Self::SESSIONS {
        Some("sessions that meet become one: say how their values do, `fold(.., merge = |a, b| ..)`")
    } else {
        None
    };
    /// Do windows begin and end with records? A record then says the last window that it may be in, the one that begins with it.
    const ALIGNED: bool = false;
    /// Do windows follow those that the key has open?
    const FOLLOWS: bool = false;

    /// What is wrong with the window, as far as its type allows it. `purge`: it is to begin anew each time it was shown.
    fn check(&self, purge: bool) -> Result<(), Error> {
        let _ = purge;
        Ok(())
    }
    /// Where the record is at hand.
    fn mark(&self, item: &T, stamp: S, now: i64) -> Self::Mark;
    /// The stamp of a mark.
    fn stamp(mark: &Self::Mark) -> S;
    /// Start and end of each window of the record. A record of a session has one that ends behind its start. Only one whose windows the user names may be in none: it
    /// is not late.
    fn spans(&self, mark: &Self::Mark, now: i64, each: impl FnMut(i64, i64));
    /// The same, where the key has windows open, of which the earliest begins there.
    fn following(&self, earliest: i64, mark: &Self::Mark, now: i64, each: impl FnMut(i64, i64)) {
        let _ = earliest;
        self.spans(mark, now, each);
    }
    /// Do two windows meet that touch, one beginning where the other ends?
    fn touching(&self) -> bool {
        false
    }
    /// As plans show it.
    fn name(&self) -> String;
}
