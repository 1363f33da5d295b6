//! The rows of a join in a range of shards.

use super::bound::Reach;
use super::kind::Kind;
use super::rule::{Closed, Hand, Rule};
use super::side::{Held, Side};
use super::slot::{Pair, Shard};
use crate::window::EventStamp;
use crate::window::grid::Grid;

/// What a batch gives in a range of shards.
pub struct Rows<'r, K, L, R, J> {
    pub(crate) shards: &'r [Shard<K, L, R>],
    pub(crate) kind: &'r J,
    pub(crate) rule: Rule,
    pub(crate) lateness: i64,
    pub(crate) closed: Closed,
    pub(crate) closing: Closed,
}

impl<K, L, R, J: Kind<L, R>> Rows<'_, K, L, R, J> {
    /// Calls `each` with every row and its time.
    #[inline]
    pub fn each(self, mut each: impl FnMut(J::Out, EventStamp)) {
        let mut closing = vec![];
        for shard in self.shards {
            for number in &shard.work {
                let pair = &shard.pairs[*number as usize];
                match self.rule {
                    Rule::Within(reach, _) => {
                        self.pairs(pair, reach, &mut each);
                        self.unmatched(&pair.left, Hand::Left, |item| self.kind.left(item), &mut each);
                        self.unmatched(&pair.right, Hand::Right, |item| self.kind.right(item), &mut each);
                    }
                    Rule::Window(grid) => self.windows(pair, grid, &mut closing, &mut each),
                    Rule::AsOf => {}
                }
            }
        }
    }

    /// Each new left record with all that it meets, then each new right one with what was kept of the left.
    fn pairs(&self, pair: &Pair<L, R>, reach: Reach, each: &mut impl FnMut(J::Out, EventStamp)) {
        // two records meet in the batch of the later one; what both had reached is what a window downstream judges the row by
        let mut meet = |left: &Held<L>, right: &Held<R>| {
            if !reach.both_open(left.judged(), right.judged()) {
                return;
            }
            let reached = left.reached.max(right.reached).saturating_add(self.lateness);
            let stamp = EventStamp { time: left.time.max(right.time), watermark: reached };
            each(self.kind.both(&left.item, &right.item), stamp);
        };
        for left in pair.left.new_records() {
            pair.right.between(reach.around(left.time)).for_each(|right| meet(left, right));
        }
        for right in pair.right.new_records() {
            let (first, last) = reach.mirrored().around(right.time);
            let kept = pair.left.kept();
            kept[super::side::places(kept, first, last)].iter().for_each(|left| meet(left, right));
        }
    }

    /// Records that met none and can meet none any more.
    fn unmatched<T>(
        &self,
        side: &Side<T>,
        hand: Hand,
        row: impl Fn(&T) -> Option<J::Out>,
        each: &mut impl FnMut(J::Out, EventStamp),
    ) {
        if !(if hand == Hand::Left { J::LEFT } else { J::RIGHT }) {
            return;
        }
        let due = |held: &Held<T>| self.rule.due(hand, held, Closed::NOTHING).filter(|due| self.closing.is_past(*due));
        for side in [side.kept(), side.new_records()] {
            // the oldest are due first
            for (held, due) in side.iter().map_while(|held| Some((held, due(held)?))).filter(|(held, _)| !held.matched)
            {
                // the watermark that it has waited for: the same however the input was cut
                let stamp = EventStamp { time: held.time, watermark: due.saturating_add(self.lateness) };
                if let Some(row) = row(&held.item) {
                    each(row, stamp);
                }
            }
        }
    }

    /// The windows of a key that close in this batch, in order. `closing` is room for them.
    fn windows(
        &self,
        pair: &Pair<L, R>,
        grid: Grid,
        closing: &mut Vec<i64>,
        each: &mut impl FnMut(J::Out, EventStamp),
    ) {
        // what meets nothing gives rows in outer joins alone
        if (pair.left.is_empty() && !J::RIGHT) || (pair.right.is_empty() && !J::LEFT) {
            return;
        }
        closing.clear();
        let mut add = |time: i64, reached: i64| {
            let open = grid.windows(time).filter(|window| grid.end(*window) > reached.max(self.closed.watermark));
            closing.extend(open.take_while(|window| grid.end(*window) <= self.closing.watermark));
        };
        pair.left.all().for_each(|held| add(held.time, held.reached));
        pair.right.all().for_each(|held| add(held.time, held.reached));
        closing.sort_unstable();
        closing.dedup();
        for window in closing.iter().copied() {
            let (start, end, last) = (grid.start(window), grid.end(window), grid.last(window));
            let stamp = EventStamp { time: last, watermark: last };
            let lefts = || pair.left.between((start, last)).filter(|held| held.reached < end);
            let rights = || pair.right.between((start, last)).filter(|held| held.reached < end);
            for left in lefts() {
                rights().for_each(|right| each(self.kind.both(&left.item, &right.item), stamp));
            }
            if rights().next().is_none() {
                lefts().filter_map(|left| self.kind.left(&left.item)).for_each(|row| each(row, stamp));
            }
            if lefts().next().is_none() {
                rights().filter_map(|right| self.kind.right(&right.item)).for_each(|row| each(row, stamp));
            }
        }
    }
}
