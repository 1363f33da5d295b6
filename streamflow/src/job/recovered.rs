//! From the directory into the slots of a job.

use super::checkpoint::Checkpoint;
use super::committer::Pace;
use super::drive::Loop;
use super::durable::Durable;
use super::freezing::Amount;
use super::input::ReadSoFar;
use super::names::{Names, SOURCE};
use super::savepoint;
use crate::commit::{self, Commit, Layout, Opening, Replay, Schemas, Section, Undelivered};
use crate::sink::{Fence, Held};
use crate::source::Signal;
use crate::state::SHARDS;
use crate::state::codec::{BadType, Fit, Type};
use crate::state::save::Stored;
use crate::{Error, ErrorKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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
    let mut replaying = Replaying::new(job);
    // a directory without a commit is not replayed
    replaying.begin()?;
    let recovered = opening.read(&mut replaying, last)?;
    let Replaying { job, names, seek, sources, .. } = replaying;
    names.compare_sources(&sources)?;
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
    let mut replaying = Replaying::new(job);
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
        let durable = Durable::new(log, self.names, (pace, amount), signal);
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
    /// By number, what told each source from the others when it was committed last.
    sources: BTreeMap<u32, String>,
    /// Sections whose types have been compared.
    fitted: BTreeSet<(String, u64)>,
}

impl<'r, 'l> Replaying<'r, 'l> {
    fn new(job: &'r mut Loop<'l>) -> Self {
        let (stored, sources) = (BTreeMap::new(), BTreeMap::new());
        Replaying { job, names: Names::default(), stored, seek: vec![], sources, fitted: BTreeSet::new() }
    }

    fn section(&mut self, section: Section) -> Result<(), Error> {
        let Section { name, schema, bytes } = section;
        let Some(row) = self.stored.get(&schema) else {
            let text = format!("the checkpoint does not tell the type of `{name}`");
            return Err(Error::new(ErrorKind::Checkpoint, text).help("restore the directory from a copy"));
        };
        if let Some(place) = name.strip_prefix(SOURCE) {
            let (number, identity) = place.split_once(' ').unwrap_or((place, ""));
            let source = number.parse().unwrap_or(u32::MAX);
            self.sources.insert(source, identity.to_owned());
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
        self.sources.clear();
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
