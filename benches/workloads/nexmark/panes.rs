//! Panes of event time, for hand-written loops: a queue of whatever is kept of each.

use super::events::DISORDER;
use std::collections::VecDeque;
use streamflow::Timestamp;

/// How far event time has come is looked up every so many events.
pub const STEP: usize = 1_024;

pub struct Panes<P> {
    width: i64,
    open: VecDeque<P>,
    /// The number of the first pane that is open.
    first: i64,
    newest: i64,
}

impl<P: Default> Panes<P> {
    /// Panes of whole seconds.
    pub fn of(seconds: i64) -> Self {
        Panes { width: seconds * 1_000_000, open: VecDeque::new(), first: i64::MIN, newest: i64::MIN }
    }

    /// The pane of this time, unless it was closed.
    #[inline]
    pub fn at(&mut self, time: Timestamp) -> Option<&mut P> {
        let micros = time.as_micros();
        if micros > self.newest {
            if self.newest == i64::MIN {
                self.first = (micros - DISORDER.as_micros() as i64).div_euclid(self.width);
            }
            self.newest = micros;
        }
        let pane = usize::try_from(micros.div_euclid(self.width) - self.first).ok()?;
        while self.open.len() <= pane {
            self.open.push_back(P::default());
        }
        self.open.get_mut(pane)
    }

    /// The next pane that time has passed, with its first second.
    pub fn passed(&mut self) -> Option<(Timestamp, P)> {
        let passed = (self.newest - DISORDER.as_micros() as i64).div_euclid(self.width);
        if self.first < passed { self.next() } else { None }
    }

    /// The next pane that is open, when no event will come any more.
    pub fn next(&mut self) -> Option<(Timestamp, P)> {
        let pane = self.open.pop_front()?;
        let start = Timestamp::from_micros(self.first * self.width);
        self.first += 1;
        Some((start, pane))
    }
}
