//! How a run takes its input: in which order over the partitions, cut where into blocks and batches, on how many threads.

use crate::testing::random::Random;

/// What begins with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Begins {
    /// Nothing: it stands in the block of the record before it, if that one is of the same partition.
    Nothing,
    Block,
    Batch,
    /// A batch, behind one without records.
    PauseAndBatch,
}

/// One record on its way into the job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub source: usize,
    pub partition: usize,
    /// Its number in the partition.
    pub record: usize,
    pub begins: Begins,
}

/// All of a run that its results may not depend on.
#[derive(Clone, Debug)]
pub(crate) struct Arrangement {
    pub steps: Vec<Step>,
    pub threads: usize,
    /// Do partitions end with their last record, or all of them at the end?
    pub ends_early: bool,
    /// The seed of the key hash.
    pub hash: u64,
    /// After each how many batches the job dies and another one goes on from its checkpoint; 0: never.
    pub dies: usize,
    /// So many batches at most from one snapshot to the next.
    pub snapshots: u64,
}

/// Consecutive records of one partition: numbers of the records.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub source: usize,
    pub partition: usize,
    pub records: Vec<usize>,
}

/// The first seeds stand for arrangements that are always looked at.
pub(crate) const ALWAYS: u64 = 4;

/// The log holds all batches.
const NEVER: u64 = u64::MAX;

/// How often something is cut: never, seldom, .., at each record.
const ONCE_IN: [usize; 6] = [0, 50, 12, 4, 2, 1];

impl Arrangement {
    /// The run that others are compared with: one thread, one record a batch, partitions in turn. Nothing is combined there.
    pub fn reference(steps: &[Step]) -> Self {
        let mut steps = steps.to_vec();
        steps.sort_by_key(|step| (step.record, step.source, step.partition));
        steps.iter_mut().for_each(|step| step.begins = Begins::Batch);
        Arrangement { steps, threads: 1, ends_early: false, hash: 1, dies: 0, snapshots: NEVER }
    }

    /// The arrangement of a seed. `lengths`: records of each partition of each source.
    pub fn of(seed: u64, lengths: &[Vec<usize>]) -> Self {
        let one_by_one = |begins: Begins, threads: usize| {
            let mut steps = all(lengths);
            steps.iter_mut().for_each(|step| step.begins = begins);
            Arrangement { steps, threads, ends_early: false, hash: seed, dies: 0, snapshots: NEVER }
        };
        match seed {
            0 => one_by_one(Begins::Nothing, 1),
            1 => one_by_one(Begins::Nothing, 2),
            2 => one_by_one(Begins::Block, 3),
            3 => Arrangement { dies: 5, ..one_by_one(Begins::Batch, 2) },
            _ => Self::random(&mut Random::new(seed), lengths),
        }
    }

    fn random(random: &mut Random, lengths: &[Vec<usize>]) -> Self {
        let (blocks, batches) = (random.one_of(&ONCE_IN), random.one_of(&ONCE_IN));
        let pauses = random.one_of(&[0, 0, 5]);
        let stretch = random.one_of(&[1, 4, 64, usize::MAX]);
        let mut rest: Vec<(usize, usize, usize, usize)> = vec![];
        for (source, partitions) in lengths.iter().enumerate() {
            rest.extend(partitions.iter().enumerate().map(|(partition, length)| (source, partition, 0, *length)));
        }
        rest.retain(|(.., length)| *length > 0);
        let mut steps = vec![];
        while !rest.is_empty() {
            let chosen = random.below(rest.len());
            let (source, partition, next, length) = &mut rest[chosen];
            // neighbours stay neighbours for a while: records of one partition seldom come one by one
            let many = if stretch == usize::MAX { *length } else { 1 + random.below(stretch) };
            for record in *next..(*next + many).min(*length) {
                let begins = match random.once_in(batches) {
                    true if random.once_in(pauses) => Begins::PauseAndBatch,
                    true => Begins::Batch,
                    false if random.once_in(blocks) => Begins::Block,
                    false => Begins::Nothing,
                };
                steps.push(Step { source: *source, partition: *partition, record, begins });
            }
            *next = (*next + many).min(*length);
            if next == length {
                rest.swap_remove(chosen);
            }
        }
        let (threads, ends_early) = (random.one_of(&[1, 2, 3]), random.once_in(2));
        let (hash, dies, snapshots) = (random.next(), random.one_of(&[0, 2, 5, 20]), random.one_of(&[NEVER, 1, 3]));
        Arrangement { steps, threads, ends_early, hash, dies, snapshots }
    }

    /// Batches of blocks. The first batch begins with the first record, whatever that says.
    pub fn batches(&self) -> Vec<Vec<Block>> {
        let mut batches: Vec<Vec<Block>> = vec![vec![]];
        for step in &self.steps {
            if step.begins >= Begins::Batch && batches.last().is_some_and(|batch| !batch.is_empty()) {
                if step.begins == Begins::PauseAndBatch {
                    batches.push(vec![]);
                }
                batches.push(vec![]);
            }
            let Some(batch) = batches.last_mut() else { continue };
            match batch.last_mut() {
                Some(block)
                    if step.begins == Begins::Nothing
                        && (block.source, block.partition) == (step.source, step.partition) =>
                {
                    block.records.push(step.record);
                }
                _ => batch.push(Block { source: step.source, partition: step.partition, records: vec![step.record] }),
            }
        }
        batches
    }

    /// The same without some of its records; what began with one of them begins with the next.
    pub fn without(&self, dropped: std::ops::Range<usize>) -> Self {
        let mut steps = self.steps.clone();
        let begins = steps.drain(dropped.clone()).map(|step| step.begins).max();
        if let (Some(next), Some(begins)) = (steps.get_mut(dropped.start), begins) {
            next.begins = next.begins.max(begins);
        }
        Arrangement { steps, ..*self }
    }
}

/// All records, source by source and partition by partition.
fn all(lengths: &[Vec<usize>]) -> Vec<Step> {
    let mut steps = vec![];
    for (source, partitions) in lengths.iter().enumerate() {
        for (partition, length) in partitions.iter().enumerate() {
            steps.extend((0..*length).map(|record| Step { source, partition, record, begins: Begins::Nothing }));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths() -> Vec<Vec<usize>> {
        vec![vec![5, 0, 17], vec![40]]
    }

    #[test]
    fn every_arrangement_holds_each_record_once_and_in_order() {
        for seed in 0..300 {
            let arrangement = Arrangement::of(seed, &lengths());
            let mut next = vec![vec![0; 3], vec![0]];
            for block in arrangement.batches().concat() {
                for record in block.records {
                    assert_eq!(record, next[block.source][block.partition], "seed {seed}");
                    next[block.source][block.partition] += 1;
                }
            }
            assert_eq!(next, lengths(), "seed {seed}");
        }
    }

    /// A check that always looked at the same cut would prove nothing.
    #[test]
    fn arrangements_differ_in_all_they_may_differ_in() {
        let of = |seed| Arrangement::of(seed, &lengths());
        let cuts: std::collections::BTreeSet<usize> = (0..300).map(|seed| of(seed).batches().len()).collect();
        assert!(cuts.len() > 20 && cuts.contains(&1) && cuts.contains(&62), "{cuts:?}");
        let threads: std::collections::BTreeSet<usize> = (0..300).map(|seed| of(seed).threads).collect();
        assert_eq!(threads.into_iter().collect::<Vec<_>>(), [1, 2, 3]);
        assert!((ALWAYS..300).any(|seed| of(seed).ends_early) && (ALWAYS..300).any(|seed| !of(seed).ends_early));
        let deaths: std::collections::BTreeSet<usize> = (0..300).map(|seed| of(seed).dies).collect();
        assert_eq!(deaths.into_iter().collect::<Vec<_>>(), [0, 2, 5, 20]);
        assert!((0..300).any(|seed| of(seed).dies > 1 && of(seed).snapshots == 1), "snapshots");
        assert!((0..300).any(|seed| of(seed).batches().iter().any(Vec::is_empty)), "batches without records");
        let interleaved = |seed| of(seed).steps.windows(2).filter(|two| two[0].source > two[1].source).count() > 3;
        assert!((0..300).any(interleaved), "partitions in turn");
    }

    #[test]
    fn what_began_with_a_dropped_record_begins_with_the_next() {
        let mut arrangement = Arrangement::of(0, &[vec![4]]);
        arrangement.steps[1].begins = Begins::Batch;
        let rest = arrangement.without(1..3);
        let records: Vec<_> = rest.batches().iter().map(|batch| batch[0].records.clone()).collect();
        assert_eq!(records, [vec![0], vec![3]]);
    }
}
