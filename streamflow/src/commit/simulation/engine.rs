//! A small sequential engine on the real commit log: sums by key, an outbox sink and one of two phases.

use std::collections::{BTreeSet, VecDeque};

use super::received::Received;
use super::sections::{Restored, SCHEMA, SHARDS, shard_section, source_section};
use super::world::{Fenced, Sink, State, World, apply, expected, key_of, rows};
use crate::commit::mutant::mutant;
use crate::commit::{Commit, CommitLog, Error, ErrorKind, Opening, Options, Schemas, Section, SnapshotWriter};
use crate::testing::{Random, SimStorage};

/// So many epochs may be committed ahead of their delivery.
const AHEAD: usize = 3;

/// Why a life of the process has ended.
#[derive(Debug)]
pub enum End {
    Error(Error),
    Fenced,
    Unknowable,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        End::Error(error)
    }
}

impl From<Fenced> for End {
    fn from(_: Fenced) -> Self {
        End::Fenced
    }
}

struct Delivery {
    sink: u32,
    generation: u64,
    epoch: u64,
    bytes: Vec<u8>,
}

struct Snapshot {
    writer: SnapshotWriter,
    /// Sections to come; the last one is that of the source.
    next: u64,
    at_once: bool,
}

pub struct Engine {
    pub storage: SimStorage,
    log: CommitLog,
    pub offset: u64,
    state: State,
    waiting: VecDeque<Delivery>,
    snapshot: Option<Snapshot>,
    received: Option<Received>,
    superseded: bool,
}

/// What goes on elsewhere while a process starts: one that was paused may wake up.
pub type Meanwhile<'m> = &'m mut dyn FnMut(&mut World, &mut Random);

impl Engine {
    pub fn start(
        storage: SimStorage,
        world: &mut World,
        random: &mut Random,
        meanwhile: Meanwhile<'_>,
    ) -> Result<Engine, End> {
        let handle = crate::commit::Storage::handle(&storage)?;
        let options =
            Options { incarnation: random.next(), snapshot_bytes: 1, receiver_bytes: 400, ..Options::default() };
        let mut opening = Opening::lock(handle, options)?;
        if !mutant!(GenerationNotRaised) {
            for sink in &world.sinks {
                opening.raise(sink.fence)?;
            }
        }
        meanwhile(world, random);
        let (generation, incarnation) = (opening.generation(), opening.incarnation());
        if *world.incarnation.get_or_insert(incarnation) != incarnation {
            let what = "the sinks belong to another incarnation of the directory";
            return Err(Error::new(ErrorKind::Behind, what).into());
        }
        let fence = |world: &mut World| {
            world.sinks.iter_mut().for_each(|sink| sink.fence(generation));
        };
        if !mutant!(NoFence) && !mutant!(ReadBeforeFence) {
            fence(world);
        }
        if mutant!(AbortBeforeReading) {
            world.sinks.iter_mut().for_each(|sink| sink.prepared.clear());
        }
        if mutant!(CommitAllInDoubt) {
            for sink in &mut world.sinks {
                let prepared = std::mem::take(&mut sink.prepared);
                sink.rows.extend(prepared.into_iter().map(|((_, epoch), rows)| (epoch, rows)));
            }
        }
        let last = world.sinks.iter().filter_map(Sink::last_epoch).max();
        let mut restored = Restored::default();
        let recovered = opening.read(&mut restored, last)?;
        meanwhile(world, random);
        if mutant!(ReadBeforeFence) {
            fence(world);
        }
        if let Some(what) = restored.wrong {
            world.wrong(what);
        }
        if restored.state != expected(restored.offset.min(world.total)) {
            world.wrong(format!("the state of offset {} is wrong", restored.offset));
        }
        let epoch = recovered.epoch.unwrap_or(0);
        if epoch + world.flips < world.confirmed {
            world.wrong(format!("epoch {} was confirmed, {epoch} recovered, {} flips", world.confirmed, world.flips));
        }
        if epoch < world.confirmed && world.sinks.iter().any(|sink| sink.forgets) {
            return Err(End::Unknowable);
        }
        let mut undelivered = recovered.undelivered.clone();
        if mutant!(DeliverBeforeBegin) {
            deliver_again(&undelivered, world, generation, random)?;
        }
        let mut log = recovered.begin(Schemas([(SCHEMA, "key u64, sum u64".to_string())].into()))?;
        world.confirmed = epoch;
        if mutant!(NoRedelivery) {
            undelivered.clear();
        }
        deliver_again(&undelivered, world, generation, random)?;
        for left in &undelivered {
            left.outputs.iter().for_each(|(sink, _)| log.delivered(*sink, left.epoch));
        }
        if !mutant!(NoAbort) {
            // aborted are those of older generations alone, and after all that the log names are committed
            world.sinks.iter_mut().for_each(|sink| sink.prepared.retain(|(of, _), _| *of >= generation));
        }
        let Restored { state, offset, .. } = restored;
        let received = if world.receives { Some(Received::open(&log, offset, world)?) } else { None };
        world.flips = 0;
        let waiting = VecDeque::new();
        Ok(Engine { storage, log, offset, state, waiting, snapshot: None, received, superseded: false })
    }

    /// This process is paused, and another one takes its place. What it believes from here on counts for nothing.
    pub fn pause(&mut self) {
        self.superseded = true;
        self.storage.pause();
    }

    pub fn receive(&mut self, world: &mut World, random: &mut Random) -> Result<(), End> {
        match &mut self.received {
            Some(received) => received.receive(world, random),
            None => Ok(()),
        }
    }

    pub fn batch(&mut self, world: &mut World, random: &mut Random) -> Result<(), End> {
        let (from, count) = (self.offset, 1 + random.below(12) as u64);
        let there = self.received.as_ref().map_or(world.total, |received| received.until);
        let to = (from + count).min(there);
        if to == from {
            return Ok(());
        }
        let panics = random.once_in(17).then(|| from + random.below(count as usize) as u64);
        let before: Vec<(u64, Option<u64>)> =
            (from..to).map(key_of).map(|key| (key, self.state.get(&key).copied())).collect();
        for offset in from..to {
            if offset == from + count / 2 && mutant!(SnapshotNotFrozen) {
                self.freeze(2);
            }
            if panics == Some(offset) {
                // a closure of the user panics: the batch is taken back, and the records are tried again later
                if !mutant!(NoRollback) {
                    self.take_back(before);
                }
                return Ok(());
            }
            apply(&mut self.state, offset);
        }
        let epoch = self.log.epoch() + 1;
        let keys: BTreeSet<u64> = before.iter().map(|(key, _)| *key).collect();
        let mut sections: Vec<Section> =
            (0..SHARDS).map(|shard| shard_section(&self.state, shard, Some(&keys))).collect();
        sections.push(source_section(to));
        let rows = rows(from, to, &self.state);
        let generation = self.log.generation();
        let name = (generation, epoch);
        let mut outputs = Vec::new();
        for sink in 0..world.sinks.len() as u32 {
            let two_phase = world.sinks[sink as usize].two_phase;
            if two_phase && !mutant!(PrepareAfterCommit) {
                world.prepare(sink, name, &rows, random)?;
            }
            outputs.push((sink, if two_phase { Vec::new() } else { rows.clone() }));
        }
        if mutant!(DeliverBeforeCommit) {
            for (sink, bytes) in &outputs {
                world.deliver(*sink, generation, name, bytes, random)?;
            }
        }
        if mutant!(DeliveredEarly) {
            outputs.iter().for_each(|(sink, _)| self.log.delivered(*sink, epoch));
        }
        let blocks = self.received.as_ref().and_then(|received| received.taken(to)).map(|number| (0, number));
        let commit = Commit {
            epoch,
            clock: epoch as i64,
            sections,
            outputs: outputs.clone(),
            blocks: blocks.into_iter().collect(),
            ..Commit::default()
        };
        if let Err(error) = self.log.commit(&commit) {
            let prepared = world.sinks.iter().any(|sink| sink.two_phase);
            if error.kind() == ErrorKind::Stopped || prepared || random.once_in(2) {
                return Err(error.into());
            }
            // An engine that goes on as if nothing had happened must not get far. Where something was prepared not even this: the log
            // may hold this epoch, and its transaction must not be prepared anew with other rows.
            self.take_back(before);
            return self.batch(world, random);
        }
        self.offset = to;
        if let (Some(received), Some((_, number))) = (&mut self.received, blocks) {
            received.blocks.retain(|(block, _)| *block > number);
        }
        if !self.superseded {
            world.confirmed = world.confirmed.max(epoch);
        }
        if mutant!(PrepareAfterCommit) {
            crate::commit::Storage::sync_dir(&mut self.storage)?;
            for sink in 0..world.sinks.len() as u32 {
                if world.sinks[sink as usize].two_phase {
                    world.prepare(sink, name, &rows, random)?;
                }
            }
        }
        self.waiting.extend(outputs.into_iter().map(|(sink, bytes)| Delivery { sink, generation, epoch, bytes }));
        Ok(())
    }

    fn take_back(&mut self, before: Vec<(u64, Option<u64>)>) {
        for (key, value) in before {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
    }

    pub fn is_writing_a_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// Delivers some of what waits: by all but the last few epochs, sometimes by all.
    pub fn deliver(&mut self, world: &mut World, random: &mut Random, all: bool) -> Result<(), End> {
        let keep = if all || random.once_in(2) { 0 } else { AHEAD * world.sinks.len() };
        while self.waiting.len() > keep {
            let Some(next) = self.waiting.pop_front() else { break };
            world.deliver(next.sink, self.log.generation(), (next.generation, next.epoch), &next.bytes, random)?;
            self.log.delivered(next.sink, next.epoch);
        }
        Ok(())
    }

    /// A step of a snapshot: begins one, freezes a shard, or finishes. Its failure costs nothing but itself.
    pub fn background(&mut self, random: &mut Random) -> Result<(), End> {
        if let Some(received) = &mut self.received {
            let taken = self.log.blocks_behind_manifests();
            // what cannot be deleted now is deleted later
            let _ = received.log.collect(&taken);
        }
        match self.snapshot.take() {
            None if random.once_in(4) && self.log.wants_snapshot() => {
                let writer = self.log.begin_snapshot()?;
                self.snapshot = Some(Snapshot { writer, next: 0, at_once: random.once_in(2) });
                if self.snapshot.as_ref().is_some_and(|snapshot| snapshot.at_once) {
                    self.freeze(u64::MAX);
                }
            }
            Some(snapshot) if snapshot.next <= SHARDS => {
                self.snapshot = Some(snapshot);
                self.freeze(1);
            }
            Some(snapshot) => match snapshot.writer.finish() {
                Ok(written) => match self.log.finish_snapshot(written) {
                    Err(error) if error.kind() != ErrorKind::Io => return Err(error.into()),
                    _ => {}
                },
                Err(_) => self.log.abandon_snapshot(),
            },
            None => {}
        }
        Ok(())
    }

    fn freeze(&mut self, mut count: u64) {
        let Some(snapshot) = &mut self.snapshot else { return };
        while snapshot.next <= SHARDS && count > 0 {
            let section = match snapshot.next {
                SHARDS => source_section(self.offset),
                shard => shard_section(&self.state, shard, None),
            };
            if snapshot.writer.push(&section).is_err() {
                self.snapshot = None;
                self.log.abandon_snapshot();
                return;
            }
            snapshot.next += 1;
            count -= 1;
        }
    }
}

fn deliver_again(
    undelivered: &[crate::commit::Undelivered],
    world: &mut World,
    generation: u64,
    random: &mut Random,
) -> Result<(), Fenced> {
    for left in undelivered {
        for (sink, bytes) in &left.outputs {
            world.deliver(*sink, generation, (left.generation, left.epoch), bytes, random)?;
        }
    }
    Ok(())
}
