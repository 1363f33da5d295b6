//! A source inside a job: its partitions, what has been polled, and the fused loop over its blocks.

use super::turn::{ChunkInfo, Failure, PartitionState, Reading, SourceChunks, Task, Turn, chunks};
use crate::source::{Poll, Position, Source};
use crate::state::codec::Type;
use crate::state::save::{self, Stored, Table};
use crate::{Error, ErrorKind};
use std::collections::VecDeque;

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
    /// Partitions of earlier runs of a source that cannot go back. They have ended; the numbers of its own partitions begin
    /// behind them, so that nothing that was learned of those is held against these.
    gone: usize,
    /// Has a partition given something, or ended, since the log was told of it?
    moved: Vec<bool>,
    /// Partitions that commits in work tell of, by epoch.
    to_ack: VecDeque<(u64, usize, S::Offset)>,
}

/// What the log keeps of a partition, by its number: name, has it ended, its records so far, where it goes on.
type Read<O> = (String, bool, u64, Option<O>);

/// Where a source stood, as the log tells it.
#[derive(Clone, Debug)]
pub struct ReadSoFar {
    pub source: u32,
    /// The type of the rows.
    pub row: Type,
    pub rows: Vec<u8>,
}

impl ReadSoFar {
    fn stored(&self) -> Stored<'_> {
        Stored { name: "", row: &self.row, bytes: &self.rows }
    }
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
        Input {
            source,
            opened: false,
            partitions: vec![],
            next: 0,
            records: 0,
            polled: vec![],
            gone: 0,
            moved: vec![],
            to_ack: VecDeque::new(),
        }
    }

    /// Whatever is not the processing of a batch.
    pub fn serve(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        let number = turn.done.sources_served;
        turn.done.sources_served += 1;
        match turn.task {
            Task::Seek => {
                let mine: Vec<Stored<'_>> =
                    turn.seek.iter().filter(|read| read.source == number).map(ReadSoFar::stored).collect();
                self.seek(&mine, turn)
            }
            Task::Commit => self.ack(turn.batch.epoch),
            Task::Receive => self.receive(number, turn),
            Task::Finish => Ok(self.source.behind_log().map_or(Ok(()), |behind| behind.finish())?),
            _ => Ok(()),
        }
    }

    /// Begins to receive, where the log of receivers is between the source and the engine.
    fn receive(&mut self, number: u32, turn: &Turn<'_>) -> Result<(), Failure> {
        if let (Some(behind), Some(received)) = (self.source.behind_log(), turn.received) {
            behind.attach(received.of(number))?;
        }
        Ok(())
    }

    /// Goes back to where the last commit stands, which the log tells in steps.
    fn seek(&mut self, logged: &[Stored<'_>], turn: &mut Turn<'_>) -> Result<(), Failure> {
        let mut known: Vec<Read<S::Offset>> = vec![];
        let mut ordered = true;
        for rows in logged {
            let read = rows.each(|_, number: u32, read: Read<S::Offset>| match known.get_mut(number as usize) {
                Some(before) => *before = read,
                None => {
                    ordered &= number as usize == known.len();
                    known.push(read);
                }
            });
            read.map_err(|error| self.unreadable(&error.to_string()))?;
        }
        if !ordered {
            return Err(self.unreadable("partitions are not in order").into());
        }
        self.open(turn)?;
        // those that this process has read already, before its log failed
        let mut own = self.partitions.split_off(self.gone);
        (self.polled, self.records, self.to_ack) = (vec![], 0, VecDeque::new());
        let state = |read: &Read<S::Offset>| PartitionState { ended: false, waiting: false, records: read.2 };
        self.partitions = known.iter().map(state).collect();
        let position =
            |(partition, ended, _, offset): Read<S::Offset>| Some(Position { partition, offset: offset?, ended });
        let positions: Option<Vec<_>> = known.into_iter().map(position).collect();
        let only_forward = !own.is_empty() && self.source.offset(0).is_none();
        match positions.filter(|_| !only_forward) {
            Some(positions) if positions.is_empty() && own.is_empty() => {}
            Some(positions) => self.source.seek(positions)?,
            None => {
                self.gone = self.partitions.len();
                self.partitions.iter_mut().for_each(|partition| partition.ended = true);
                own.iter_mut().for_each(|state| *state = PartitionState { ended: state.ended, ..Default::default() });
                self.partitions.append(&mut own);
            }
        }
        self.moved = (0..self.partitions.len()).map(|partition| partition >= self.gone && self.gone > 0).collect();
        Ok(())
    }

    fn unreadable(&self, what: &str) -> Error {
        let text = format!("the checkpoint does not say how far {} were read: {what}", self.source.name());
        Error::new(ErrorKind::Checkpoint, text).help("a source whose offsets have another type cannot go on from it")
    }

    /// What a batch has read is committed.
    fn ack(&mut self, epoch: u64) -> Result<(), Failure> {
        while let Some((_, partition, offset)) = self.to_ack.pop_front_if(|(of, ..)| *of <= epoch) {
            self.source.ack(partition, offset)?;
        }
        Ok(())
    }

    /// How far reading has come, for the log: what has changed since it was asked last, or all.
    fn read_so_far(&mut self, turn: &mut Turn<'_>) {
        let number = turn.done.sources_served;
        turn.done.sources_served += 1;
        let Some(all) = turn.saves else { return };
        let mut read: Vec<(u32, Read<S::Offset>)> = vec![];
        for (index, state) in self.partitions.iter().enumerate() {
            let moved = std::mem::take(&mut self.moved[index]);
            if moved || all {
                let own = index.checked_sub(self.gone);
                let name = own.map_or_else(String::new, |partition| self.source.partition_name(partition));
                let offset = own.and_then(|partition| self.source.offset(partition));
                let to_ack = own.zip(offset.clone()).filter(|_| moved);
                self.to_ack.extend(to_ack.map(|(partition, offset)| (turn.batch.epoch, partition, offset)));
                read.push((index as u32, (name, state.ended, state.records, offset)));
            }
        }
        turn.done
            .blocks
            .extend(self.source.behind_log().and_then(|behind| behind.taken()).map(|block| (number, block)));
        match save::Blocks::of(|out| out.rows(0, read.iter().map(|(number, read)| (number, read)))) {
            Ok(rows) if rows.is_empty() => {}
            Ok(rows) => turn.done.read.push((number, rows)),
            Err(reason) => {
                let text = format!("how far {} were read cannot be written: {reason}", self.source.name());
                turn.done.unsaved = Some(text);
            }
        }
    }

    fn open(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        if !self.opened {
            self.source.open(turn.signal)?;
            self.opened = true;
        }
        Ok(())
    }

    /// Takes what the source has, round robin over its partitions, up to its share of the budget of the batch: so many sources,
    /// this one included, are still to be asked.
    pub fn poll(&mut self, turn: &mut Turn<'_>, sources: u32) -> Result<(), Failure> {
        let mut share = turn.polled.budget.div_ceil(sources as usize);
        self.open(turn)?;
        let known = self.gone + self.source.partitions()?;
        self.partitions.resize(known.max(self.partitions.len()), PartitionState::default());
        self.moved.resize(self.partitions.len(), true);
        let mut reading: Vec<usize> = self.open_partitions().collect();
        if !reading.is_empty() {
            let first = self.next % reading.len();
            reading.rotate_left(first);
        }
        while !reading.is_empty() && share > 0 && turn.polled.open() {
            let sharing = reading.len() * sources as usize;
            let mut kept = Vec::with_capacity(reading.len());
            for partition in reading.drain(..) {
                if share == 0 || !turn.polled.open() {
                    break;
                }
                self.next = self.next.wrapping_add(1);
                match self.source.poll(partition - self.gone, turn.polled.ask(turn.chunk_bytes.min(share), sharing))? {
                    Poll::Block { block, bytes } => {
                        turn.polled.take(bytes, || S::count(&block));
                        share = share.saturating_sub(bytes.max(1));
                        self.polled.push((partition as u32, block));
                        self.partitions[partition].waiting = false;
                        self.moved[partition] = true;
                        kept.push(partition);
                    }
                    Poll::Pending => self.partitions[partition].waiting = true,
                    Poll::Ended => {
                        self.partitions[partition].ended = true;
                        self.moved[partition] = true;
                    }
                }
            }
            reading = kept;
        }
        turn.polled.source += 1;
        turn.polled.ended += usize::from(self.ended());
        let after = self.source.poll_after();
        turn.polled.poll_after = turn.polled.poll_after.into_iter().chain(after).min();
        // the end of a progress bar, where all sources know theirs
        let before = if turn.done.sources_asked == 0 { Some(0) } else { turn.done.total_bytes };
        turn.done.total_bytes = before.zip(self.source.total_bytes()).map(|(before, mine)| before + mine);
        turn.done.sources_asked += 1;
        turn.done.skipped += self.source.skipped();
        Ok(())
    }

    /// Nothing will come any more.
    fn ended(&self) -> bool {
        self.opened && self.open_partitions().next().is_none() && self.source.complete()
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
            let number = turn.done.sources.len() as u32;
            if self.source.behind_log().is_some() {
                turn.done.journaled.push((number, self.source.name()));
            }
            turn.done.sources.push(self.source.name());
            turn.done.offsets.push(Table::of::<u32, Read<S::Offset>>("").row);
            turn.done.identities.push(self.source.identity());
        }
        let (partition, blocks) = self.polled.drain(..).unzip();
        Blocks { partition, blocks }
    }

    /// Gives the memory of a finished batch back to the source.
    pub fn recycle(&mut self, blocks: Blocks<S>, turn: &mut Turn<'_>) {
        self.read_so_far(turn);
        turn.done.records += std::mem::take(&mut self.records);
        blocks.blocks.into_iter().for_each(|block| self.source.recycle(block));
    }

    pub fn kind(&self) -> Kind<S> {
        Kind(std::marker::PhantomData)
    }

    /// How far reading has come, for the watermark.
    pub fn reading(&self) -> Reading<'_> {
        Reading { partitions: &self.partitions, ended: self.ended() }
    }

    /// The name of a partition, for records that are put aside.
    pub fn partition_name(&self, partition: u32) -> String {
        let known = (self.gone..self.partitions.len()).contains(&(partition as usize));
        if known { self.source.partition_name(partition as usize - self.gone) } else { String::new() }
    }

    /// The name of a partition, for the report of a failure.
    pub fn place(&self, number: u32, failure: &Failure, turn: &mut Turn<'_>) {
        if let Failure::Panic { source, partition, .. } = failure
            && *source == number
            && (self.gone..self.partitions.len()).contains(&(*partition as usize))
        {
            turn.done.place = Some(format!("`{}`", self.source.partition_name(*partition as usize - self.gone)));
        }
    }

    /// Runs the fused loop over the blocks: one task a block.
    pub fn run<'b, L>(
        &mut self,
        number: u32,
        blocks: &'b Blocks<S>,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(&'b S::Block, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        turn.executor.board().blocks(number, &blocks.partition, &|partition| self.partition_name(partition));
        let count = |partitions: &[PartitionState]| partitions.iter().map(|state| state.records).sum::<u64>();
        let before = count(&self.partitions);
        let source = Some(SourceChunks { number, partitions: &mut self.partitions, chunks: &blocks.partition });
        let task = |index: usize, leaf| task(&blocks.blocks[index], leaf);
        let done = chunks(turn, blocks.blocks.len(), source, make, task, absorb);
        self.records += count(&self.partitions) - before;
        done
    }
}
