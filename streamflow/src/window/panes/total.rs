//! The panes of a sliding window added up, and carried on to the next window.

use crate::flow::aggregate::Aggregate;
use crate::state::State;
use crate::state::column::{Column, for_each_bit};
use crate::window::frames::{Frames, Held};
use std::ops::RangeInclusive;

/// What the panes of a window add up to, by number. The next window takes out those that leave and takes in those that enter.
///
/// A pane that a closed window holds does not change any more, so what is taken out is what was taken in. The total holds nothing
/// that panes do not hold: when a batch is taken back it is emptied, and the next window adds up its panes anew.
pub(super) struct Total<A> {
    values: Vec<A>,
    /// In how many of the panes a number has a value. In none: its value is the initial one, whatever taking out would leave.
    panes: Vec<u32>,
    /// Is it in any? A bit a number.
    live: Vec<u64>,
    /// The panes that are in it.
    span: Option<RangeInclusive<i64>>,
}

impl<A> Total<A> {
    pub const fn new() -> Self {
        Total { values: vec![], panes: vec![], live: vec![], span: None }
    }

    /// Empties it, keeping its memory.
    pub fn reset(&mut self, initial: impl Fn() -> A) {
        self.span = None;
        for (word, bits) in self.live.iter_mut().enumerate() {
            for_each_bit(word * 64, std::mem::take(bits), |number| {
                self.values[number as usize] = initial();
                self.panes[number as usize] = 0;
            });
        }
    }

    /// The total of a number that has a value in any of the panes.
    #[inline(always)]
    pub fn value(&self, number: u32) -> Option<&A> {
        let live = self.live.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1);
        live.then(|| &self.values[number as usize])
    }

    /// The numbers that have a value, a bit each.
    pub fn live(&self) -> &[u64] {
        &self.live
    }

    pub fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<A>() + self.panes.capacity() * 4 + self.live.capacity() * 8
    }
}

impl<A: State> Total<A> {
    /// Makes it the total of these panes. Where the window before was not shown, none of its panes had a record, and they are added
    /// up from the first.
    pub fn enter<T, G>(&mut self, frames: &Frames<A>, panes: RangeInclusive<i64>, aggregate: &G)
    where
        G: Aggregate<T, Acc = A>,
    {
        let from = match &self.span {
            Some(span) if span.start() == panes.start() => span.end().checked_add(1),
            _ => {
                self.reset(|| aggregate.initial());
                Some(*panes.start())
            }
        };
        if let Some(from) = from {
            let entering = frames.range(from..=*panes.end());
            entering.for_each(|pane| self.take_in::<T, G>(pane.column(), aggregate));
        }
        self.span = Some(panes);
    }

    /// Takes out the panes that the next window does not hold, as long as they are there; `None`: there is no next one.
    pub fn leave<T, G>(&mut self, frames: &Frames<A>, next: Option<RangeInclusive<i64>>, aggregate: &G)
    where
        G: Aggregate<T, Acc = A>,
    {
        let (Some(span), Some(next)) = (self.span.take(), next) else {
            return self.reset(|| aggregate.initial());
        };
        let leaving = frames.range(span.clone()).take_while(|pane: &Held<'_, A>| pane.index() < *next.start());
        leaving.for_each(|pane| self.take_out::<T, G>(pane.column(), aggregate));
        self.span = Some(*next.start()..=*span.end());
    }

    fn take_in<T, G>(&mut self, column: &Column<A>, aggregate: &G)
    where
        G: Aggregate<T, Acc = A>,
    {
        let words = column.live().len();
        if self.live.len() < words {
            self.values.resize_with(words * 64, || aggregate.initial());
            self.panes.resize(words * 64, 0);
            self.live.resize(words, 0);
        }
        for (word, bits) in column.live().iter().enumerate() {
            // before the values: merging may be the user's, and a panic must leave nothing that a reset does not find
            self.live[word] |= bits;
            for_each_bit(word * 64, *bits, |number| {
                let (panes, value) = (&mut self.panes[number as usize], &mut self.values[number as usize]);
                *panes += 1;
                if *panes == 1 {
                    *value = column.value(number).clone();
                } else {
                    aggregate.merge(value, column.value(number));
                }
            });
        }
    }

    fn take_out<T, G>(&mut self, column: &Column<A>, aggregate: &G)
    where
        G: Aggregate<T, Acc = A>,
    {
        for (word, bits) in column.live().iter().enumerate() {
            let mut gone = 0;
            for_each_bit(word * 64, *bits, |number| {
                let (panes, value) = (&mut self.panes[number as usize], &mut self.values[number as usize]);
                *panes -= 1;
                if *panes == 0 {
                    *value = aggregate.initial();
                    gone |= 1 << (number % 64);
                } else {
                    aggregate.invert(value, column.value(number));
                }
            });
            self.live[word] &= !gone;
        }
    }
}
