//! Joins within one batch: nothing is kept, so records may borrow.

use super::bucket::{Arrivals, Lane, SideBucket, SideBuckets};
use super::kind::Kind;
use crate::job::turn::{ChunkInfo, Failure, Turn, chunks};
use crate::state::exchange::SharedSpare;
use crate::state::interner::Interner;
use crate::state::{Probe, StoredKey};
use std::marker::PhantomData;
use std::sync::Mutex;

/// A join within one batch.
pub struct BatchRun<'s, K, P, Q, L, R, J> {
    stage: &'s J,
    left: Arrivals<P, L, ()>,
    right: Arrivals<Q, R, ()>,
    lanes: Vec<Mutex<Option<Sides<K, P, Q, L, R>>>>,
    seed: u64,
}

/// What has come in on both sides of a lane.
pub struct Sides<K, P, Q, L, R> {
    left: Lane<P, L, ()>,
    right: Lane<Q, R, ()>,
    seed: u64,
    key: PhantomData<K>,
}

impl<'s, K, P: Probe, Q: Probe, L, R, J> BatchRun<'s, K, P, Q, L, R, J> {
    pub(crate) fn new(stage: &'s J, turn: &Turn<'_>) -> Self {
        let spare = SharedSpare::default();
        let (left, right) = (Arrivals::new(turn, &spare), Arrivals::new(turn, &spare));
        BatchRun { stage, left, right, lanes: vec![], seed: turn.seed() }
    }

    pub fn buckets(&self) -> SideBuckets<P, L, ()> {
        self.left.buckets()
    }

    pub fn buckets_1(&self) -> SideBuckets<Q, R, ()> {
        self.right.buckets()
    }

    pub fn absorb(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: SideBucket<P, L, ()>) -> Result<(), Failure> {
        self.left.absorb(chunk, bucket);
        Ok(())
    }

    pub fn absorb_1(&mut self, _: &Turn<'_>, chunk: ChunkInfo, bucket: SideBucket<Q, R, ()>) -> Result<(), Failure> {
        self.right.absorb(chunk, bucket);
        Ok(())
    }

    pub fn fold(&mut self, turn: &Turn<'_>, _: i64) -> Result<(), Failure> {
        let sides = self.left.take_lanes(turn).into_iter().zip(self.right.take_lanes(turn));
        let seed = self.seed;
        self.lanes =
            sides.map(|(left, right)| Mutex::new(Some(Sides { left, right, seed, key: PhantomData }))).collect();
        Ok(())
    }

    /// One task a lane: left records in order of the chunks, then right ones that met none.
    pub fn rows<O>(
        &mut self,
        turn: &Turn<'_>,
        make: impl FnMut() -> O,
        task: impl Fn(BatchRows<'s, K, P, Q, L, R, J>, O) -> (O, u64),
        absorb: impl FnMut(ChunkInfo, O) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (lanes, stage) = (&self.lanes, self.stage);
        let task = |lane: usize, leaf| {
            let sides = lanes[lane].lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
            task(BatchRows { sides, stage }, leaf)
        };
        chunks(turn, lanes.len(), None, make, task, absorb)
    }
}

/// The records of one lane.
pub struct BatchRows<'s, K, P, Q, L, R, J> {
    sides: Option<Sides<K, P, Q, L, R>>,
    stage: &'s J,
}

/// What a join within one batch makes of the records of a lane.
pub trait BatchKind<L, R> {
    type Out;
    fn each<K, P, Q>(&self, sides: Sides<K, P, Q, L, R>, each: &mut dyn FnMut(Self::Out))
    where
        K: StoredKey,
        P: Probe<Owned = K>,
        Q: Probe<Owned = K>;
}

impl<K, P, Q, L, R, J> BatchRows<'_, K, P, Q, L, R, J>
where
    K: StoredKey,
    P: Probe<Owned = K>,
    Q: Probe<Owned = K>,
    J: BatchKind<L, R>,
{
    /// Calls `each` with every row.
    #[inline]
    pub fn each(self, mut each: impl FnMut(J::Out, ())) {
        self.sides.into_iter().for_each(|sides| self.stage.each(sides, &mut |row| each(row, ())));
    }
}

/// Relational joins.
pub struct Relational<J>(pub(crate) J);

impl<L, R, J: Kind<L, R>> BatchKind<L, R> for Relational<J> {
    type Out = J::Out;
    fn each<K, P, Q>(&self, sides: Sides<K, P, Q, L, R>, each: &mut dyn FnMut(J::Out))
    where
        K: StoredKey,
        P: Probe<Owned = K>,
        Q: Probe<Owned = K>,
    {
        let (mut keys, mut groups) = (fresh(sides.seed), Vec::<(bool, Vec<&R>)>::new());
        for entry in sides.right.iter().flat_map(|(_, entries)| entries) {
            let number = keys.find_or_insert(entry.hash, &entry.key) as usize;
            groups.resize_with(groups.len().max(number + 1), Default::default);
            groups[number].1.push(&entry.carry.0);
        }
        for entry in sides.left.iter().flat_map(|(_, entries)| entries) {
            let left = &entry.carry.0;
            match keys.find(entry.hash, &entry.key) {
                Some(number) => {
                    let (matched, rights) = &mut groups[number as usize];
                    *matched = true;
                    rights.iter().for_each(|right| each(self.0.both(left, right)));
                }
                None => self.0.left(left).into_iter().for_each(&mut *each),
            }
        }
        if J::RIGHT {
            let alone = groups.iter().filter(|(matched, _)| !matched);
            alone.flat_map(|(_, rights)| rights).filter_map(|right| self.0.right(right)).for_each(each);
        }
    }
}

/// Left records whose key there is on the right, or those whose key there is not.
pub struct Semi {
    pub(crate) there: bool,
}

impl<L, R> BatchKind<L, R> for Semi {
    type Out = L;
    fn each<K, P, Q>(&self, sides: Sides<K, P, Q, L, R>, each: &mut dyn FnMut(L))
    where
        K: StoredKey,
        P: Probe<Owned = K>,
        Q: Probe<Owned = K>,
    {
        let mut keys = fresh(sides.seed);
        for entry in sides.right.iter().flat_map(|(_, entries)| entries) {
            keys.find_or_insert(entry.hash, &entry.key);
        }
        for entry in sides.left.into_iter().flat_map(|(_, entries)| entries) {
            if keys.find(entry.hash, &entry.key).is_some() == self.there {
                each(entry.carry.0);
            }
        }
    }
}

fn fresh<K>(seed: u64) -> Interner<K> {
    let mut keys = Interner::new();
    keys.seed(seed);
    keys
}
