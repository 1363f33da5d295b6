//! The log of a running job: one append and one sync a commit.

use std::collections::{BTreeMap, BTreeSet};

use super::frame::{self, FrameKind, Label};
use super::header::FileKind;
use super::manifest::{Manifest, SnapshotFile};
use super::mutant::mutant;
use super::names::FileName;
use super::reader::header;
use super::receivers::Closing;
use super::record::raise;
use super::snapshot::{SnapshotWriter, Written};
use super::{Commit, Error, ErrorKind, FileId, Options, Schemas, Storage};

/// A piece of the log, and the schemas that its records use.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The epoch before its first record.
    pub epoch: u64,
    pub used: BTreeSet<u64>,
}

/// A snapshot that is being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub epoch: u64,
    pub number: u64,
}

/// The commit log of a running job.
///
/// # Failure
///
/// **Rule R4: the first error of a write to the log is its last.** What of the record has reached the disk is unknown, and a sync that is
/// asked again may report success for pages that the kernel has dropped. So every later call refuses, and the job goes through a
/// recovery, which reads what is there. A snapshot that fails costs nothing but itself.
///
/// # Cost
///
/// A commit is encoded into one buffer that is used again, appended by one write and made durable by one `fdatasync`.
pub struct CommitLog {
    pub(super) storage: Box<dyn Storage>,
    pub(super) options: Options,
    pub(super) incarnation: u64,
    pub(super) generation: u64,
    pub(super) schemas: Schemas,
    pub(super) epoch: u64,
    pub(super) clock: i64,
    pub(super) done: Vec<u64>,
    pub(super) blocks: BTreeMap<u32, u64>,
    /// Outputs that are committed and not known to be delivered: the log keeps their records.
    pub(super) pending: BTreeSet<(u64, u32)>,
    pub(super) segments: Vec<Segment>,
    pub(super) file: FileId,
    pub(super) chain: u64,
    pub(super) snapshot: Option<SnapshotFile>,
    pub(super) snapshot_used: BTreeSet<u64>,
    /// The manifests that may still be read, the newest last.
    pub(super) kept: Vec<Manifest>,
    pub(super) sequence: u64,
    pub(super) number: u64,
    pub(super) running: Option<Running>,
    pub(super) buffer: Vec<u8>,
    pub(super) bytes: u64,
    pub(super) records: u64,
    pub(super) stopped: Option<String>,
    /// Who writes what is received, where the job has such sources.
    pub(super) receivers: Option<Closing>,
}

impl CommitLog {
    /// The last commit; 0 before the first.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The generation of this log.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The incarnation of the directory.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        self.incarnation
    }

    /// Makes a commit durable. When this has returned, the batch has happened; its outputs may be delivered now and not before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] for an epoch that does not rise or a section whose schema was not told: nothing was written.
    /// [`ErrorKind::Io`] ends the log: the commit may or may not have happened, which the next recovery finds out.
    /// [`ErrorKind::Stopped`] after that.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), Error> {
        self.running_still()?;
        if commit.epoch <= self.epoch {
            let message = format!("epoch {} does not follow epoch {}", commit.epoch, self.epoch);
            return Err(Error::new(ErrorKind::Refused, message));
        }
        for section in &commit.sections {
            if section.schema != 0 && !self.schemas.0.contains_key(&section.schema) {
                let message = format!("section `{}` has a schema that no manifest holds", section.name);
                return Err(Error::new(ErrorKind::Refused, message));
            }
        }
        raise(&mut self.done, &commit.done);
        if mutant!(DoneAhead) {
            let ahead = vec![commit.epoch; self.done.len().max(1)];
            raise(&mut self.done, &ahead);
        }
        self.buffer.clear();
        let label = Label {
            kind: FrameKind::Commit,
            incarnation: self.incarnation,
            generation: self.generation,
            epoch: commit.epoch,
        };
        let done = &self.done;
        let chain = frame::write(&mut self.buffer, label, self.chain, |body| commit.encode(done, body));
        let written = self.write();
        self.finally(written)?;
        self.chain = chain;
        self.epoch = commit.epoch;
        self.clock = commit.clock;
        self.records += 1;
        self.bytes += self.buffer.len() as u64;
        self.blocks.extend(commit.blocks.iter().copied());
        let done = &self.done;
        let known = |sink: u32| done.get(sink as usize).copied().unwrap_or(0);
        let open = commit.outputs.iter().map(|(sink, _)| (commit.epoch, *sink));
        self.pending.extend(open);
        self.pending.retain(|(epoch, sink)| *epoch > known(*sink));
        if let Some(segment) = self.segments.last_mut() {
            segment.used.extend(commit.sections.iter().map(|section| section.schema));
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Error> {
        match self.storage.append(self.file, &self.buffer) {
            Err(_) if mutant!(AppendAgain) => self.storage.append(self.file, &self.buffer)?,
            appended => appended?,
        }
        if mutant!(NoCommitSync) {
            return Ok(());
        }
        match self.storage.sync(self.file) {
            Err(_) if mutant!(SyncAgain) => self.storage.sync(self.file),
            synced => synced,
        }
    }

    /// R4: an error of the log is the last thing that it does.
    fn finally<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result
            && !mutant!(GoOnAfterError)
        {
            self.stopped = Some(error.to_string());
        }
        result
    }

    fn running_still(&self) -> Result<(), Error> {
        match &self.stopped {
            None => Ok(()),
            Some(why) => Err(Error::new(ErrorKind::Stopped, format!("the commit log has stopped: {why}"))),
        }
    }

    /// Says that a sink has all outputs up to this epoch. The next commit carries it.
    pub fn delivered(&mut self, sink: u32, epoch: u64) {
        let mut done = vec![0; sink as usize + 1];
        done[sink as usize] = epoch;
        raise(&mut self.done, &done);
        self.pending.retain(|(pending, of)| *of != sink || *pending > epoch);
    }

    /// Behind the last commit: notes what sinks are known to have, as the next commit would. So whoever looks at the directory while
    /// no process runs sees that nothing is left to be delivered.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`]: nothing is lost, what was delivered is delivered once more.
    pub fn close(&mut self) -> Result<(), Error> {
        self.running_still()?;
        if self.done.is_empty() { Ok(()) } else { self.publish() }
    }

    /// Whether the log has grown so much that a snapshot should replace it.
    #[must_use]
    pub fn wants_snapshot(&self) -> bool {
        let last = self.snapshot.as_ref().map_or(0, |file| file.length);
        let share = (u128::from(last) * u128::from(self.options.snapshot_percent) / 100) as u64;
        let grown = self.bytes >= self.options.snapshot_bytes.max(share).max(1);
        self.running.is_none() && self.epoch > 0 && (grown || self.records >= self.options.snapshot_records)
    }

    /// Begins a snapshot at this boundary: the log goes on in a new segment, and the writer takes the sections.
    ///
    /// The writer has a handle of its own and may be sent to another thread. Sections may be frozen here, or one by one at later
    /// boundaries: deltas are absolute, so replaying all records since this boundary over them gives the same state. One that is
    /// frozen at a later boundary must have seen nothing that is not committed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] if one is being written. [`ErrorKind::Io`] of the new segment ends the log.
    pub fn begin_snapshot(&mut self) -> Result<SnapshotWriter, Error> {
        self.running_still()?;
        if self.running.is_some() {
            return Err(Error::new(ErrorKind::Refused, "a snapshot is being written already"));
        }
        let rolled = self.roll();
        self.finally(rolled)?;
        self.number += 1;
        let running = Running { epoch: self.epoch, number: self.number };
        let handle = self.storage.handle()?;
        self.running = Some(running);
        (self.bytes, self.records) = (0, 0);
        Ok(SnapshotWriter::new(handle, self.incarnation, self.generation, running.epoch, running.number))
    }

    /// A new segment, durable with its name before it takes a record.
    fn roll(&mut self) -> Result<(), Error> {
        if self.segments.last().is_some_and(|segment| segment.epoch == self.epoch) {
            return Ok(());
        }
        let name = FileName::Log { generation: self.generation, epoch: self.epoch }.to_string();
        let file = self.storage.create_new(&name)?;
        self.buffer.clear();
        let chain = header(FileKind::Log, self.incarnation, self.generation, self.epoch).encode(&mut self.buffer);
        self.storage.append(file, &self.buffer)?;
        if !mutant!(NoSegmentSync) {
            self.storage.sync(file)?;
        }
        if !mutant!(NoSegmentDirectorySync) {
            self.storage.sync_dir()?;
        }
        self.storage.close(self.file);
        (self.file, self.chain) = (file, chain);
        self.segments.push(Segment { epoch: self.epoch, used: BTreeSet::new() });
        Ok(())
    }

    /// Puts a snapshot that is written and synced in place of the log before it: publishes a manifest, then deletes what neither of the
    /// last two manifests needs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] if it is not the one that was begun. [`ErrorKind::Io`] leaves the last snapshot in place; the log goes on.
    /// [`ErrorKind::Newer`] if another process has taken over.
    pub fn finish_snapshot(&mut self, written: Written) -> Result<(), Error> {
        self.running_still()?;
        let begun =
            self.running.take().is_some_and(|running| written.is(self.generation, running.epoch, running.number));
        if !begun {
            return Err(Error::new(ErrorKind::Refused, "this is not the snapshot that was begun"));
        }
        let before = (self.snapshot.take(), std::mem::take(&mut self.snapshot_used));
        (self.snapshot, self.snapshot_used) = (Some(written.file), written.used);
        let published = self.publish();
        if published.is_err() {
            (self.snapshot, self.snapshot_used) = before;
        }
        published
    }

    /// Gives up the snapshot that was begun. Its file goes with the next manifest.
    pub fn abandon_snapshot(&mut self) {
        self.running = None;
    }

    /// Writes a manifest of what holds now, and makes it durable before anything that it replaces is deleted.
    pub(super) fn publish(&mut self) -> Result<(), Error> {
        let from_snapshot = self.snapshot.as_ref().map_or(0, |file| file.epoch);
        let from = match self.pending.first() {
            // records whose outputs are not delivered stay in the log, whatever the snapshot holds
            Some((epoch, _)) if !mutant!(CutUndelivered) => from_snapshot.min(*epoch - 1),
            _ => from_snapshot,
        };
        let first = self.segments.iter().rposition(|segment| segment.epoch <= from).unwrap_or(0);
        let segments = self.segments[first..].to_vec();
        let mut used = self.snapshot_used.clone();
        used.extend(segments.iter().flat_map(|segment| &segment.used));
        let older = self.kept.last().map(|manifest| manifest.schemas.clone()).unwrap_or_default();
        self.sequence += 1;
        let manifest = Manifest {
            incarnation: self.incarnation,
            generation: self.generation,
            sequence: self.sequence,
            epoch: self.epoch,
            clock: self.clock,
            done: self.done.clone(),
            snapshot: self.snapshot.clone(),
            segments: segments.iter().map(|segment| segment.epoch).collect(),
            blocks: self.blocks.iter().map(|(receiver, block)| (*receiver, *block)).collect(),
            schemas: self.schemas.with_used(&older, &used),
            layout: self.options.layout.clone(),
            writer: self.options.process.clone(),
            version: env!("CARGO_PKG_VERSION").to_string(),
        };
        if mutant!(CollectBeforeManifest) {
            self.kept = vec![manifest.clone()];
            self.collect()?;
        }
        if self.taken_over()? && !mutant!(PublishWhenTakenOver) {
            let message = "a newer generation has taken this directory";
            return self.finally(Err(Error::new(ErrorKind::Newer, message)));
        }
        let name = manifest.name().to_string();
        let bytes = manifest.encode();
        let file = self.storage.create_new(&name)?;
        let written = self.storage.append(file, &bytes).and_then(|()| match mutant!(NoManifestSync) {
            true => Ok(()),
            false => self.storage.sync(file),
        });
        self.storage.close(file);
        written?;
        if !mutant!(NoManifestDirectorySync) {
            self.storage.sync_dir()?;
        }
        // a call that reported success is not proof: what is about to replace older files is read once more
        if self.storage.read(&name, 0, bytes.len() + 1)? != bytes {
            return Err(Error::damaged(&name, 0, "the manifest does not read as it was written"));
        }
        self.segments = segments;
        self.kept.push(manifest);
        let surplus = self.kept.len().saturating_sub(2);
        self.kept.drain(..surplus);
        // what cannot be deleted now is tried again behind the next manifest
        let _ = self.collect();
        if let Some(Closing(receivers)) = &self.receivers {
            receivers.collect(&self.blocks_behind_manifests());
        }
        Ok(())
    }
}

impl std::fmt::Debug for CommitLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommitLog")
            .field("generation", &self.generation)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}
