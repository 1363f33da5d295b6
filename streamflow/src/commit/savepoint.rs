//! Savepoints: the state of a checkpoint at one epoch, complete in a directory of its own that nobody writes to any more.
//!
//! A copy of bytes: the snapshot and the commits behind it, under the incarnation of the directory they are copied to, without what was to be
//! delivered. So a savepoint needs no types and no job, and a job that begins with one begins another history.

use super::frame::{self, FrameKind, Label};
use super::header::FileKind;
use super::load::{self, Loaded, refused};
use super::manifest::Manifest;
use super::names::FileName;
use super::opening::{incarnation, names};
use super::reader::{FrameReader, Next, header};
use super::reading::{Reading, after, forget_brought};
use super::snapshot::{self, SnapshotWriter};
use super::{Commit, Error, ErrorKind, Opening, Process, ReceiverLog, Replay, Schemas, Section, Storage};

/// A file that says that no job writes to this directory, and who has taken the savepoint. The first file of it.
const MARK: &str = "SAVEPOINT";

/// How much of the log is written at once.
const COPY: usize = 1 << 20;

/// Is this directory a savepoint, or the beginning of one?
pub(crate) fn is_savepoint(storage: &dyn Storage) -> Result<bool, Error> {
    Ok(storage.list()?.iter().any(|name| name == MARK))
}

/// What a directory holds, read once to see that it is whole.
pub(crate) struct Held<'s> {
    storage: &'s dyn Storage,
    /// Where receivers write too.
    second: Option<&'s dyn Storage>,
    loaded: Loaded,
}

/// Whose the copied files are.
struct Owner {
    incarnation: u64,
    generation: u64,
    sequence: u64,
}

impl<'s> Held<'s> {
    /// Reads a directory. `None` where nothing was committed.
    ///
    /// # Errors
    ///
    /// Those of [`Opening::read`].
    pub fn read(storage: &'s dyn Storage) -> Result<Option<Self>, Error> {
        Self::replay(storage, &mut Nothing)
    }

    /// Reads a directory and gives it to `replay`, as [`Opening::read`] does; takes no lock and changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Opening::read`].
    pub fn replay(storage: &'s dyn Storage, replay: &mut dyn Replay) -> Result<Option<Self>, Error> {
        let names = names(storage)?;
        let Some((incarnation, _)) = incarnation(storage, &names)? else {
            refused(replay.begin())?;
            return Ok(None);
        };
        let loaded = load::newest(storage, incarnation, replay)?;
        Ok(loaded.filter(|loaded| loaded.epoch > 0).map(|loaded| Held { storage, second: None, loaded }))
    }

    /// Reads a savepoint.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] if it is none, and those of [`Opening::read`].
    pub fn of_savepoint(storage: &'s dyn Storage) -> Result<Self, Error> {
        if !is_savepoint(storage)? {
            let message = "this is no savepoint: a savepoint has a file `SAVEPOINT`";
            return Err(Error::new(ErrorKind::Refused, message));
        }
        Self::read(storage)?.ok_or_else(|| incomplete(storage))
    }

    /// The last commit.
    pub fn epoch(&self) -> u64 {
        self.loaded.epoch
    }

    /// The batch clock of the last commit, in microseconds.
    pub fn clock(&self) -> i64 {
        self.loaded.clock
    }

    /// The first commit with results that are not known to be delivered.
    pub fn undelivered(&self) -> Option<u64> {
        self.loaded.undelivered.keys().next().copied()
    }

    /// What receivers have acknowledged is read from this directory too.
    pub fn and_second(self, second: Option<&'s dyn Storage>) -> Self {
        Held { second, ..self }
    }

    /// Makes a savepoint of it in an empty directory. Complete and durable when this has returned; nothing is left there where it fails.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] if the directory is not empty; [`ErrorKind::Io`]; [`ErrorKind::Damaged`] if something has changed since it was
    /// read.
    pub fn save(&self, target: &mut dyn Storage, incarnation: u64) -> Result<(), Error> {
        if !target.list()?.is_empty() {
            return Err(Error::new(ErrorKind::Refused, "there are files already where the savepoint is to be made"));
        }
        let saved = self.mark(target).and_then(|()| {
            let owner = Owner { incarnation, generation: 1, sequence: 1 };
            self.copy(target, &owner)
        });
        if saved.is_err() {
            // whoever finds the rest takes it for a savepoint that was not finished, which it is
            let mut left = target.list().unwrap_or_default();
            left.sort_by_key(|name| name == MARK);
            left.iter().for_each(|name| drop(target.delete(name)));
        }
        saved
    }

    fn mark(&self, target: &mut dyn Storage) -> Result<(), Error> {
        let mark = target.create_new(MARK)?;
        target
            .append(mark, format!("savepoint of epoch {}, taken by {}\n", self.epoch(), Process::this()).as_bytes())?;
        target.sync(mark)?;
        target.close(mark);
        target.sync_dir()
    }

    /// Puts a savepoint into a directory without a commit, as if a process of the chosen generation had left it there; the next
    /// generation is chosen.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save); [`ErrorKind::Refused`] if receivers have acknowledged something to that directory: their blocks and those of the
    /// savepoint would have the same numbers.
    pub fn begin(&self, opening: &mut Opening) -> Result<(), Error> {
        if forget_brought(&mut *opening.storage, opening.incarnation)? {
            let message = "receivers have acknowledged records to this directory that no batch has taken yet";
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let sequence = names(&*opening.storage)?.into_iter().filter_map(|name| match name {
            FileName::Manifest { sequence, .. } => Some(sequence),
            _ => None,
        });
        let sequence = sequence.max().unwrap_or(0) + 1;
        let (incarnation, generation) = (opening.incarnation, opening.generation);
        self.copy(&mut *opening.storage, &Owner { incarnation, generation, sequence })?;
        opening.raise(generation)
    }

    fn copy(&self, target: &mut dyn Storage, owner: &Owner) -> Result<(), Error> {
        let Manifest { snapshot, schemas, layout, .. } = &self.loaded.manifest;
        let mut copied = None;
        if let Some(file) = snapshot {
            // number 0, which no job writes: rule R5 takes any other for the proof that there was a manifest
            let mut writer = SnapshotWriter::new(target.handle()?, owner.incarnation, owner.generation, file.epoch, 0);
            snapshot::read(self.storage, file, self.loaded.manifest.incarnation, &mut |section| writer.push(&section))?;
            copied = Some(writer.finish()?.file);
        }
        let base = copied.as_ref().map_or(0, |file| file.epoch);
        self.log(target, owner, base)?;
        self.received(target, owner)?;
        let manifest = Manifest {
            incarnation: owner.incarnation,
            generation: owner.generation,
            sequence: owner.sequence,
            epoch: self.epoch(),
            clock: self.clock(),
            done: vec![],
            snapshot: copied,
            segments: vec![base],
            blocks: self.loaded.blocks.iter().map(|(receiver, block)| (*receiver, *block)).collect(),
            schemas: schemas.clone(),
            layout: layout.clone(),
            writer: Process::this(),
            version: env!("CARGO_PKG_VERSION").to_string(),
        };
        // all that it names is durable: with it the copy is complete
        let file = target.create_new(&manifest.name().to_string())?;
        target.append(file, &manifest.encode())?;
        target.sync(file)?;
        target.close(file);
        target.sync_dir()
    }

    /// What receivers have acknowledged and the last commit has not taken.
    fn received(&self, target: &dyn Storage, owner: &Owner) -> Result<(), Error> {
        let storages: Vec<&dyn Storage> = std::iter::once(self.storage).chain(self.second).collect();
        let Loaded { blocks: taken, manifest, .. } = &self.loaded;
        let reading = Reading::of(&storages, manifest.incarnation, after(taken))?;
        if reading.is_empty() {
            return Ok(());
        }
        ReceiverLog::bring(reading, taken, target.handle()?, owner.incarnation, owner.generation)?;
        // A process that runs deletes blocks of which neither of its last two manifests needs one. As long as this one is among them
        // nothing was missing.
        let place = |name: &FileName| match *name {
            FileName::Manifest { sequence, generation } => Some((generation, sequence)),
            _ => None,
        };
        let ours = (manifest.generation, manifest.sequence);
        if names(self.storage)?.iter().filter_map(place).filter(|other| *other > ours).count() > 1 {
            let message = "blocks of receivers may have been deleted while they were read";
            return Err(Error::damaged(&manifest.name().to_string(), 0, message).section("the blocks"));
        }
        Ok(())
    }

    /// The commits behind the snapshot in one segment, without outputs and without what was known of sinks.
    fn log(&self, target: &mut dyn Storage, owner: &Owner, base: u64) -> Result<(), Error> {
        let name = FileName::Log { generation: owner.generation, epoch: base }.to_string();
        let file = target.create_new(&name)?;
        let mut buffer = Vec::new();
        let mut chain = header(FileKind::Log, owner.incarnation, owner.generation, base).encode(&mut buffer);
        for span in &self.loaded.tail {
            let Manifest { incarnation, generation, .. } = self.loaded.manifest;
            let name = FileName::Log { generation, epoch: span.epoch }.to_string();
            let expected = header(FileKind::Log, incarnation, generation, span.epoch);
            let mut reader = FrameReader::expect(self.storage, &name, expected)?;
            while reader.offset() < span.end {
                let offset = reader.offset();
                let changed =
                    || Error::damaged(&name, offset, "this record has changed while it was read").section("the log");
                let Next::Frame(frame) = reader.next()? else { return Err(changed()) };
                if frame.epoch <= base {
                    continue;
                }
                let commit = Commit::decode(frame.epoch, frame.body).ok_or_else(changed)?;
                // of generation 0, which nobody runs: rule R5 takes a commit of the generation of its file for the proof that this
                // generation was live
                let label = Label {
                    kind: FrameKind::Commit,
                    incarnation: owner.incarnation,
                    generation: 0,
                    epoch: commit.epoch,
                };
                let state = Commit { outputs: vec![], ..commit };
                chain = frame::write(&mut buffer, label, chain, |body| state.encode(&[], body));
                if buffer.len() >= COPY {
                    target.append(file, &buffer)?;
                    buffer.clear();
                }
            }
        }
        target.append(file, &buffer)?;
        target.sync(file)?;
        target.close(file);
        target.sync_dir()
    }
}

/// Is there a history? Manifests tell quickly; without one that does, the log decides.
///
/// # Errors
///
/// Those of [`Opening::read`].
pub(crate) fn holds_commits(storage: &dyn Storage) -> Result<bool, Error> {
    let names = names(storage)?;
    let Some((incarnation, _)) = incarnation(storage, &names)? else { return Ok(false) };
    let told = names.iter().filter(|name| matches!(name, FileName::Manifest { .. })).any(|name| {
        let manifest = Manifest::read(storage, *name, incarnation);
        manifest.is_ok_and(|manifest| manifest.epoch > 0)
    });
    Ok(told || Held::read(storage)?.is_some())
}

/// A savepoint whose last file is missing or torn.
fn incomplete(savepoint: &dyn Storage) -> Error {
    let look = || -> Result<(), Error> {
        let names = names(savepoint)?;
        let Some((incarnation, _)) = incarnation(savepoint, &names)? else { return Ok(()) };
        for name in names.into_iter().filter(|name| matches!(name, FileName::Manifest { .. })) {
            Manifest::read(savepoint, name, incarnation)?;
        }
        Ok(())
    };
    let missing =
        || Error::damaged("man-00000001-000001", 0, "the savepoint was not finished: its manifest is missing");
    look().err().unwrap_or_else(missing)
}

/// A reading whose result nobody wants.
pub(super) struct Nothing;

impl Replay for Nothing {
    fn begin(&mut self) -> Result<(), crate::Error> {
        Ok(())
    }
    fn schemas(&mut self, _: &Schemas) -> Result<(), crate::Error> {
        Ok(())
    }
    fn snapshot(&mut self, _: Section) -> Result<(), crate::Error> {
        Ok(())
    }
    fn record(&mut self, _: &Commit) -> Result<(), crate::Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
