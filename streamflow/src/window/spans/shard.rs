//! The windows of the keys of one shard.

use crate::state::StoredKey;
use crate::state::column::Column;
use crate::state::interner::Interner;
use crate::window::options::{Emit, Options};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One window of a key.
#[derive(Clone)]
pub(crate) struct Span<A> {
    pub start: i64,
    pub end: i64,
    pub value: A,
    /// Has changed since it was shown at its close, or behind it.
    pub due: bool,
    /// Has changed since it was last shown at all.
    pub unseen: bool,
}

/// The windows of one key, by start. Few are open at a time.
#[derive(Clone)]
pub(crate) struct Spans<A> {
    pub list: Vec<Span<A>>,
    /// When the key is looked at again: one timer of the shard has this time, and others of the key are stale.
    timer: i64,
}

/// A window that is shown.
pub(crate) struct Shown<A> {
    pub end: i64,
    pub start: i64,
    pub number: u32,
    pub value: A,
}

pub(crate) struct Shard<K, A> {
    pub keys: Interner<K>,
    pub spans: Column<Spans<A>>,
    /// Moments of the watermark at which a key is looked at. Those that are stale are passed over.
    timers: BinaryHeap<Reverse<(i64, u32)>>,
    /// Timers that this batch has taken.
    taken: Vec<(i64, u32)>,
    /// Keys that this batch has left without windows.
    emptied: Vec<u32>,
    pub shown: Vec<Shown<A>>,
}

/// What a batch decides.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub options: Options,
    /// The watermark behind this batch.
    pub closing: i64,
    /// Open windows are shown now.
    pub early: bool,
}

impl<K, A> Shard<K, A> {
    pub fn new() -> Self {
        Shard {
            keys: Interner::new(),
            spans: Column::new(),
            timers: BinaryHeap::new(),
            taken: vec![],
            emptied: vec![],
            shown: vec![],
        }
    }

    /// No windows.
    pub fn none() -> Spans<A> {
        Spans { list: vec![], timer: i64::MAX }
    }

    /// The first moment at which a window of this shard wants to be looked at.
    pub fn next(&self) -> Option<i64> {
        self.timers.peek().map(|timer| timer.0.0)
    }

    pub fn has_unseen(&self) -> bool {
        let mut found = false;
        self.live(|number| found |= self.spans.value(number).list.iter().any(|span| span.unseen));
        found
    }

    fn live(&self, mut each: impl FnMut(u32)) {
        for (word, bits) in self.spans.live().iter().enumerate() {
            crate::state::column::for_each_bit(word * 64, *bits, &mut each);
        }
    }

    pub fn bytes(&self) -> usize {
        let timers = self.timers.capacity() * size_of::<(i64, u32)>();
        let mut spans = 0;
        self.live(|number| spans += self.spans.value(number).list.capacity() * size_of::<Span<A>>());
        self.keys.bytes() + self.spans.bytes() + timers + spans
    }
}

impl<K: StoredKey, A: Clone> Shard<K, A> {
    /// Shows and drops what the watermark has reached, and what else is to be shown in this batch.
    pub fn settle(&mut self, moment: &Moment, initial: &A) {
        let mut numbers = vec![];
        self.spans.changed(|number| numbers.push(number));
        while let Some(Reverse((time, number))) =
            self.timers.peek().copied().filter(|timer| timer.0.0 <= moment.closing)
        {
            self.timers.pop();
            self.taken.push((time, number));
            if self.spans.is_live(number) && self.spans.value(number).timer == time {
                numbers.push(number);
            }
        }
        if moment.early && matches!(moment.options.emit, Emit::Early(_)) {
            let unseen = |number| self.spans.value(number).list.iter().any(|span| span.unseen);
            self.live(|number| numbers.extend(unseen(number).then_some(number)));
        }
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            self.settle_key(number, moment, initial);
        }
    }

    fn settle_key(&mut self, number: u32, moment: &Moment, initial: &A) {
        let Moment { options, closing, early } = moment;
        let Spans { list, timer } = self.spans.save(number);
        let mut next = i64::MAX;
        let shown = &mut self.shown;
        list.retain_mut(|span| {
            let closed = span.end <= *closing;
            let shows = match options.emit {
                Emit::Final => closed && span.due,
                Emit::Changes => span.unseen,
                Emit::Early(_) => (closed && span.due) || (*early && span.unseen),
            };
            let stays = options.expiry(span.end) > *closing && !(closed && shows && options.purge);
            if shows {
                let value = if stays && !options.purge {
                    span.value.clone()
                } else {
                    std::mem::replace(&mut span.value, initial.clone())
                };
                shown.push(Shown { end: span.end, start: span.start, number, value });
                span.unseen = false;
                // an open window that begins anew has nothing to show at its close; others have, whatever was shown before
                span.due &= !closed && !options.purge;
            }
            if stays {
                next = next.min(if closed { options.expiry(span.end) } else { span.end });
            }
            stays
        });
        if list.is_empty() {
            *timer = i64::MAX;
            self.emptied.push(number);
        } else if next < *timer || *timer <= *closing {
            *timer = next;
            self.timers.push(Reverse((next, number)));
        }
    }

    pub fn commit(&mut self) {
        self.spans.commit();
        self.taken.clear();
        self.shown.clear();
        let gone = !self.emptied.is_empty() || !self.keys.born().is_empty();
        for number in self.emptied.drain(..) {
            self.spans.remove(number, Self::none);
        }
        // a key that only a late record brought has no windows
        if gone {
            let live = self.spans.live();
            self.keys.sweep(|word| live.get(word).copied().unwrap_or(0));
        }
        self.keys.commit();
    }

    pub fn rollback(&mut self) {
        self.spans.rollback(Self::none);
        self.timers.extend(self.taken.drain(..).map(Reverse));
        self.emptied.clear();
        self.shown.clear();
        self.keys.rollback();
    }
}
