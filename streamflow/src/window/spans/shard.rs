//! The windows of the keys of one lane.

use super::moments::{Held, held};
use crate::State;
use crate::state::StoredKey;
use crate::state::column::Column;
use crate::state::few::Few;
use crate::state::interner::Interner;
use crate::state::numbered::Numbered;
use crate::window::options::{Emit, Options};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One window of a key.
#[derive(Clone, Debug, PartialEq, State)]
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
#[derive(Clone, Debug, PartialEq, State)]
pub(crate) struct Spans<A> {
    pub list: Few<Span<A>>,
    /// What the windows hold, where those that overlap share it.
    pub moments: Vec<Held<A>>,
    /// When the key is looked at again: one timer of the shard has this time, and others of the key are stale.
    timer: Option<i64>,
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

/// Where the values of windows come from.
pub(crate) struct Values<'v, A> {
    pub initial: &'v A,
    /// How the moments of a window become its value, where it has none of its own.
    pub join: Option<&'v dyn Fn(&mut A, A)>,
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

impl<A> Spans<A> {
    /// Is nothing to be done about windows that are shown at their close alone? All of them end with the timer or behind it, which is
    /// still to come: most keys of a batch are looked at no further.
    fn stays(&self, closing: i64) -> bool {
        let behind = |timer: i64| timer > closing && self.list.iter().all(|span| span.end >= timer);
        self.moments.is_empty() && !self.list.is_empty() && self.timer.is_some_and(behind)
    }
}

impl<K: StoredKey, A> Numbered for Shard<K, A> {
    type Key = K;

    #[inline(always)]
    fn keys(&self) -> &Interner<K> {
        &self.keys
    }
    #[inline(always)]
    fn keys_mut(&mut self) -> &mut Interner<K> {
        &mut self.keys
    }
    #[inline(always)]
    fn touch(&self, number: u32) {
        self.spans.touch(number);
    }
}

impl<K, A> Shard<K, A> {
    pub fn of(seed: u64) -> Self {
        Shard {
            keys: Interner::seeded(seed),
            spans: Column::new(),
            timers: BinaryHeap::new(),
            taken: vec![],
            emptied: vec![],
            shown: vec![],
        }
    }

    /// No windows.
    pub fn none() -> Spans<A> {
        Spans { list: Few::EMPTY, moments: vec![], timer: None }
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
        self.live(|number| {
            let Spans { list, moments, .. } = self.spans.value(number);
            spans += list.bytes() + moments.capacity() * size_of::<Held<A>>();
        });
        self.keys.bytes() + self.spans.bytes() + timers + spans
    }
}

impl<K: StoredKey, A: Clone> Shard<K, A> {
    /// Shows and drops what the watermark has reached, and what else is to be shown in this batch.
    pub fn settle(&mut self, moment: &Moment, values: &Values<'_, A>) {
        let mut numbers = vec![];
        let stays = |number| moment.options.emit == Emit::Final && self.spans.value(number).stays(moment.closing);
        self.spans.changed(|number| {
            if !stays(number) {
                numbers.push(number);
            }
        });
        while let Some(Reverse((time, number))) =
            self.timers.peek().copied().filter(|timer| timer.0.0 <= moment.closing)
        {
            self.timers.pop();
            self.taken.push((time, number));
            if self.spans.is_live(number) && self.spans.value(number).timer == Some(time) {
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
            self.settle_key(number, moment, values);
        }
    }

    fn settle_key(&mut self, number: u32, moment: &Moment, values: &Values<'_, A>) {
        let Moment { options, closing, early } = moment;
        let Spans { list, moments, timer } = self.spans.save(number);
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
                let value = match values.join {
                    Some(join) => held(moments, (span.start, span.end), values.initial, join),
                    None if stays && !options.purge => span.value.clone(),
                    None => std::mem::replace(&mut span.value, values.initial.clone()),
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
        moments.retain(|held| options.expiry(held.end) > *closing);
        if list.is_empty() {
            *timer = None;
            self.emptied.push(number);
        } else if timer.is_none_or(|timer| next < timer || timer <= *closing) {
            *timer = Some(next);
            self.timers.push(Reverse((next, number)));
        }
    }

    /// Takes windows of a key out of a checkpoint, or that it has none any more.
    pub fn restore(&mut self, key: K, spans: Option<Spans<A>>) {
        match spans {
            Some(spans) => {
                let number = self.keys.put(key);
                self.spans.fit(self.keys.numbers(), Self::none);
                self.spans.restore(number, spans);
            }
            None => {
                if let Some(number) = self.keys.number_of(&key) {
                    self.spans.remove(number, Self::none);
                }
            }
        }
    }

    /// Sets the timers of all keys, which are not stored by themselves.
    pub fn set_timers(&mut self) {
        let mut timers = vec![];
        self.live(|number| timers.extend(self.spans.value(number).timer.map(|time| Reverse((time, number)))));
        self.timers = timers.into();
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

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: Values<'_, u64> = Values { initial: &0, join: None };

    fn moment(closing: i64, options: Options) -> Moment {
        Moment { options, closing, early: false }
    }

    /// A record of a key that opens a window or changes it.
    fn add(shard: &mut Shard<u64, u64>, key: u64, start: i64, end: i64) {
        let number = shard.keys.find_or_insert(crate::state::Probe::hash(&key, 0), &key);
        shard.spans.fit(shard.keys.numbers(), Shard::<u64, u64>::none);
        let list = &mut shard.spans.save(number).list;
        match list.iter_mut().find(|span| (span.start, span.end) == (start, end)) {
            Some(span) => (span.value, span.due, span.unseen) = (span.value + 1, true, true),
            None => list.insert(list.len(), Span { start, end, value: 1, due: true, unseen: true }),
        }
    }

    fn shown(shard: &Shard<u64, u64>) -> Vec<(u64, i64, u64)> {
        shard.shown.iter().map(|shown| (*shard.keys.key(shown.number), shown.end, shown.value)).collect()
    }

    #[test]
    fn what_closes_is_shown_once_and_forgotten() {
        let mut shard = Shard::of(0);
        add(&mut shard, 1, 0, 10);
        add(&mut shard, 1, 20, 30);
        add(&mut shard, 2, 5, 15);
        shard.settle(&moment(9, Options::default()), &ZERO);
        assert!(shown(&shard).is_empty());
        shard.commit();
        assert_eq!(shard.next(), Some(10));
        shard.settle(&moment(15, Options::default()), &ZERO);
        assert_eq!(shown(&shard), [(1, 10, 1), (2, 15, 1)]);
        shard.commit();
        assert_eq!((shard.keys.len(), shard.next()), (1, Some(30)));
        shard.settle(&moment(i64::MAX, Options::default()), &ZERO);
        assert_eq!(shown(&shard), [(1, 30, 1)]);
        shard.commit();
        assert_eq!((shard.keys.len(), shard.next()), (0, None));
    }

    #[test]
    fn a_window_without_end_is_shown_at_the_end_of_the_input() {
        let mut shard = Shard::of(0);
        add(&mut shard, 1, 0, i64::MAX);
        shard.settle(&moment(5, Options::default()), &ZERO);
        shard.commit();
        shard.settle(&moment(i64::MAX, Options::default()), &ZERO);
        assert_eq!(shown(&shard), [(1, i64::MAX, 1)]);
        shard.commit();
        assert_eq!(shard.keys.len(), 0);
    }

    #[test]
    fn a_batch_is_taken_back() {
        let options = Options { lateness: 100, ..Options::default() };
        let mut shard = Shard::of(0);
        add(&mut shard, 1, 0, 10);
        shard.settle(&moment(0, options), &ZERO);
        shard.commit();
        for _ in 0..3 {
            add(&mut shard, 1, 0, 10);
            add(&mut shard, 2, 0, 10);
            shard.settle(&moment(1_000, options), &ZERO);
            assert_eq!(shown(&shard), [(1, 10, 2), (2, 10, 1)]);
            shard.rollback();
            assert_eq!(shard.keys.len(), 1);
        }
        add(&mut shard, 3, 0, 10);
        shard.settle(&moment(10, options), &ZERO);
        assert_eq!(shown(&shard), [(1, 10, 1), (3, 10, 1)], "stale timers show nothing twice");
        shard.commit();
        add(&mut shard, 3, 0, 10);
        shard.settle(&moment(50, options), &ZERO);
        assert_eq!(shown(&shard), [(3, 10, 2)], "late, but not too late");
        shard.commit();
        shard.settle(&moment(110, options), &ZERO);
        assert!(shown(&shard).is_empty(), "the end of the lateness shows nothing");
        shard.commit();
        assert_eq!((shard.keys.len(), shard.spans.live().iter().sum::<u64>()), (0, 0));
    }

    #[test]
    fn early_rows_and_the_final_one() {
        let options = Options { emit: Emit::Early(std::time::Duration::ZERO), ..Options::default() };
        let early = |closing, early| Moment { options, closing, early };
        let mut shard = Shard::of(0);
        add(&mut shard, 1, 0, 10);
        shard.settle(&early(0, false), &ZERO);
        assert!(shown(&shard).is_empty(), "its time has not come");
        shard.commit();
        assert!(shard.has_unseen());
        shard.settle(&early(0, true), &ZERO);
        assert_eq!(shown(&shard), [(1, 10, 1)]);
        shard.commit();
        shard.settle(&early(0, true), &ZERO);
        assert!(shown(&shard).is_empty() && !shard.has_unseen(), "nothing has changed");
        shard.commit();
        shard.settle(&early(10, true), &ZERO);
        assert_eq!(shown(&shard), [(1, 10, 1)], "the final row comes in any case");
    }
}
