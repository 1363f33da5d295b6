//! The buffers of a join, over all shards.

use super::rule::{Closed, Hand, REMEMBERED, Rule};
use super::side::{Held, Idle, Side};
use crate::prefetch::prefetch;
use crate::state::due::DueTimes;
use crate::state::exchange::SharedSpare;
use crate::state::interner::Interner;
use crate::state::numbered::Numbered;
use crate::state::save::{Codec, saved_by};
use crate::state::{SHARDS, SlotApi, SlotSize, State, StoredKey};

/// The buffers of one key.
pub(crate) struct Pair<L, R> {
    pub left: Side<L>,
    pub right: Side<R>,
    /// The last watermark before something is decided about the key.
    due: Option<i64>,
}

impl<L, R> Pair<L, R> {
    const NEW: Self = Pair { left: Side::new(), right: Side::new(), due: None };

    #[inline(always)]
    pub fn is_new(&self) -> bool {
        self.left.new_records().is_empty() && self.right.new_records().is_empty()
    }
}

pub(crate) struct Shard<K, L, R> {
    pub keys: Interner<K>,
    /// By number.
    pub pairs: Vec<Pair<L, R>>,
    /// One bit a number: does it hold records?
    live: Vec<u64>,
    due: DueTimes,
    pub idle: (Idle<L>, Idle<R>),
    /// Keys with something to do in this batch: those with new records in order of arrival, then those that are due.
    pub work: Vec<u32>,
    /// Records kept before that met one of this batch.
    pub matched: Vec<(Hand, u32, usize)>,
}

impl<K, L, R> Shard<K, L, R> {
    fn new() -> Self {
        let (keys, due, idle) = (Interner::new(), DueTimes::new(), (Idle::new(), Idle::new()));
        Shard { keys, pairs: vec![], live: vec![], due, idle, work: vec![], matched: vec![] }
    }

    /// The buffers of a key that has a record in this batch, and where memory for it may be found.
    pub fn speaks(&mut self, number: u32) -> (&mut Pair<L, R>, &mut (Idle<L>, Idle<R>)) {
        if self.pair(number).is_new() {
            self.work.push(number);
        }
        (&mut self.pairs[number as usize], &mut self.idle)
    }

    /// The buffers of a key.
    pub fn pair(&mut self, number: u32) -> &mut Pair<L, R> {
        if self.pairs.len() <= number as usize {
            self.pairs.resize_with(self.keys.numbers(), || Pair::NEW);
            self.live.resize(self.keys.numbers().div_ceil(64), 0);
        }
        &mut self.pairs[number as usize]
    }

    /// Adds the keys about which something is decided in this batch.
    pub fn add_due(&mut self, closing: Closed) {
        let pairs = &self.pairs;
        let mut past: Vec<(i64, u32)> = vec![];
        self.due.take(
            |due| closing.is_past(due),
            |number| {
                let pair = &pairs[number as usize];
                past.extend(pair.due.filter(|due| pair.is_new() && closing.is_past(*due)).map(|due| (due, number)));
            },
        );
        past.sort_unstable();
        self.work.extend(past.iter().map(|(_, number)| *number));
    }

    fn bytes(&self) -> usize {
        let pairs: usize = self.pairs.iter().map(|pair| pair.left.bytes() + pair.right.bytes()).sum();
        let idle = self.idle.0.bytes() + self.idle.1.bytes();
        self.keys.bytes() + self.pairs.capacity() * size_of::<Pair<L, R>>() + pairs + self.due.bytes() + idle
    }

    fn rollback(&mut self) {
        for (hand, number, place) in self.matched.drain(..) {
            let pair = &mut self.pairs[number as usize];
            match hand {
                Hand::Left => pair.left.kept_mut()[place].matched = false,
                Hand::Right => pair.right.kept_mut()[place].matched = false,
            }
        }
        for number in self.work.drain(..) {
            let pair = &mut self.pairs[number as usize];
            pair.left.rollback(&mut self.idle.0);
            pair.right.rollback(&mut self.idle.1);
        }
        self.due.rollback();
    }

    fn commit(&mut self, Known { rule, nothing, .. }: &Known<K, L, R>, closing: Closed)
    where
        K: StoredKey,
    {
        self.matched.clear();
        let mut freed = false;
        for number in self.work.drain(..) {
            let pair = &mut self.pairs[number as usize];
            let (lefts, rights) = &mut self.idle;
            pair.left.settle(lefts, |held| rule.due(Hand::Left, held, closing).is_none());
            match rule {
                Rule::AsOf => {
                    pair.right.settle(rights, |_| false);
                    superseded(&mut pair.right, rights, closing.watermark, *nothing);
                }
                _ => pair.right.settle(rights, |held| rule.due(Hand::Right, held, closing).is_none()),
            }
            let first = |dues: &mut dyn Iterator<Item = Option<i64>>| match rule {
                // the oldest record is the first that is due
                Rule::Within(..) => dues.next().flatten(),
                Rule::Window(_) | Rule::AsOf => dues.flatten().min(),
            };
            let left = first(&mut pair.left.kept().iter().map(|held| rule.due(Hand::Left, held, closing)));
            let right = first(&mut pair.right.kept().iter().map(|held| rule.due(Hand::Right, held, closing)));
            let deletion = pair.right.kept().first().filter(|held| matches!(rule, Rule::AsOf) && nothing(&held.item));
            let forgotten = deletion.map(|held| held.time.saturating_add(REMEMBERED));
            pair.due = left.into_iter().chain(right).chain(forgotten).min();
            self.due.set(number, pair.due);
            let (word, bit) = (number as usize / 64, 1 << (number % 64));
            if pair.left.is_empty() && pair.right.is_empty() {
                self.live[word] &= !bit;
                freed = true;
            } else {
                self.live[word] |= bit;
            }
        }
        let pairs = &self.pairs;
        self.due.commit(|number| pairs[number as usize].due);
        if freed {
            let live = &self.live;
            self.keys.sweep(|word| live.get(word).copied().unwrap_or(0));
        }
        self.keys.commit();
    }
}

/// Drops the versions that no left record can ask for any more: those to come and those that wait are at `closing` or later.
fn superseded<T>(versions: &mut Side<T>, idle: &mut Idle<T>, closing: i64, nothing: fn(&T) -> bool) {
    let holds = |held: &Held<T>| held.since() <= closing;
    if let Some(last) = versions.kept().iter().rposition(holds) {
        let version = &versions.kept()[last];
        let forgotten = version.time.saturating_add(REMEMBERED) < closing;
        let deleted = usize::from(forgotten && nothing(&version.item));
        versions.forget(last + deleted, idle);
    }
}

impl<K: StoredKey, L, R> Numbered for Shard<K, L, R> {
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
        prefetch(self.pairs.as_ptr().wrapping_add(number as usize));
    }
}

/// The state of a join.
pub struct JoinSlot<K, L, R> {
    pub(crate) shards: Vec<Shard<K, L, R>>,
    /// All that was due below this watermark has been decided.
    pub(crate) closed: Closed,
    /// The same, once this batch is final.
    pub(crate) closing: Closed,
    pub(super) late: u64,
    pub(crate) late_now: u64,
    /// Batches that brought something or decided about something.
    pub(super) batches: i64,
    /// Out of a checkpoint: what is over is still there, and nothing is due.
    pub(super) restored: bool,
    known: Option<Known<K, L, R>>,
    pub(crate) spare: (SharedSpare, SharedSpare),
}

struct Known<K, L, R> {
    rule: Rule,
    commit: fn(&mut Shard<K, L, R>, &Known<K, L, R>, Closed),
    /// Does a version say that there is nothing any more?
    nothing: fn(&R) -> bool,
    rollback: fn(&mut Shard<K, L, R>),
    shape: fn() -> String,
    codec: Codec<JoinSlot<K, L, R>>,
    seed: u64,
}

impl<K, L, R> Default for JoinSlot<K, L, R> {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Shard::new()).collect();
        let spare = Default::default();
        let nothing = Closed::NOTHING;
        JoinSlot {
            shards,
            closed: nothing,
            closing: nothing,
            late: 0,
            late_now: 0,
            batches: 0,
            restored: false,
            known: None,
            spare,
        }
    }
}

impl<K, L, R> JoinSlot<K, L, R> {
    /// The seed of the hash, once it is known.
    pub(super) fn seed(&self) -> Option<u64> {
        self.known.as_ref().map(|known| known.seed)
    }

    /// Is nothing decided about a record any more, once this batch is final?
    pub(super) fn is_over<T>(&self, hand: Hand, held: &Held<T>) -> bool {
        let Some(known) = &self.known else { return false };
        match (known.rule, hand) {
            // a version holds until another one takes its place
            (Rule::AsOf, Hand::Right) => false,
            (rule, hand) => rule.due(hand, held, self.closing).is_none(),
        }
    }
}

impl<K: StoredKey, L: State, R: State> JoinSlot<K, L, R> {
    /// The first batch tells what the types and the arguments of the join are.
    pub(crate) fn know(&mut self, rule: Rule, nothing: fn(&R) -> bool, seed: u64) {
        if self.known.is_none() {
            self.shards.iter_mut().for_each(|shard| shard.keys.seed(seed));
            self.known = Some(Known {
                rule,
                commit: Shard::commit,
                nothing,
                rollback: |shard| {
                    shard.rollback();
                    shard.keys.rollback();
                },
                shape: || format!("{} -> ({}, {})", K::shape(), L::shape(), R::shape()),
                codec: Codec::OF,
                seed,
            });
        }
    }
}

impl<K, L, R> SlotApi for JoinSlot<K, L, R> {
    fn commit(&mut self) {
        let Some(known) = &self.known else { return };
        let works = self.shards.iter().any(|shard| !shard.work.is_empty());
        self.batches += i64::from(works);
        let restored = std::mem::take(&mut self.restored);
        for shard in &mut self.shards {
            if restored {
                shard.work = (0..shard.pairs.len() as u32).collect();
            }
            (known.commit)(shard, known, self.closing);
        }
        self.closed = self.closing;
        self.late += std::mem::take(&mut self.late_now);
    }

    fn rollback(&mut self) {
        let Some(known) = &self.known else { return };
        self.shards.iter_mut().for_each(known.rollback);
        self.closing = self.closed;
        self.late_now = 0;
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        let keys = self.shards.iter().map(|shard| shard.keys.len()).sum();
        SlotSize { keys, bytes: self.shards.iter().map(Shard::bytes).sum() }
    }

    fn shape(&self) -> String {
        self.known.as_ref().map_or_else(String::new, |known| format!("{}, {}", (known.shape)(), known.rule))
    }

    fn late(&self) -> u64 {
        self.late
    }

    saved_by!(|slot| slot.known.as_ref().map(|known| known.codec));
}
