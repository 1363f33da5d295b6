//! A job with a checkpoint directory: what it commits, and how it comes back.

use super::checkpoint::Checkpoint;
use super::committer::{Committer, Errand, Outcome, Pace};
use super::drive::Loop;
use super::freezing::{Amount, Freezing};
use super::input::ReadSoFar;
use super::lock;
use super::savepoint;
use super::turn::Done;
use crate::commit::{self, Commit, CommitLog, Layout, Opening, Replay, Schemas, Section, Undelivered};
use crate::sink::{Fence, Held};
use crate::source::Signal;
use crate::state::codec::{BadType, Fit, Type};
use crate::state::save::{Saving, Stored, Table};
use crate::state::{SHARDS, Slots};
use crate::{BatchInfo, Error, ErrorKind, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::path::Path;

/// The commit log of a running job.
pub(crate) struct Durable {
    pub(super) log: Committer,
    names: Names,
    /// How much of a snapshot is frozen behind a batch.
    amount: Amount,
    /// The last batch: it is being made durable, or it is and the sinks do not have all of it.
    earlier: Option<Earlier>,
    /// Where the sources stood when a snapshot was asked for.
    read: Vec<Section>,
    freezing: Option<Freezing>,
    /// The log has grown so much that it wants a snapshot.
    wants_snapshot: bool,
    /// Memory for the next batches.
    spare: VecDeque<Vec<u8>>,
    /// The log has failed: this generation is over.
    failed: bool,
}

/// A batch that is not delivered yet.
struct Earlier {
    batch: BatchInfo,
    /// Those that have something of it.
    sinks: Vec<u32>,
    outputs: Vec<(u32, Vec<u8>)>,
}

/// What the sections of this program are called, and what their rows are.
#[derive(Default)]
pub(super) struct Names {
    tables: BTreeMap<String, Named>,
    /// By slot, what keeps it: the operator, and the form of its state.
    keepers: BTreeMap<&'static str, String>,
    schemas: Schemas,
}

/// A table of this program.
struct Named {
    /// What the log calls it, with its keeper: state that another kind of stage has kept means something else.
    section: String,
    schema: u64,
    fit: fn(&Type) -> Fit,
}

impl Names {
    /// Those of all slots and sources, which a look at the pipeline has told.
    fn of(told: &Done, job: &mut Loop<'_>) -> Result<Self, Error> {
        let mut names = Names::default();
        let stages = job.plan().stages;
        let mut missing = vec![];
        job.slots().each(&mut |label, slot| {
            let operator = lock::operator(stages, label);
            let keeper = lock::keeper(operator, slot);
            match slot.tables() {
                Some(tables) => tables.into_iter().for_each(|table| names.add(label, &keeper, table)),
                None => missing.push((label, operator)),
            }
            names.keepers.insert(label, keeper);
        });
        for (number, row) in told.offsets.iter().enumerate() {
            names.add_named(source(number as u32), source(number as u32), row, |_| Fit::Same);
        }
        match missing.first() {
            None => Ok(names),
            Some((label, operator)) => {
                let text = format!("the state `{label}` of `{operator}` cannot be kept in a checkpoint");
                Err(Error::new(ErrorKind::Settings, text).help("run this job without a checkpoint"))
            }
        }
    }

    fn add(&mut self, label: &str, keeper: &str, Table { name, row, fit, .. }: Table) {
        let table = table(label, name);
        let section = format!("{table} {keeper}");
        self.add_named(table, section, &row, fit);
    }

    fn add_named(&mut self, table: String, section: String, row: &Type, fit: fn(&Type) -> Fit) {
        let schema = row.fingerprint();
        self.schemas.0.insert(schema, row.to_string());
        self.tables.insert(table, Named { section, schema, fit });
    }

    fn section(&self, table: &str, bytes: Vec<u8>) -> Option<Section> {
        let Named { section, schema, .. } = self.tables.get(table)?;
        Some(Section { name: section.clone(), schema: *schema, bytes })
    }

    /// The sections of a batch, or all there is of some shards of one slot.
    fn saved(
        &self,
        only: Option<(&str, Range<usize>)>,
        slots: &mut dyn Slots,
        spare: &mut VecDeque<Vec<u8>>,
    ) -> Result<Vec<Section>, Error> {
        let (mut tables, mut failure) = (vec![], None);
        slots.each(&mut |slot, state| {
            let shards = match &only {
                None => 0..SHARDS,
                Some((label, shards)) if *label == slot => shards.clone(),
                Some(_) => return,
            };
            let (all, tables, failure) = (only.is_some(), &mut tables, &mut failure);
            state.save(&mut Saving { all, shards, slot, tables, spare, failure });
        });
        match failure {
            Some(reason) => Err(unsaved(reason)),
            None => {
                Ok(tables.into_iter().filter_map(|(slot, name, rows)| self.section(&table(slot, name), rows)).collect())
            }
        }
    }

    /// Some shards of a slot as they stand, for a snapshot.
    pub(super) fn frozen(
        &self,
        label: &str,
        shards: Range<usize>,
        slots: &mut dyn Slots,
    ) -> Result<Vec<Section>, Error> {
        self.saved(Some((label, shards)), slots, &mut VecDeque::new())
    }
}

/// Memory to use again; none of a batch that was much larger than those around it.
fn cleared(mut memory: Vec<u8>) -> Vec<u8> {
    memory.shrink_to(memory.len() * 2);
    memory.clear();
    memory
}

fn unsaved(reason: String) -> Error {
    Error::new(ErrorKind::Checkpoint, reason).help("the batch was taken back; nothing of it is in the checkpoint")
}

/// The name of a table of a slot. Labels are identifiers, so the mark cannot be in one.
fn table(slot: &str, name: &str) -> String {
    format!("{slot}/{name}")
}

/// The name of the section of a source.
fn source(number: u32) -> String {
    format!("{SOURCE}{number}")
}

/// No label begins so.
const SOURCE: &str = "/source/";

/// A job that has come back, before it goes on.
pub(crate) struct Recovered {
    recovered: commit::Recovered,
    names: Names,
    /// Where sources go on, in the order in which it was committed.
    pub seek: Vec<ReadSoFar>,
}

/// Locks the directory and says who writes to it now.
pub(crate) fn lock(checkpoint: &Checkpoint, name: &str, seed: u64) -> Result<Opening, Error> {
    let layout = Layout { pipeline: name.to_owned(), shards: SHARDS as u32, hash_seed: seed };
    let from = checkpoint.begins_with().map(Path::to_owned);
    let (storage, options) = checkpoint.open(layout)?;
    let mut opening = Opening::lock(storage, options)?;
    if let Some(from) = from {
        savepoint::begin(&mut opening, &from)?;
    }
    Ok(opening)
}

pub(crate) fn fence(opening: &Opening) -> Fence {
    Fence { incarnation: opening.incarnation(), generation: opening.generation() }
}

/// Brings the state of a job back.
pub(crate) fn recover(opening: Opening, held: &[Held], job: &mut Loop<'_>) -> Result<Recovered, Error> {
    let last = held.iter().filter_map(|held| held.epoch).max();
    let mut replaying =
        Replaying { job, names: Names::default(), stored: BTreeMap::new(), seek: vec![], fitted: BTreeSet::new() };
    // a directory without a commit is not replayed
    replaying.begin()?;
    let recovered = opening.read(&mut replaying, last)?;
    let Replaying { job, names, seek, .. } = replaying;
    // what came back is final
    job.slots().each(&mut |_, slot| slot.commit());
    Ok(Recovered { recovered, names, seek })
}

/// Puts what a directory holds into the slots of a job that only looks at it; nothing in the directory is changed. Gives the last commit, and
/// where sources stood.
#[cfg(feature = "cli")]
pub(super) fn replay(
    storage: &dyn commit::Storage,
    job: &mut Loop<'_>,
) -> Result<(Option<u64>, Vec<ReadSoFar>), Error> {
    let mut replaying =
        Replaying { job, names: Names::default(), stored: BTreeMap::new(), seek: vec![], fitted: BTreeSet::new() };
    replaying.begin()?;
    let held = commit::savepoint::Held::replay(storage, &mut replaying)?;
    let Replaying { job, seek, .. } = replaying;
    job.slots().each(&mut |_, slot| slot.commit());
    Ok((held.map(|held| held.epoch()), seek))
}

impl Recovered {
    /// The last commit and its clock in microseconds.
    pub fn last(&self) -> Option<(u64, i64)> {
        self.recovered.epoch.map(|epoch| (epoch, self.recovered.clock))
    }

    /// Makes the directory this generation's, and tells what sinks may not have got.
    pub fn begin(
        mut self,
        (pace, amount): (Pace, Amount),
        signal: Signal,
    ) -> Result<(Durable, Vec<Undelivered>), Error> {
        let undelivered = std::mem::take(&mut self.recovered.undelivered);
        let log = self.recovered.begin(self.names.schemas.clone())?;
        let wants_snapshot = log.wants_snapshot();
        let durable = Durable {
            log: Committer::new(log, pace, signal),
            names: self.names,
            amount,
            earlier: None,
            read: vec![],
            freezing: None,
            wants_snapshot,
            spare: VecDeque::new(),
            failed: false,
        };
        Ok((durable, undelivered))
    }
}

/// Puts what the log tells into the slots.
struct Replaying<'r, 'l> {
    job: &'r mut Loop<'l>,
    names: Names,
    /// The types of stored rows, by fingerprint.
    stored: BTreeMap<u64, Type>,
    seek: Vec<ReadSoFar>,
    /// Sections whose types have been compared.
    fitted: BTreeSet<(String, u64)>,
}

impl Replaying<'_, '_> {
    fn section(&mut self, section: Section) -> Result<(), Error> {
        let Section { name, schema, bytes } = section;
        let Some(row) = self.stored.get(&schema) else {
            let text = format!("the checkpoint does not tell the type of `{name}`");
            return Err(Error::new(ErrorKind::Checkpoint, text).help("restore the directory from a copy"));
        };
        if let Some(number) = name.strip_prefix(SOURCE) {
            let source = number.parse().unwrap_or(u32::MAX);
            self.seek.push(ReadSoFar { source, row: row.clone(), rows: bytes });
            return Ok(());
        }
        let (place, keeper) = name.split_once(' ').unwrap_or((&name, ""));
        let (label, table) = place.split_once('/').unwrap_or((place, ""));
        let refused = |text: String, help: &str| Err(Error::new(ErrorKind::Checkpoint, text).help(help));
        let dropped = self.job.drops(label);
        let named = match (self.names.keepers.get(label), self.names.tables.get(place)) {
            (Some(now), Some(named)) if now == keeper => named,
            _ if dropped => return Ok(()),
            (None, _) => {
                let text = format!("the checkpoint holds the state `{label}`, which this pipeline does not have");
                let help = "label the stage that goes on from it so, give it up with `drop_state`, or begin with a new directory";
                return refused(text, help);
            }
            (Some(now), _) => {
                let text = format!("the state `{label}` was kept by `{keeper}`, and its stage is now `{now}`");
                return refused(text, "keep the stage as it was, or begin with a new directory");
            }
        };
        if dropped && matches!((named.fit)(row), Fit::Refused(_)) {
            return Ok(());
        }
        if let (true, Fit::Refused(reasons)) = (self.fitted.insert((name.clone(), schema)), (named.fit)(row)) {
            let text = format!("the state `{label}` does not fit its stage: {}", reasons.join("; "));
            return refused(text, "docs/state.md has the changes that a state type may go through");
        }
        let mut done = Ok(());
        self.job.slots().each(&mut |slot, state| {
            if slot == label {
                done = state.restore(&Stored { name: table, row, bytes: &bytes });
            }
        });
        done.map_err(|error| {
            let text = format!("the state `{label}` cannot be read: {error}");
            Error::new(ErrorKind::Checkpoint, text)
                .help("see docs/state.md for the changes that a state type may go through")
        })
    }
}

impl Replay for Replaying<'_, '_> {
    fn begin(&mut self) -> Result<(), Error> {
        self.job.slots().each(&mut |_, slot| slot.forget());
        self.seek.clear();
        self.fitted.clear();
        let told = self.job.look()?;
        self.names = Names::of(&told, self.job)?;
        Ok(())
    }

    fn schemas(&mut self, schemas: &Schemas) -> Result<(), Error> {
        for (fingerprint, text) in &schemas.0 {
            let row = text.parse().map_err(|error: BadType| {
                Error::new(ErrorKind::Checkpoint, format!("the checkpoint has a type that cannot be read: {error}"))
            })?;
            self.stored.insert(*fingerprint, row);
        }
        Ok(())
    }

    fn snapshot(&mut self, section: Section) -> Result<(), Error> {
        self.section(section)
    }

    fn record(&mut self, commit: &Commit) -> Result<(), Error> {
        commit.sections.iter().cloned().try_for_each(|section| self.section(section))
    }
}

impl Durable {
    /// Should the sources tell with the next batch how far all of them have come, for a snapshot?
    pub fn wants_snapshot(&self) -> bool {
        self.wants_snapshot && self.freezing.is_none()
    }

    /// Has the log failed? Then a new generation may go on from the directory, once the cause is gone.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Begins to make a batch durable. A batch that has changed nothing and gives nothing leaves no trace. The one before it must be
    /// delivered.
    pub fn commit(
        &mut self,
        batch: BatchInfo,
        slots: &mut dyn Slots,
        told: &mut Done,
        begin: bool,
    ) -> Result<(), Error> {
        if let Some(reason) = told.unsaved.take() {
            return Err(unsaved(reason));
        }
        let read = std::mem::take(&mut told.read).into_iter();
        let mut sections: Vec<Section> =
            read.filter_map(|(number, bytes)| self.names.section(&source(number), bytes)).collect();
        if begin {
            self.read = sections.clone();
            // asked for once: the log is away until the next batch has been processed
            self.wants_snapshot = false;
        }
        sections.extend(self.names.saved(None, slots, &mut self.spare)?);
        let outputs = std::mem::take(&mut told.outputs);
        if sections.is_empty() && outputs.is_empty() {
            return Ok(());
        }
        let clock = Timestamp::from(batch.time).as_micros();
        let sinks = outputs.iter().map(|(sink, _)| *sink).collect();
        let blocks = std::mem::take(&mut told.blocks);
        let commit = Commit { epoch: batch.epoch, clock, sections, outputs, blocks, ..Commit::default() };
        self.earlier = Some(Earlier { batch, sinks, outputs: vec![] });
        self.send(Errand { commit: Some(commit), finish: None, begin })
    }

    /// Sends the log on an errand, and the snapshot along that has been written by now.
    fn send(&mut self, errand: Errand) -> Result<(), Error> {
        let written = self.freezing.take_if(|freezing| freezing.is_done()).map(Freezing::written);
        if let (Some(None), Some(log)) = (&written, self.log.log()) {
            // one that failed is given up: the log holds all of it
            log.abandon_snapshot();
        }
        let finish = written.flatten();
        if errand.commit.is_some() || finish.is_some() {
            self.log.send(Errand { finish, ..errand })?;
        }
        Ok(())
    }

    /// Waits until the last batch is durable.
    fn wait(&mut self) -> Result<(), Error> {
        if !self.log.busy() {
            return Ok(());
        }
        let Outcome { commit, begun } = self.log.wait().inspect_err(|error| {
            self.failed = matches!(error.kind(), commit::ErrorKind::Io | commit::ErrorKind::Stopped);
        })?;
        if let (Some(earlier), Some(commit)) = (&mut self.earlier, commit) {
            earlier.outputs = commit.outputs;
            let tables = commit.sections.into_iter().filter(|section| !section.name.starts_with(SOURCE));
            self.spare.extend(tables.map(|section| cleared(section.bytes)));
        }
        self.wants_snapshot = self.log.log().is_some_and(|log| log.wants_snapshot());
        if let Some(writer) = begun {
            let read = std::mem::take(&mut self.read);
            self.freezing = Some(Freezing::begin(writer, read, self.log.pace() == Pace::Beside)?);
        }
        Ok(())
    }

    /// What the last batch has for a sink: waits until it is durable. Given once.
    pub fn outputs_of(&mut self, sink: u32) -> Result<Option<(BatchInfo, Vec<Vec<u8>>)>, Error> {
        self.wait()?;
        let Some(Earlier { batch, outputs, .. }) = &mut self.earlier else { return Ok(None) };
        let mine = outputs.extract_if(.., |(of, _)| *of == sink).map(|(_, bytes)| bytes).collect();
        Ok(Some((*batch, mine)))
    }

    /// What the last batch has for sinks that have not been given it: waits until it is durable.
    pub fn outputs(&mut self) -> Result<Option<(BatchInfo, Vec<(u32, Vec<u8>)>)>, Error> {
        self.wait()?;
        Ok(self.earlier.as_mut().map(|earlier| (earlier.batch, std::mem::take(&mut earlier.outputs))))
    }

    /// The sinks have all of the last batch.
    pub fn delivered(&mut self) {
        if let (Some(Earlier { batch, sinks, .. }), Some(log)) = (self.earlier.take(), self.log.log()) {
            sinks.into_iter().for_each(|sink| log.delivered(sink, batch.epoch));
        }
    }

    /// Sinks have what the log held for them of a batch before this start.
    pub fn delivered_again(&mut self, epoch: u64, outputs: &[(u32, Vec<u8>)]) {
        if let Some(log) = self.log.log() {
            outputs.iter().for_each(|(sink, _)| log.delivered(*sink, epoch));
        }
    }

    /// Is a batch delivered before the next one is formed?
    pub fn is_at_once(&self) -> bool {
        self.log.pace() == Pace::AtOnce
    }

    /// Is there a batch that is durable and not delivered?
    pub fn has_come(&mut self) -> bool {
        self.earlier.is_some() && self.log.is_done()
    }

    /// Behind a batch, or while there is none: goes on with a snapshot.
    pub fn freeze(&mut self, slots: &mut dyn Slots) {
        if let Some(freezing) = &mut self.freezing
            && freezing.freeze(self.amount, &self.names, slots).is_err()
        {
            freezing.give_up();
        }
    }

    /// While there is no batch: puts a snapshot that has been written in place of the log before it.
    pub fn tend(&mut self, slots: &mut dyn Slots) -> Result<(), Error> {
        if self.log.busy() {
            if !self.log.is_done() || self.earlier.is_some() {
                return Ok(());
            }
            self.wait()?;
        }
        self.freeze(slots);
        self.send(Errand::default())
    }

    /// The job has ended behind the last batch.
    pub fn close(&mut self) -> Result<(), Error> {
        match self.log.log().map_or(Ok(()), CommitLog::close) {
            // what sinks have is then told by them, or delivered once more
            Err(error) if error.kind() == commit::ErrorKind::Io => Ok(()),
            closed => Ok(closed?),
        }
    }

    /// Waits until a snapshot that was begun is in its place.
    pub fn finish(&mut self, slots: &mut dyn Slots) -> Result<(), Error> {
        self.wait()?;
        if let Some(mut freezing) = self.freezing.take() {
            let frozen = freezing.freeze(Amount::All, &self.names, slots);
            let written = frozen.is_ok().then(|| freezing.written()).flatten();
            match (written, self.log.log()) {
                (Some(written), _) => self.log.send(Errand { finish: Some(written), ..Errand::default() })?,
                (None, Some(log)) => log.abandon_snapshot(),
                (None, None) => {}
            }
        }
        self.wait()
    }
}

/// The directory is free when this has returned: the thread of a snapshot holds its lock.
impl Drop for Durable {
    fn drop(&mut self) {
        if let Some(mut freezing) = self.freezing.take() {
            freezing.give_up();
            freezing.written();
        }
    }
}
