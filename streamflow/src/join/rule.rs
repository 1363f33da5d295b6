//! When two records of a key meet, and how long they are kept for it.

use super::bound::Reach;
use super::side::Held;
use crate::window::grid::Grid;
use std::fmt;
use std::time::Duration;

/// How long it is remembered that a key was deleted, so that a version from before it does not bring the key back: a day. A version that is
/// later than that is left out.
pub(crate) const REMEMBERED: i64 = 86_400_000_000;

/// How records meet. Watermarks here are less the lateness that the join allows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// By the distance of their times; a pair is there with its second record.
    Within(Reach, Judged),
    /// In one window; its pairs are there when it closes.
    Window(Grid),
    /// The left record and the version of the right side that holds at its time.
    AsOf,
}

/// What is late for a join by distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// A record behind the watermark of its partition.
    PerRecord,
    /// A pair one of whose records came when nothing could meet the other any more; so a record that nothing can meet.
    PerPair,
}

/// How far a join has come: its watermark, less the lateness that it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub watermark: i64,
    /// Nothing comes any more. The watermark alone does not say so: a time or a bound may itself be the last moment there is, and only
    /// the end is behind that.
    pub ended: bool,
}

impl Closed {
    pub const NOTHING: Self = Closed { watermark: i64::MIN, ended: false };

    /// Is it behind the last watermark under which something is open?
    #[inline]
    pub fn is_past(self, last: i64) -> bool {
        self.ended || last < self.watermark
    }

    /// Where a batch takes it.
    pub fn advanced(self, watermark: i64, lateness: i64, ended: bool) -> Self {
        let watermark = if ended { i64::MAX } else { super::run::less(watermark, lateness) };
        Closed { watermark: self.watermark.max(watermark), ended: self.ended || ended }
    }
}

/// Which side of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hand {
    Left,
    Right,
}

/// What becomes of a record that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take,
    Late,
    /// It belongs nowhere: a gap between windows.
    Pass,
}

impl Rule {
    /// Judged by the watermark of the record's own partition, so that the cut into batches does not matter.
    pub fn verdict(&self, hand: Hand, time: i64, reached: i64) -> Verdict {
        match self {
            // a version that is late holds from then on
            Rule::AsOf if hand == Hand::Right => match time < reached.saturating_sub(REMEMBERED) {
                true => Verdict::Late,
                false => Verdict::Take,
            },
            Rule::Within(reach, Judged::PerPair) => match Self::reach(*reach, hand).last(time) < reached {
                true => Verdict::Late,
                false => Verdict::Take,
            },
            Rule::Within(..) | Rule::AsOf if time < reached => Verdict::Late,
            Rule::Within(..) | Rule::AsOf => Verdict::Take,
            Rule::Window(grid) => {
                let windows = grid.windows(time);
                match windows.is_empty() {
                    true => Verdict::Pass,
                    false if grid.end(*windows.end()) <= reached => Verdict::Late,
                    false => Verdict::Take,
                }
            }
        }
    }

    fn reach(reach: Reach, hand: Hand) -> Reach {
        if hand == Hand::Left { reach } else { reach.mirrored() }
    }

    /// The last watermark before something is decided about a record; `None` when all is.
    #[inline]
    pub fn due<T>(&self, hand: Hand, held: &Held<T>, closed: Closed) -> Option<i64> {
        let open = |last: &i64| !closed.is_past(*last);
        match self {
            Rule::Within(reach, _) => Some(Self::reach(*reach, hand).last(held.time)).filter(open),
            // the version before it goes when this one holds for all that is to come
            Rule::AsOf if hand == Hand::Right => {
                Some(held.since()).filter(|since| !closed.ended && *since > closed.watermark)
            }
            Rule::AsOf => Some(held.time).filter(open),
            Rule::Window(grid) => {
                let reached = held.reached.max(closed.watermark);
                let end = grid.windows(held.time).map(|window| grid.end(window)).find(|end| *end > reached)?;
                Some(end - 1).filter(open)
            }
        }
    }
}

/// As plans show it.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Within(reach, judged) => {
                let (before, after) = reach.around(0);
                let side = |micros: i64| {
                    if micros == 0 {
                        return "the left one".to_owned();
                    }
                    let sign = if micros < 0 { "-" } else { "+" };
                    format!("{sign}{:?}", Duration::from_micros(micros.unsigned_abs()))
                };
                write!(f, "right times from {} until {}", side(before), side(after))?;
                match judged {
                    Judged::PerRecord => Ok(()),
                    Judged::PerPair => f.write_str(", late per pair"),
                }
            }
            Rule::Window(grid) => write!(f, "in windows of {grid}"),
            Rule::AsOf => write!(f, "versions as of the left times"),
        }
    }
}
