//! One aggregate over windows that are kept one by one, during one batch.

use super::Assigner;
use super::bucket::{SpanBucket, SpanBuckets};
use super::rows::SpanRows;
use super::shard::{Moment, Shard, Span, Spans, Values};
use super::slot::{Known, SpanSlot};
use crate::flow::aggregate::Aggregate;
use crate::job::turn::{ChunkInfo, Failure, Isolation, Parts, Stamped, Tracker, Turn, chunks};
use crate::state::exchange::{Buckets, Entry, lanes_on};
use crate::state::interner::BLOCK;
use crate::state::numbered::intern;
use crate::state::save::Codec;
use crate::state::{Probe, State, StoredKey};
use crate::window::clock::ClockKind;
use crate::window::late::{KeepLate, LateRecords};
use crate::window::options::{Emit, Options};
use crate::window::{Clock, Stamp, micros};
use std::marker::PhantomData;

/// Rows of one task.
const ROWS: usize = 1024;

pub struct SpanRun<'s, K, P, T, C: Clock, W: Assigner<T, C::Stamp>, G: Aggregate<T>, L: KeepLate<T>> {
    slot: &'s mut SpanSlot<K, G::Acc>,
    fold: Fold<'s, W, G>,
    buckets: Buckets<P, (G::Carry, W::Mark, L::Copied)>,
    keep: L,
    parts: Parts<P, (G::Carry, W::Mark, L::Copied)>,
    late: LateRecords<L::Copied, C::Stamp>,
    /// End, shard and place of each row.
    order: Vec<(i64, usize, usize)>,
    clock: PhantomData<fn() -> C>,
}

struct Fold<'s, W, G> {
    aggregate: &'s G,
    assigner: &'s W,
    options: Options,
    /// Do windows that meet become one, also where they only touch?
    sessions: bool,
    touching: bool,
    /// Do windows begin and end with records?
    aligned: bool,
    now: i64,
    closed: i64,
    isolation: Isolation,
    stage: u32,
}

impl<'s, K, P, T, C, W, G, L> SpanRun<'s, K, P, T, C, W, G, L>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    C: Clock,
    W: Assigner<T, C::Stamp>,
    G: Aggregate<T>,
    L: KeepLate<T>,
{
    pub(crate) fn open(
        slot: &'s mut SpanSlot<K, G::Acc>,
        assigner: &'s W,
        options: Options,
        keep: L,
        aggregate: &'s G,
        turn: &Turn<'_>,
        stage: u32,
    ) -> Result<Self, Failure> {
        const {
            if let (Some(why), false) = (W::JOINS, G::JOINS) {
                panic!("{}", why);
            }
        }
        assigner.check(options.purge)?;
        if slot.known.is_none() {
            slot.shards = (0..lanes_on(turn.threads())).map(|_| Shard::of(turn.seed())).collect();
            // early rows come an interval behind the start of the job
            slot.early = Some(turn.now());
            let clock = if C::KIND == ClockKind::Event { "event time" } else { "the batch clock" };
            let shape = format!("{} -> {} in {}, {clock}", K::shape(), G::Acc::shape(), assigner.name());
            slot.known = Some(Known {
                rollback: Shard::rollback,
                commit: Shard::commit,
                set_timers: Shard::set_timers,
                codec: Codec::OF,
                seed: turn.seed(),
                shape,
                options,
                clock: C::KIND,
            });
        }
        let (sessions, touching, aligned) = (W::SESSIONS, assigner.touching(), W::ALIGNED);
        let (now, closed) = (turn.now(), slot.closed);
        let isolation = Isolation::new(turn, stage);
        let fold = Fold { aggregate, assigner, options, sessions, touching, aligned, now, closed, isolation, stage };
        let buckets = Buckets::new(turn.threads(), turn.seed(), false, &slot.spare);
        let late = LateRecords::new();
        Ok(SpanRun { slot, fold, buckets, keep, parts: Parts::default(), late, order: vec![], clock: PhantomData })
    }

    pub fn buckets(&self) -> SpanBuckets<'s, P, G::Carry, W::Mark, W, C::Stamp, L, L::Copied> {
        let Fold { assigner, now, .. } = self.fold;
        SpanBuckets { buckets: self.buckets.clone(), assigner, now, keep: self.keep, stamp: PhantomData }
    }

    /// Takes the records of a chunk, in chunk order. One lane: folds them at once.
    pub fn absorb(
        &mut self,
        turn: &Turn<'_>,
        chunk: ChunkInfo,
        filled: SpanBucket<'s, P, G::Carry, W::Mark, W, C::Stamp, L, L::Copied>,
    ) -> Result<(), Failure> {
        let mut bucket = filled.bucket;
        if self.buckets.lanes() > 1 {
            return if self.parts.push(turn, chunk, bucket) { self.wave(turn) } else { Ok(()) };
        }
        let (shard, fold, late, place) =
            (&mut self.slot.shards[0], &self.fold, &self.late, (self.parts.place(), chunk));
        let done = Failure::catch(chunk, || fold.lane::<K, P, T, C, L>(shard, place, bucket.lane(0), late));
        self.buckets.give_back(bucket);
        done
    }

    /// Folds what has been taken so far: one task a lane.
    fn wave(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let (fold, late) = (&self.fold, &self.late);
        self.parts.fold(turn, (fold.stage, &self.buckets), &mut self.slot.shards, &|shards, _, chunk, entries| {
            fold.lane::<K, P, T, C, L>(&mut shards[0], chunk, entries, late);
        })
    }

    /// Folds what is left; then decides which windows are shown and which are over.
    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        let watermark = match (C::KIND, turn.input_ended()) {
            (_, true) => i64::MAX,
            (ClockKind::Event, false) => watermark,
            (ClockKind::Processing | ClockKind::Batches, false) => self.fold.now,
        };
        self.wave(turn)?;
        self.fold.isolation.tell(turn);
        let options = self.fold.options;
        let slot = &mut *self.slot;
        slot.late_now = self.late.count();
        slot.closing = slot.closed.max(watermark);
        slot.early_now = match options.emit {
            Emit::Early(every) => {
                let due = |shown: i64| turn.now().saturating_sub(shown) >= micros(every);
                slot.early.is_none_or(due).then(|| turn.now())
            }
            Emit::Final | Emit::Changes => None,
        };
        let moment = Moment { options, closing: slot.closing, early: slot.early_now.is_some() };
        let (aggregate, initial) = (self.fold.aggregate, self.fold.aggregate.initial());
        let join = |into: &mut G::Acc, from: G::Acc| aggregate.join(into, from);
        let values = Values { initial: &initial, join: self.fold.aligned.then_some(&join as _) };
        let (shards, order) = (&mut slot.shards, &mut self.order);
        Failure::catch(ChunkInfo::RESULT, || {
            let tracker = Tracker::at(self.fold.stage);
            for (index, shard) in shards.iter_mut().enumerate() {
                shard.settle(&moment, &values);
                order.extend(shard.shown.iter().enumerate().map(|(place, shown)| (shown.end, index, place)));
            }
            tracker.finish();
        })?;
        self.order.sort_unstable();
        Ok(())
    }

    /// Rows in order of window ends, then shards.
    pub fn rows<'r, X>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> X,
        task: impl Fn(SpanRows<'r, K, T, C::Stamp, G>, X) -> (X, u64),
        absorb: impl FnMut(ChunkInfo, X) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let parts: Vec<&[(i64, usize, usize)]> = self.order.chunks(ROWS).collect();
        let task = |unit: usize, leaf| {
            let Fold { aggregate, closed, .. } = self.fold;
            task(
                SpanRows { shards: &self.slot.shards, order: parts[unit], closed, aggregate, stamp: PhantomData },
                leaf,
            )
        };
        chunks(turn, parts.len(), None, make, task, absorb)
    }

    /// The records that were late for all their windows, in source order.
    pub fn late<X>(
        &self,
        turn: &Turn<'_>,
        _: &impl Fn(u32, u32) -> String,
        make: impl FnMut() -> X,
        task: impl Fn(Stamped<Vec<(T, C::Stamp)>>, X) -> (X, u64),
        absorb: impl FnMut(ChunkInfo, X) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.late.rows::<T, L, X>(turn, make, task, absorb)
    }
}

impl<W, G> Fold<'_, W, G> {
    fn lane<K, P, T, C, L>(
        &self,
        shard: &mut Shard<K, G::Acc>,
        (place, chunk): (usize, ChunkInfo),
        entries: &mut Vec<Entry<P, (G::Carry, W::Mark, L::Copied)>>,
        late: &LateRecords<L::Copied, C::Stamp>,
    ) where
        K: StoredKey,
        P: Probe<Owned = K>,
        C: Clock,
        W: Assigner<T, C::Stamp>,
        G: Aggregate<T>,
        L: KeepLate<T>,
    {
        let reached = C::KIND.reached(&chunk, self.closed);
        let (mut too_late, mut aside) = (0, vec![]);
        let mut tracker = Tracker::at(self.stage);
        let mut spans: Vec<(i64, i64)> = vec![];
        let mut numbers = [0u32; BLOCK];
        let mut entries = entries.drain(..);
        while !entries.as_slice().is_empty() {
            let block = &entries.as_slice()[..entries.len().min(BLOCK)];
            let numbers = &mut numbers[..block.len()];
            intern(std::slice::from_mut(shard), |_| 0, block, numbers);
            shard.spans.fit(shard.keys.numbers(), Shard::<K, G::Acc>::none);
            for number in &*numbers {
                // the block is as long as the numbers, so the iterator has an entry for each
                let Some(Entry { carry: (carry, mark, copied), .. }) = entries.next() else { break };
                let (number, record) = (*number, G::place(&carry));
                tracker.record(record);
                let reached = reached.max(W::stamp(&mark).watermark());
                let isolated = G::UNDO && self.isolation.isolates(record);
                spans.clear();
                let add = |start, end| spans.push((start, end));
                match W::FOLLOWS.then(|| self.earliest(shard, number, reached)).flatten() {
                    Some(earliest) => self.assigner.following(earliest, &mark, self.now, add),
                    None => self.assigner.spans(&mark, self.now, add),
                }
                if self.sessions
                    && !isolated
                    && let [span] = spans[..]
                    && self.is_in_the_only_one(&shard.spans.value(number).list, span, reached)
                {
                    self.grow(shard.spans.save(number), span, carry);
                    continue;
                }
                let nowhere = spans.is_empty();
                if self.sessions {
                    self.admit(shard, number, &mut spans, reached);
                } else {
                    // one that the last moment there is cuts off at its start holds nothing any more
                    spans.retain(|span| span.0 < span.1 && self.options.expiry(span.1) > reached);
                }
                if spans.is_empty() {
                    too_late += u64::from(!nowhere);
                    if L::KEEPS && !nowhere {
                        aside.push((place, copied, W::stamp(&mark).after(reached)));
                    }
                    continue;
                }
                let step = |of_key: &mut Spans<G::Acc>| self.windows(of_key, &spans, carry, reached);
                if isolated {
                    shard.spans.attempt(number, |of_key| self.isolation.attempt(chunk, record, || step(of_key)));
                } else {
                    step(shard.spans.save(number));
                }
            }
        }
        tracker.finish();
        late.add(too_late, aside);
    }

    /// Is a session still there for a record whose partition has come so far? What has closed for it stays closed, also where
    /// the state does not know yet: else the cut into batches would show.
    fn lives<A>(&self, span: &Span<A>, reached: i64) -> bool {
        self.options.expiry(span.end) > reached
    }

    /// Where the earliest window begins that a key has open, for a record whose partition has come so far.
    fn earliest<K, A>(&self, shard: &Shard<K, A>, number: u32, reached: i64) -> Option<i64> {
        let mut list = shard.spans.value(number).list.iter();
        list.find(|span| self.lives(span, reached)).map(|span| span.start)
    }

    /// A session is late if it is so with all that it meets.
    fn admit<K, A>(&self, shard: &Shard<K, A>, number: u32, spans: &mut Vec<(i64, i64)>, reached: i64) {
        spans.retain(|(start, end)| {
            let list = &shard.spans.value(number).list;
            let meets = |span: &Span<A>| self.meets((*start, *end), (span.start, span.end));
            self.options.expiry(*end) > reached || list.iter().any(|span| self.lives(span, reached) && meets(span))
        });
    }

    fn meets(&self, a: (i64, i64), b: (i64, i64)) -> bool {
        if self.touching { a.0 <= b.1 && b.0 <= a.1 } else { a.0 < b.1 && b.0 < a.1 }
    }

    /// Does a key have one session, and does the record belong to it? So it is with nearly all records.
    #[inline(always)]
    fn is_in_the_only_one<A>(&self, list: &[Span<A>], span: (i64, i64), reached: i64) -> bool {
        matches!(list, [only] if self.lives(only, reached) && self.meets(span, (only.start, only.end)))
    }

    /// Folds a record into the only session of its key.
    #[inline(always)]
    fn grow<T>(&self, of_key: &mut Spans<G::Acc>, (start, end): (i64, i64), carry: G::Carry)
    where
        G: Aggregate<T>,
    {
        if let [only] = &mut *of_key.list {
            (only.start, only.end) = (only.start.min(start), only.end.max(end));
            (only.due, only.unseen) = (true, true);
            self.aggregate.step(&mut only.value, carry);
        }
    }

    /// Folds a record into its windows, of which there is at least one.
    fn windows<T>(&self, of_key: &mut Spans<G::Acc>, spans: &[(i64, i64)], carry: G::Carry, reached: i64)
    where
        G: Aggregate<T>,
    {
        let Some((last, others)) = spans.split_last() else { return };
        for span in others {
            let copy = self.aggregate.copy(&carry);
            self.step(of_key, *span, copy, reached);
        }
        self.step(of_key, *last, carry, reached);
    }

    /// Folds a record into its window; of a session, into all that it meets, which become one.
    fn step<T>(&self, spans: &mut Spans<G::Acc>, span: (i64, i64), carry: G::Carry, reached: i64)
    where
        G: Aggregate<T>,
    {
        if self.aligned {
            let value = spans.align(span, reached, self.options, || self.aggregate.initial());
            return self.aggregate.step(value, carry);
        }
        let list = &mut spans.list;
        let (mut start, mut end) = span;
        let mut into: Option<usize> = None;
        if self.sessions {
            let mut at = 0;
            while at < list.len() {
                let other = &list[at];
                let meets = into != Some(at)
                    && self.lives(other, reached)
                    && self.meets((start, end), (other.start, other.end));
                if !meets {
                    at += 1;
                    continue;
                }
                (start, end) = (start.min(other.start), end.max(other.end));
                match into {
                    None => into = Some(at),
                    Some(first) => {
                        // the one that began earlier takes the other in; the list is sorted by start
                        let (low, high) = (first.min(at), first.max(at));
                        let taken = list.remove(high);
                        self.aggregate.join(&mut list[low].value, taken.value);
                        into = Some(low);
                    }
                }
                // what is wider now may meet those that were passed over
                at = 0;
            }
        } else {
            into = list.iter().position(|other| (other.start, other.end) == span);
        }
        let at = into.unwrap_or_else(|| {
            let at = list.partition_point(|other| (other.start, other.end) < (start, end));
            let value = self.aggregate.initial();
            list.insert(at, Span { start, end, value, due: true, unseen: true });
            at
        });
        let window = &mut list[at];
        (window.start, window.end, window.due, window.unseen) = (start, end, true, true);
        self.aggregate.step(&mut window.value, carry);
    }
}
