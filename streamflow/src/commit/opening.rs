//! The first steps of a start: take the directory, choose a generation, and let the sinks be fenced before anything is read.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use super::header::{FileKind, Header};
use super::mutant::mutant;
use super::names::FileName;
use super::reader::{FrameReader, header};
use super::{Commit, Error, ErrorKind, Layout, Process, Recovered, Schemas, Section, Storage, load, savepoint};

/// Settings of a commit log.
#[derive(Clone, Debug)]
pub struct Options {
    /// Kept in manifests. Where the directory has one already, [`Recovered::layout`] says what that is.
    pub layout: Layout,
    /// Who writes.
    pub process: Process,
    /// The incarnation of a directory that is new: a random number.
    pub incarnation: u64,
    /// A snapshot is wanted when the log has grown by this part of the last snapshot, in per cent, and by `snapshot_bytes`.
    pub snapshot_percent: u64,
    /// See `snapshot_percent`.
    pub snapshot_bytes: u64,
    /// A snapshot is wanted when the log has so many records, whatever their size.
    pub snapshot_records: u64,
    /// A file of received blocks that is longer is followed by a new one; at most 64 MiB.
    pub receiver_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            layout: Layout::default(),
            process: Process::this(),
            incarnation: RandomState::new().build_hasher().finish(),
            snapshot_percent: 50,
            snapshot_bytes: 4 << 20,
            snapshot_records: 100_000,
            receiver_bytes: 64 << 20,
        }
    }
}

/// Takes what a checkpoint holds, in order. What it says is final: its error ends the start.
pub trait Replay {
    /// A reading begins. It may begin again where a file turned out to be damaged and an older snapshot is whole: then all that came
    /// before is to be forgotten.
    ///
    /// # Errors
    ///
    /// Whatever ends the start.
    fn begin(&mut self) -> Result<(), crate::Error>;
    /// The schemas by which sections are to be read. First of all.
    ///
    /// # Errors
    ///
    /// Whatever ends the start.
    fn schemas(&mut self, schemas: &Schemas) -> Result<(), crate::Error>;
    /// A section of the snapshot, in the order in which they were written.
    ///
    /// # Errors
    ///
    /// Whatever ends the start.
    fn snapshot(&mut self, section: Section) -> Result<(), crate::Error>;
    /// A commit behind the snapshot, in order. Sections that were added to the snapshot later have seen it already.
    ///
    /// # Errors
    ///
    /// Whatever ends the start.
    fn record(&mut self, commit: &Commit) -> Result<(), crate::Error>;
}

/// A checkpoint directory that is locked, with a generation chosen, of which nothing was read yet.
///
/// Now the sinks are to be fenced with [`generation`](Opening::generation). **Rule R1: fence first, then read.** A process of an
/// earlier generation that was only paused may wake up at any moment. If it wakes between the reading and the fencing it delivers an
/// epoch that the new generation forms anew.
pub struct Opening {
    pub(super) storage: Box<dyn Storage>,
    pub(super) options: Options,
    pub(super) generation: u64,
    pub(super) incarnation: u64,
}

impl Opening {
    /// Locks the directory and chooses the generation: one more than any that a name in it has.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Locked`] if another process holds it, [`ErrorKind::Refused`] if it is a savepoint, [`ErrorKind::Io`].
    pub fn lock(mut storage: Box<dyn Storage>, options: Options) -> Result<Opening, Error> {
        if savepoint::is_savepoint(&*storage)? {
            let message =
                "this directory is a savepoint, which no job writes to; begin with a new directory that starts from it";
            return Err(Error::new(ErrorKind::Refused, message));
        }
        storage.lock()?;
        let names = names(&*storage)?;
        let newest = names.iter().map(|name| name.generation()).max().unwrap_or(0);
        let found = incarnation(&*storage, &names)?;
        let incarnation = found.map_or(options.incarnation, |(incarnation, _)| incarnation);
        let mut opening = Opening { storage, options, generation: 0, incarnation };
        if !mutant!(GenerationReused) {
            opening.raise(newest)?;
        } else {
            opening.generation = newest.max(1);
        }
        let written_down = found.is_some_and(|(_, manifest)| manifest);
        if !written_down && !mutant!(NoIdentity) {
            opening.identify(&names)?;
        }
        Ok(opening)
    }

    /// Writes down whose directory a new one is, before any sink is told: a sink remembers the incarnation from its first fence on, and
    /// would refuse a process that had to choose another one. An empty log of generation 0, which nobody runs. Written again until there is a
    /// manifest: one that was found may be shown by the kernel alone (rule R2).
    fn identify(&mut self, names: &[FileName]) -> Result<(), Error> {
        let mine = names.iter().filter_map(|name| match name {
            FileName::Log { generation: 0, epoch } => Some(epoch + 1),
            _ => None,
        });
        let epoch = mine.max().unwrap_or(0);
        let file = self.storage.create_new(&FileName::Log { generation: 0, epoch }.to_string())?;
        let mut bytes = Vec::new();
        header(FileKind::Log, self.incarnation, 0, epoch).encode(&mut bytes);
        self.storage.append(file, &bytes)?;
        self.storage.sync(file)?;
        self.storage.sync_dir()?;
        self.storage.close(file);
        Ok(())
    }

    /// The number of this process among all that have written here.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The directory, to be read.
    pub(crate) fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    /// The random number that tells this directory from one that was begun anew.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        self.incarnation
    }

    /// Chooses a generation above this one, that of a sink's fence: sinks remember it where a lost power supply has taken the names of
    /// files.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] if there is no higher number.
    pub fn raise(&mut self, above: u64) -> Result<(), Error> {
        let next = above.checked_add(1).ok_or_else(|| {
            Error::new(ErrorKind::Refused, "generations have come to their end; begin with a new directory")
        })?;
        self.generation = self.generation.max(next);
        Ok(())
    }

    /// Reads what is there and gives it to `replay`: the newest snapshot that is whole and the log behind it.
    ///
    /// `sinks_last_epoch` is the highest epoch that any sink says it has: the directory must not be behind it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`] with file, offset and section if something that was committed cannot be read, [`ErrorKind::Behind`] if
    /// the sinks know more, [`ErrorKind::Newer`] for a later format, [`ErrorKind::Refused`] with what `replay` said. Nothing in the
    /// directory is changed.
    pub fn read(self, replay: &mut dyn Replay, sinks_last_epoch: Option<u64>) -> Result<Recovered, Error> {
        let loaded = load::newest(&*self.storage, self.incarnation, replay)?;
        let epoch = loaded.as_ref().map_or(0, |loaded| loaded.epoch);
        let sinks = sinks_last_epoch.unwrap_or(0);
        if epoch < sinks && !mutant!(NoSinkEpochCheck) {
            let message = format!("the checkpoint ends at epoch {epoch}, but a sink has epoch {sinks} of it already");
            return Err(Error::new(ErrorKind::Behind, message));
        }
        Ok(Recovered::new(self, loaded))
    }
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening").field("generation", &self.generation).field("incarnation", &self.incarnation).finish()
    }
}

/// Our files, in the order of their names.
pub(super) fn names(storage: &dyn Storage) -> Result<Vec<FileName>, Error> {
    let mut names: Vec<FileName> = storage.list()?.iter().filter_map(|name| FileName::parse(name)).collect();
    names.sort();
    Ok(names)
}

/// Whose directory this is, from the newest header that is whole: manifests first, then logs; and whether a manifest says so.
pub(super) fn incarnation(storage: &dyn Storage, names: &[FileName]) -> Result<Option<(u64, bool)>, Error> {
    let mut order: Vec<FileName> = names.to_vec();
    order.sort_by_key(|name| {
        let manifest = matches!(name, FileName::Manifest { .. });
        (std::cmp::Reverse(manifest), std::cmp::Reverse(name.generation()), std::cmp::Reverse(*name))
    });
    for name in order {
        let file = name.to_string();
        if let Ok((_, Header { kind, incarnation, .. })) = FrameReader::open(storage, &file)?
            && (kind == FileKind::Manifest) == matches!(name, FileName::Manifest { .. })
        {
            return Ok(Some((incarnation, kind == FileKind::Manifest)));
        }
    }
    Ok(None)
}
