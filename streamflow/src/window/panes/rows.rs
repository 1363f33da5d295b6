//! The rows of windows that are shown.

use super::slot::Shard;
use super::total::Total;
use crate::Windowed;
use crate::flow::aggregate::Aggregate;
use crate::state::StoredKey;
use crate::state::column::for_each_bit;
use crate::window::frames::{Held, Which};
use crate::window::grid::Grid;
use crate::window::{Stamp, Timestamp};
use std::marker::PhantomData;

/// A window that is shown in this batch.
#[derive(Clone, Copy)]
pub(super) struct Showing {
    pub window: i64,
    pub start: i64,
    pub end: i64,
    pub part: Which,
}

/// One window that is shown, in a lane.
pub struct Closed<'r, K, T, S, G: Aggregate<T>> {
    pub(super) shard: &'r Shard<K, G::Acc>,
    /// The only key of the stream, if it belongs to this lane and a window without records is shown.
    pub(super) only: Option<&'r K>,
    pub(super) keep_empty: bool,
    /// Are the panes that have left taken out of the total of the window before?
    pub(super) inverts: bool,
    pub(super) grid: Grid,
    pub(super) showing: Showing,
    pub(super) closed: i64,
    pub(super) aggregate: &'r G,
    pub(super) stamp: PhantomData<fn() -> S>,
}

impl<'r, K: StoredKey, T, S: Stamp, G: Aggregate<T>> Closed<'r, K, T, S, G> {
    /// Calls `each` with every row. Its time is the last moment of the window.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Windowed<K::Ref<'r>, G::Out>, S)) {
        let Showing { window, start, end, part } = self.showing;
        let stamp = S::of(end.saturating_sub(1), self.closed);
        let (start, end) = (Timestamp::from_micros(start), Timestamp::from_micros(end));
        let mut frames: Vec<Held<'_, G::Acc>> = vec![];
        let mut only = self.only;
        let shard = self.shard;
        let mut total = (G::INVERTS && self.inverts).then(|| shard.total());
        match &mut total {
            Some(total) => total.enter::<T, G>(&shard.panes, self.grid.panes_of(window), self.aggregate),
            None => frames.extend(shard.panes.range(self.grid.panes_of(window))),
        }
        frames.extend(shard.windows.get(window));
        let mut words = frames.iter().map(Held::words).max().unwrap_or(0);
        let live = total.as_deref().map_or(&[][..], Total::live);
        words = words.max(live.len());
        if self.keep_empty {
            words = words.max(shard.keys.alive().len());
        }
        for word in 0..words {
            let held = live.get(word).copied().unwrap_or(0);
            let mut held = frames.iter().fold(held, |held, frame| held | frame.bits(part, word));
            if self.keep_empty {
                held |= shard.keys.alive().get(word).copied().unwrap_or(0);
            }
            for_each_bit(word * 64, held, |number| {
                let Some(value) = self.value(total.as_deref(), &frames, number) else { return };
                only = None;
                each(Windowed { key: shard.keys.key(number).view(), value, start, end }, stamp);
            });
        }
        if let Some(total) = &mut total {
            let next = window.checked_add(1).map(|next| self.grid.panes_of(next));
            total.leave::<T, G>(&shard.panes, next, self.aggregate);
        }
        if let Some((key, value)) = only.zip(self.aggregate.none()) {
            each(Windowed { key: key.view(), value, start, end }, stamp);
        }
    }

    /// The value of a key; of one that is only kept the identity, if there is one.
    #[inline(always)]
    fn value(&self, total: Option<&Total<G::Acc>>, frames: &[Held<'r, G::Acc>], number: u32) -> Option<G::Out> {
        let total = match (total, frames, self.keep_empty) {
            (None, [frame], false) => return Some(self.aggregate.output(frame.column().value(number))),
            (None, ..) => None,
            (Some(total), ..) => total.value(number),
        };
        let held = frames.iter().map(Held::column).filter(|column| column.is_live(number));
        let mut held = total.into_iter().chain(held.map(|column| column.value(number)));
        let Some(first) = held.next() else { return self.aggregate.identity() };
        let Some(second) = held.next() else { return Some(self.aggregate.output(first)) };
        let mut merged = first.clone();
        self.aggregate.merge(&mut merged, second);
        held.for_each(|value| self.aggregate.merge(&mut merged, value));
        Some(self.aggregate.output(&merged))
    }
}
