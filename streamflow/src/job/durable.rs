//! A job with a checkpoint directory: what it commits, and how it comes back.

use super::checkpoint::Checkpoint;
use super::drive::Loop;
use super::input::ReadSoFar;
use super::lock;
use super::turn::Done;
use crate::commit::{self, Commit, CommitLog, Layout, Opening, Replay, Schemas, Section, Undelivered, Written};
use crate::sink::{Fence, Held};
use crate::state::codec::{BadType, Fit, Type};
use crate::state::save::{Saving, Stored, Table};
use crate::state::{SHARDS, Slots};
use crate::{BatchInfo, Error, ErrorKind, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::thread::JoinHandle;

/// The commit log of a running job.
pub(crate) struct Durable {
    log: CommitLog,
    names: Names,
    /// A snapshot that is being written.
    writing: Option<JoinHandle<Result<Written, commit::Error>>>,
}

/// What the sections of this program are called, and what their rows are.
#[derive(Default)]
struct Names {
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

    /// The sections of a batch, or of all there is.
    fn sections(&self, all: bool, slots: &mut dyn Slots, read: Vec<(u32, Vec<u8>)>) -> Result<Vec<Section>, Error> {
        let (mut tables, mut failure) = (vec![], None);
        slots
            .each(&mut |slot, state| state.save(&mut Saving { all, slot, tables: &mut tables, failure: &mut failure }));
        if let Some(reason) = failure {
            return Err(unsaved(reason));
        }
        let read = read.into_iter().filter_map(|(number, bytes)| self.section(&source(number), bytes));
        let saved = tables.into_iter().filter_map(|(slot, name, bytes)| self.section(&table(slot, name), bytes));
        Ok(read.chain(saved).collect())
    }
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
pub(crate) fn lock(checkpoint: Checkpoint, name: &str, seed: u64) -> Result<Opening, Error> {
    let layout = Layout { pipeline: name.to_owned(), shards: SHARDS as u32, hash_seed: seed };
    let (storage, options) = checkpoint.open(layout)?;
    Ok(Opening::lock(storage, options)?)
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

impl Recovered {
    /// The last commit and its clock in microseconds.
    pub fn last(&self) -> Option<(u64, i64)> {
        self.recovered.epoch.map(|epoch| (epoch, self.recovered.clock))
    }

    /// Makes the directory this generation's, and tells what sinks may not have got.
    pub fn begin(mut self) -> Result<(Durable, Vec<Undelivered>), Error> {
        let undelivered = std::mem::take(&mut self.recovered.undelivered);
        let log = self.recovered.begin(self.names.schemas.clone())?;
        Ok((Durable { log, names: self.names, writing: None }, undelivered))
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
        let named = match (self.names.keepers.get(label), self.names.tables.get(place)) {
            (None, _) => {
                let text = format!("the checkpoint holds the state `{label}`, which this pipeline does not have");
                return refused(text, "label the stage that goes on from it so, or begin with a new directory");
            }
            (Some(now), Some(named)) if now == keeper => named,
            (Some(now), _) => {
                let text = format!("the state `{label}` was kept by `{keeper}`, and its stage is now `{now}`");
                return refused(text, "keep the stage as it was, or begin with a new directory");
            }
        };
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
    /// Should the next batch tell all it has, for a snapshot?
    pub fn wants_snapshot(&self) -> bool {
        self.writing.is_none() && self.log.wants_snapshot()
    }

    /// Makes a batch durable. A batch that has changed nothing and gives nothing leaves no trace.
    pub fn commit(&mut self, batch: BatchInfo, slots: &mut dyn Slots, told: &mut Done) -> Result<(), Error> {
        let read = std::mem::take(&mut told.read);
        if let Some(reason) = told.unsaved.take() {
            return Err(unsaved(reason));
        }
        let sections = self.names.sections(false, slots, read)?;
        if sections.is_empty() && told.outputs.is_empty() {
            return Ok(());
        }
        let clock = Timestamp::from(batch.time).as_micros();
        let commit = Commit { epoch: batch.epoch, clock, sections, outputs: told.outputs.clone(), ..Commit::default() };
        Ok(self.log.commit(commit)?)
    }

    /// Sinks have what the log held for them.
    pub fn delivered(&mut self, epoch: u64, outputs: &[(u32, Vec<u8>)]) {
        outputs.iter().for_each(|(sink, _)| self.log.delivered(*sink, epoch));
    }

    /// Behind a commit: all state as it stands now, written by a thread of its own unless the job is to wait.
    pub fn snapshot(&mut self, slots: &mut dyn Slots, read: Vec<(u32, Vec<u8>)>, wait: bool) -> Result<(), Error> {
        let sections = self.names.sections(true, slots, read)?;
        let mut writer = self.log.begin_snapshot()?;
        let write = move || {
            sections.iter().try_for_each(|section| writer.push(section))?;
            writer.finish()
        };
        if wait {
            return self.finish(write());
        }
        let thread = std::thread::Builder::new().name("snapshot".to_owned()).spawn(write);
        let failed = |error| Error::new(ErrorKind::System, "cannot start a thread for the snapshot").because(error);
        self.writing = Some(thread.map_err(failed)?);
        Ok(())
    }

    /// Takes over a snapshot that has been written; waits for it if asked. One that failed is given up: the log holds all of it.
    pub fn settle(&mut self, wait: bool) -> Result<(), Error> {
        let Some(thread) = self.writing.take_if(|thread| wait || thread.is_finished()) else { return Ok(()) };
        let panicked =
            || commit::Error::new(commit::ErrorKind::Stopped, "the thread that wrote a snapshot has panicked");
        self.finish(thread.join().unwrap_or_else(|_| Err(panicked())))
    }

    /// Puts a snapshot in place of the log before it.
    fn finish(&mut self, written: Result<Written, commit::Error>) -> Result<(), Error> {
        let Ok(written) = written else {
            self.log.abandon_snapshot();
            return Ok(());
        };
        match self.log.finish_snapshot(written) {
            // the last snapshot is still in place, and the log behind it
            Err(error) if error.kind() == commit::ErrorKind::Io => Ok(()),
            finished => Ok(finished?),
        }
    }
}
