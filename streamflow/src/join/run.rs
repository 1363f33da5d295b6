//! A join during one batch: takes the records of both sides, decides what is due, gives rows.

use super::bound::Reach;
use super::bucket::{Arrivals, Carry, SideBucket, SideBuckets};
use super::kind::Kind;
use super::rows::Rows;
use super::rule::{Hand, Rule, Verdict};
use super::side::{Held, Idle, Side, places};
use super::slot::{JoinSlot, Pair, Shard};
use crate::job::turn::{Cells, ChunkInfo, Failure, Shared, Turn, chunks};
use crate::state::exchange::Entry;
use crate::state::numbered::confirm;
use crate::state::{Probe, SHARDS, State, StoredKey, shard_of};
use crate::window::{EventStamp, Stamp};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A join during one batch.
pub struct JoinRun<'s, K, P, Q, L, R, J> {
    slot: &'s mut JoinSlot<K, L, R>,
    kind: &'s J,
    rule: Rule,
    lateness: i64,
    left: Arrivals<P, L, EventStamp>,
    right: Arrivals<Q, R, EventStamp>,
    late: AtomicU64,
    stage: u32,
}

impl<'s, K, P: Probe, Q: Probe, L, R, J> JoinRun<'s, K, P, Q, L, R, J> {
    pub(crate) fn new(
        slot: &'s mut JoinSlot<K, L, R>,
        kind: &'s J,
        (rule, lateness): (Rule, i64),
        turn: &Turn<'_>,
        stage: u32,
    ) -> Self {
        let (left, right) = (Arrivals::new(turn, &slot.spare.0), Arrivals::new(turn, &slot.spare.1));
        JoinRun { slot, kind, rule, lateness, left, right, late: AtomicU64::new(0), stage }
    }
}

impl<K, P, Q, L, R, J> JoinRun<'_, K, P, Q, L, R, J>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    Q: Probe<Owned = K>,
    L: State,
    R: State,
    J: Kind<L, R>,
{
    pub fn buckets(&self) -> SideBuckets<P, L, EventStamp> {
        self.left.buckets()
    }

    pub fn buckets_1(&self) -> SideBuckets<Q, R, EventStamp> {
        self.right.buckets()
    }

    pub fn absorb(
        &mut self,
        _: &Turn<'_>,
        chunk: ChunkInfo,
        bucket: SideBucket<P, L, EventStamp>,
    ) -> Result<(), Failure> {
        self.left.absorb(chunk, bucket);
        Ok(())
    }

    pub fn absorb_1(
        &mut self,
        _: &Turn<'_>,
        chunk: ChunkInfo,
        bucket: SideBucket<Q, R, EventStamp>,
    ) -> Result<(), Failure> {
        self.right.absorb(chunk, bucket);
        Ok(())
    }

    /// Puts the records of the batch beside those kept before, then finds out which keys have rows.
    pub fn fold(&mut self, turn: &Turn<'_>, watermark: i64) -> Result<(), Failure> {
        self.slot.know(self.rule, |_| false, turn.seed());
        let gate =
            Gate { rule: self.rule, lateness: self.lateness, closed: self.slot.closed.watermark, late: &self.late };
        let shards = &mut self.slot.shards;
        self.left.fold(turn, shards, self.stage, |shards, first, chunk, entry| {
            gate.admit(shards, first, chunk, entry, Hand::Left, |pair, idle| (&mut pair.left, &mut idle.0));
        })?;
        self.right.fold(turn, shards, self.stage, |shards, first, chunk, entry| {
            gate.admit(shards, first, chunk, entry, Hand::Right, |pair, idle| (&mut pair.right, &mut idle.1));
        })?;
        self.slot.closing = self.slot.closed.advanced(watermark, self.lateness, turn.input_ended());
        self.slot.late_now = self.late.load(Ordering::Relaxed);
        let (closing, rule) = (self.slot.closing, self.rule);
        let marks = J::LEFT || J::RIGHT;
        each_shard(turn, self.left.lanes(), &mut self.slot.shards, |shard| {
            let Shard { pairs, work, matched, .. } = shard;
            for number in work.iter() {
                let pair = &mut pairs[*number as usize];
                pair.left.sort();
                pair.right.sort();
                if let Rule::Within(reach, _) = rule
                    && marks
                {
                    mark(pair, *number, reach, matched);
                }
            }
            shard.add_due(closing);
        });
        Ok(())
    }

    /// One task a range of shards: keys with new records in order of arrival, then those about which something is decided.
    pub fn rows<'r, O>(
        &'r self,
        turn: &Turn<'_>,
        make: impl FnMut() -> O,
        task: impl Fn(Rows<'r, K, L, R, J>, O) -> (O, u64),
        absorb: impl FnMut(ChunkInfo, O) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let units = self.left.lanes();
        let of = SHARDS / units;
        let (slot, kind, rule, lateness) = (&*self.slot, self.kind, self.rule, self.lateness);
        let task = |unit: usize, leaf| {
            let shards = &slot.shards[unit * of..(unit + 1) * of];
            task(Rows { shards, kind, rule, lateness, closed: slot.closed, closing: slot.closing }, leaf)
        };
        chunks(turn, units, None, make, task, absorb)
    }
}

/// Less the lateness; what is not known stays so, and the end stays the end.
pub(crate) fn less(watermark: i64, lateness: i64) -> i64 {
    if watermark == i64::MAX { watermark } else { watermark.saturating_sub(lateness) }
}

/// Decides about records that come in.
pub(crate) struct Gate<'g> {
    pub rule: Rule,
    pub lateness: i64,
    pub closed: i64,
    pub late: &'g AtomicU64,
}

impl Gate<'_> {
    pub fn admit<K, P, L, R, T, S: Stamp>(
        &self,
        shards: &mut [Shard<K, L, R>],
        first: usize,
        chunk: ChunkInfo,
        (guess, entry): (u32, Entry<P, Carry<T, S>>),
        hand: Hand,
        side: impl for<'p> Fn(&'p mut Pair<L, R>, &'p mut (Idle<L>, Idle<R>)) -> (&'p mut Side<T>, &'p mut Idle<T>),
    ) where
        K: StoredKey,
        P: Probe<Owned = K>,
    {
        let Entry { hash, key, carry: (item, stamp, _) } = entry;
        let time = stamp.time(0);
        let reached = less(chunk.watermark.max(stamp.watermark()), self.lateness).max(self.closed);
        match self.rule.verdict(hand, time, reached) {
            Verdict::Take => {
                let shard = &mut shards[shard_of(hash) - first];
                let number = confirm(&mut shard.keys, guess, hash, &key);
                let (pair, idle) = shard.speaks(number);
                let (side, idle) = side(pair, idle);
                side.push(Held { time, reached, matched: false, item }, idle);
            }
            Verdict::Late => {
                self.late.fetch_add(1, Ordering::Relaxed);
            }
            Verdict::Pass => {}
        }
    }
}

/// Remembers which records have met one, so that only those that have not are told apart later.
fn mark<L, R>(pair: &mut Pair<L, R>, number: u32, reach: Reach, matched: &mut Vec<(Hand, u32, usize)>) {
    let Pair { left, right, .. } = pair;
    side(left, right, reach, |place| (Hand::Right, number, place), matched);
    side(right, left, reach.mirrored(), |place| (Hand::Left, number, place), matched);

    fn side<A, B>(
        mine: &mut Side<A>,
        other: &mut Side<B>,
        reach: Reach,
        entry: impl Fn(usize) -> (Hand, u32, usize),
        matched: &mut Vec<(Hand, u32, usize)>,
    ) {
        let (kept, new) = other.both_mut();
        for held in mine.both_mut().1 {
            let (first, last) = reach.around(held.time);
            let judged = held.judged();
            let meets = |other: &Held<B>| reach.both_open(judged, other.judged());
            held.matched |= new[places(new, first, last)].iter().any(meets);
            for place in places(kept, first, last) {
                let met = &mut kept[place];
                if reach.both_open(judged, met.judged()) {
                    held.matched = true;
                    if !std::mem::replace(&mut met.matched, true) {
                        matched.push(entry(place));
                    }
                }
            }
        }
    }
}

/// One task a lane, for each of its shards. No code of the user runs in it.
pub(crate) fn each_shard<H>(turn: &Turn<'_>, lanes: usize, shards: &mut [H], each: impl Fn(&mut H)) {
    let of = shards.len() / lanes;
    let owned: Vec<Cells<_, ()>> = shards.chunks_mut(of).map(|owned| Cells(Mutex::new((Some(owned), None)))).collect();
    let each = Shared(each);
    turn.executor.run(0..lanes, &|lane| {
        let mine = owned[lane].lock().0.take();
        mine.into_iter().flatten().for_each(each.get());
    });
}
