//! A source inside a job: its partitions, what has been polled, and the fused loop over its blocks.

use super::turn::{ChunkInfo, Failure, PartitionState, Turn, chunks};
use crate::source::{Poll, Source};

/// Partitions that are read at the same time; those behind them wait until one of these ends, so that ten thousand files are
/// not all open.
const READ_TOGETHER: usize = 64;

/// A source and what the engine knows of its partitions.
pub struct Input<S: Source> {
    source: S,
    opened: bool,
    partitions: Vec<PartitionState>,
    /// Where the next poll begins, so that no partition starves.
    next: usize,
    /// Records of the batch in work.
    records: u64,
    polled: Vec<(u32, S::Block)>,
}

/// The type of a source, for the loop: which `each` to call.
pub struct Kind<S>(std::marker::PhantomData<fn(S)>);

/// Calls `item` with every record of a block.
#[inline(always)]
pub fn each<'b, S: Source + 'b>(_: &Kind<S>, block: &'b S::Block, item: impl FnMut(S::Item<'b>)) {
    S::each(block, item);
}

/// The blocks of one batch. Records borrow from it.
pub struct Blocks<S: Source> {
    partition: Vec<u32>,
    blocks: Vec<S::Block>,
}

impl<S: Source> Input<S> {
    pub fn new(source: S) -> Self {
        Input { source, opened: false, partitions: vec![], next: 0, records: 0, polled: vec![] }
    }

    /// Takes what the source has, round robin over its partitions, up to the budget of the batch.
    pub fn poll(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        if !self.opened {
            self.source.open(turn.signal)?;
            self.opened = true;
        }
        let known = self.source.partitions()?;
        self.partitions.resize(known.max(self.partitions.len()), PartitionState::default());
        let mut reading: Vec<usize> = self.open_partitions().collect();
        if !reading.is_empty() {
            let first = self.next % reading.len();
            reading.rotate_left(first);
        }
        while !reading.is_empty() && turn.polled.open() {
            let sharing = reading.len();
            let mut kept = Vec::with_capacity(reading.len());
            for partition in reading.drain(..) {
                if !turn.polled.open() {
                    break;
                }
                self.next = self.next.wrapping_add(1);
                match self.source.poll(partition, turn.polled.ask(turn.chunk_bytes, sharing))? {
                    Poll::Block { block, bytes } => {
                        turn.polled.take(bytes, || S::count(&block));
                        self.polled.push((partition as u32, block));
                        self.partitions[partition].waiting = false;
                        kept.push(partition);
                    }
                    Poll::Pending => self.partitions[partition].waiting = true,
                    Poll::Ended => self.partitions[partition].ended = true,
                }
            }
            reading = kept;
        }
        turn.polled.source += 1;
        let ended = self.open_partitions().next().is_none() && self.source.complete();
        turn.polled.ended += usize::from(ended);
        let after = self.source.poll_after();
        turn.polled.poll_after = turn.polled.poll_after.into_iter().chain(after).min();
        turn.done.total_bytes = self.source.total_bytes();
        turn.done.skipped += self.source.skipped();
        Ok(())
    }

    /// Those that are asked now. Who was asked and has nothing, such as a silent connection, takes no place from others.
    fn open_partitions(&self) -> impl Iterator<Item = usize> {
        let mut speaking = 0;
        let open = self.partitions.iter().enumerate().filter(|(_, state)| !state.ended);
        let asked = open.filter(move |(_, state)| {
            speaking += usize::from(!state.waiting);
            state.waiting || speaking <= READ_TOGETHER
        });
        asked.map(|(partition, _)| partition)
    }

    /// The blocks of this batch.
    pub fn take(&mut self, turn: &mut Turn<'_>) -> Blocks<S> {
        if turn.describes() {
            turn.done.sources.push(self.source.name());
        }
        let (partition, blocks) = self.polled.drain(..).unzip();
        Blocks { partition, blocks }
    }

    /// Gives the memory of a finished batch back to the source.
    pub fn recycle(&mut self, blocks: Blocks<S>, turn: &mut Turn<'_>) {
        turn.done.records += std::mem::take(&mut self.records);
        blocks.blocks.into_iter().for_each(|block| self.source.recycle(block));
    }

    pub fn kind(&self) -> Kind<S> {
        Kind(std::marker::PhantomData)
    }

    pub fn partitions(&self) -> &[PartitionState] {
        &self.partitions
    }

    /// The name of a partition, for the report of a failure.
    pub fn place(&self, failure: &Failure, turn: &mut Turn<'_>) {
        if let Failure::Panic { partition, .. } = failure
            && (*partition as usize) < self.partitions.len()
        {
            turn.done.place = Some(format!("`{}`", self.source.partition_name(*partition as usize)));
        }
    }

    /// Runs the fused loop over the blocks: one task a block.
    pub fn run<'b, L>(
        &mut self,
        blocks: &'b Blocks<S>,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(&'b S::Block, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let count = |partitions: &[PartitionState]| partitions.iter().map(|state| state.records).sum::<u64>();
        let before = count(&self.partitions);
        let source = Some((&mut *self.partitions, &*blocks.partition));
        let task = |index: usize, leaf| task(&blocks.blocks[index], leaf);
        let done = chunks(turn, blocks.blocks.len(), source, make, task, absorb);
        self.records += count(&self.partitions) - before;
        done
    }
}
