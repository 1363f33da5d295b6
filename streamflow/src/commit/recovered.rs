//! From what was read to a log that takes commits: the fourth step of a recovery.

use std::collections::{BTreeMap, BTreeSet};

use super::frame::{self, FrameKind, Label};
use super::header::FileKind;
use super::load::{Loaded, Span};
use super::log::{CommitLog, Segment};
use super::mutant::mutant;
use super::names::FileName;
use super::opening::{Opening, names};
use super::reader::{FrameReader, Next, header};
use super::reading::forget_brought;
use super::{Error, ErrorKind, Layout, Schemas};

/// How much of the tail is copied by one write.
const COPY: usize = 1 << 20;

/// The outputs of one commit that some sinks may not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// The generation that committed them. With the epoch it is the name of a prepared transaction.
    pub generation: u64,
    /// The epoch of the commit.
    pub epoch: u64,
    /// By sink, what it has not confirmed.
    pub outputs: Vec<(u32, Vec<u8>)>,
}

/// A checkpoint that was read and replayed. Nothing may be delivered before [`begin`](Recovered::begin) has returned.
pub struct Recovered {
    /// The last commit; `None` in a directory without one.
    pub epoch: Option<u64>,
    /// The batch clock of the last commit.
    pub clock: i64,
    /// By sink, the last epoch that it is known to have.
    pub done: Vec<u64>,
    /// By receiver, the last block that was taken.
    pub blocks: BTreeMap<u32, u64>,
    /// Outputs that may not have arrived, in order. To be delivered again as they are, after [`begin`](Recovered::begin) and before
    /// transactions of older generations are aborted.
    pub undelivered: Vec<Undelivered>,
    /// The layout that the directory was created with, or that of the options.
    pub layout: Layout,
    /// How many records were read.
    pub records: u64,
    /// Where the log ended within a record: a process died in a write, and nobody was told of that commit.
    pub torn: Option<(String, u64)>,
    opening: Opening,
    loaded: Option<Loaded>,
}

impl Recovered {
    pub(super) fn new(opening: Opening, mut loaded: Option<Loaded>) -> Self {
        let undelivered = loaded.as_mut().map(|loaded| std::mem::take(&mut loaded.undelivered)).unwrap_or_default();
        let found = loaded.as_ref();
        Recovered {
            epoch: found.map(|loaded| loaded.epoch).filter(|epoch| *epoch > 0),
            clock: found.map_or(0, |loaded| loaded.clock),
            done: found.map(|loaded| loaded.done.clone()).unwrap_or_default(),
            blocks: found.map(|loaded| loaded.blocks.clone()).unwrap_or_default(),
            undelivered: undelivered.into_values().collect(),
            layout: found.map_or(&opening.options.layout, |loaded| &loaded.manifest.layout).clone(),
            records: found.map_or(0, |loaded| loaded.records),
            torn: found.and_then(|loaded| loaded.torn.clone()),
            opening,
            loaded,
        }
    }

    /// The generation of this start.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.opening.generation
    }

    /// The incarnation of the directory.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        self.opening.incarnation
    }

    /// Makes the directory this generation's: copies the records behind the snapshot into a segment of its own and publishes a manifest.
    ///
    /// **Rule R2: what was read is not trusted to be durable.** After a sync that failed the kernel goes on showing bytes that will be
    /// gone when the power is. What is delivered from them must not vanish, so they are written again and synced. A snapshot needs no
    /// copy: a manifest that names it was only begun when its one sync had succeeded.
    ///
    /// `schemas` are those of this program; those of older ones stay as long as a file uses them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`]; [`ErrorKind::Newer`] if another process has taken over. The directory can be opened again.
    pub fn begin(self, schemas: Schemas) -> Result<CommitLog, Error> {
        let Recovered { opening, loaded, layout, undelivered, done, blocks, clock, epoch, .. } = self;
        let Opening { mut storage, mut options, generation, incarnation } = opening;
        options.layout = layout;
        let present = names(&*storage)?;
        if let Some(newer) = present.iter().find(|name| name.generation() >= generation) {
            return Err(
                Error::new(ErrorKind::Newer, "another process has taken this directory").file(newer.to_string())
            );
        }
        if epoch.is_none() && !mutant!(KeepBrought) {
            forget_brought(&mut *storage, incarnation)?;
        }
        let sequence = present.iter().filter_map(|name| match name {
            FileName::Manifest { sequence, .. } => Some(*sequence),
            _ => None,
        });
        let sequence = sequence.max().unwrap_or(0);

        let pending: BTreeSet<(u64, u32)> =
            undelivered.iter().flat_map(|left| left.outputs.iter().map(|(sink, _)| (left.epoch, *sink))).collect();
        let snapshot = loaded.as_ref().and_then(|loaded| loaded.manifest.snapshot.clone());
        // records that are in the snapshot are copied only where an output of theirs is still to be delivered
        let from_snapshot = snapshot.as_ref().map_or(0, |file| file.epoch);
        let from = pending.first().map_or(from_snapshot, |(epoch, _)| from_snapshot.min(*epoch - 1));

        let name = FileName::Log { generation, epoch: from }.to_string();
        let file = storage.create_new(&name)?;
        let mut buffer = Vec::new();
        let chain = header(FileKind::Log, incarnation, generation, from).encode(&mut buffer);
        let mut copy = Copy { chain, buffer, from, incarnation, records: 0, bytes: 0 };
        if let Some(loaded) = &loaded {
            for span in &loaded.tail {
                copy.span(&mut *storage, file, loaded.manifest.generation, span)?;
            }
        }
        storage.append(file, &copy.buffer)?;
        if let Some(loaded) = loaded.as_ref().filter(|_| mutant!(CopyTornTail))
            && let Some((torn, offset)) = &loaded.torn
        {
            let bytes = storage.read(torn, *offset, 1 << 20)?;
            storage.append(file, &bytes)?;
        }
        if !mutant!(NoCopySync) {
            storage.sync(file)?;
        }
        if !mutant!(NoCopyDirectorySync) {
            storage.sync_dir()?;
        }

        // A paused process of an older generation that woke up before the segment was there may have replaced the snapshot by a newer
        // one and deleted it. From here on it sees that it was superseded; what is missing now must not be named.
        let there = names(&*storage)?;
        if snapshot.as_ref().is_some_and(|file| !there.contains(&file.name())) && !mutant!(NoSecondLook) {
            let message = "a process of an older generation has deleted the snapshot that was read; start again";
            return Err(Error::new(ErrorKind::Newer, message));
        }

        let (used, kept) = match loaded {
            Some(loaded) => (loaded.used, vec![loaded.manifest]),
            None => Default::default(),
        };
        let mut log = CommitLog {
            storage,
            options,
            incarnation,
            generation,
            schemas,
            epoch: epoch.unwrap_or(0),
            clock,
            done,
            blocks,
            pending,
            segments: vec![Segment { epoch: from, used: used.1 }],
            file,
            chain: copy.chain,
            snapshot,
            snapshot_used: used.0,
            kept,
            sequence,
            number: 0,
            running: None,
            buffer: copy.buffer,
            bytes: copy.bytes,
            records: copy.records,
            stopped: None,
            receivers: None,
        };
        log.publish()?;
        Ok(log)
    }
}

impl std::fmt::Debug for Recovered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovered").field("epoch", &self.epoch).field("opening", &self.opening).finish_non_exhaustive()
    }
}

struct Copy {
    chain: u64,
    buffer: Vec<u8>,
    from: u64,
    incarnation: u64,
    records: u64,
    bytes: u64,
}

impl Copy {
    /// Copies the records of one segment. Each keeps the generation that committed it: it is part of the names of its transactions.
    fn span(
        &mut self,
        storage: &mut dyn super::Storage,
        file: super::FileId,
        generation: u64,
        span: &Span,
    ) -> Result<(), Error> {
        // a second handle to read with, since the first one writes
        let source = storage.handle()?;
        let name = FileName::Log { generation, epoch: span.epoch }.to_string();
        let expected = header(FileKind::Log, self.incarnation, generation, span.epoch);
        let mut reader = FrameReader::expect(&*source, &name, expected)?;
        while reader.offset() < span.end {
            let offset = reader.offset();
            let Next::Frame(frame) = reader.next()? else {
                return Err(
                    Error::damaged(&name, offset, "this record has changed while it was read").section("the log")
                );
            };
            if frame.epoch <= self.from {
                continue;
            }
            let label = Label {
                kind: FrameKind::Commit,
                incarnation: self.incarnation,
                generation: frame.generation,
                epoch: frame.epoch,
            };
            let before = self.buffer.len();
            self.chain = frame::write(&mut self.buffer, label, self.chain, |body| body.extend_from_slice(frame.body));
            self.records += 1;
            self.bytes += (self.buffer.len() - before) as u64;
            if self.buffer.len() >= COPY {
                storage.append(file, &self.buffer)?;
                self.buffer.clear();
            }
        }
        Ok(())
    }
}
