//! What a receiver has acknowledged to a sender that cannot send it again: blocks, durable before the answer.

use std::collections::BTreeMap;

use super::bytes::Encode;
use super::frame::{self, FrameKind, Label};
use super::header::FileKind;
use super::log::CommitLog;
use super::mutant::mutant;
use super::names::FileName;
use super::reader::header;
use super::reading::{BROUGHT, Lasts, Reading, after, received};
use super::{Error, ErrorKind, FileId, Storage};

/// A file that is longer than this is followed by a new one.
const FILE: u64 = 64 << 20;
/// How much is copied by one write.
const GROUP: usize = 1 << 20;

/// A block that was received and is not in any commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number among all blocks of the directory; a commit names the last one that it has taken.
    pub number: u64,
    /// Who has received it.
    pub receiver: u32,
    /// What was received.
    pub bytes: Vec<u8>,
}

/// The log of what was received: append blocks, [`sync`](ReceiverLog::sync) once for all of them, then answer the senders.
///
/// It has a handle of its own on the directory and may live on another thread than the [`CommitLog`]. A block stays until commits have
/// taken it and a durable manifest says so.
///
/// # Failure
///
/// The first error is its last, as for the commit log. What was not synced was not acknowledged: the sender has it. A process that was
/// paused could go on to acknowledge what nobody will read, so receivers need a directory with a lock that holds, a local one.
pub struct ReceiverLog {
    /// The directory, and the second one where there is one. All have the same files.
    copies: Vec<Place>,
    incarnation: u64,
    generation: u64,
    /// Who has received the blocks, in frames.
    received_by: u64,
    limit: u64,
    /// The newest file last.
    files: Vec<(FileName, Lasts)>,
    chain: u64,
    written: u64,
    next: u64,
    /// Blocks that wait for the next sync, and the number of the first one.
    group: Vec<u8>,
    first: u64,
    buffer: Vec<u8>,
    stopped: bool,
    /// A deletion has failed: what it has left is for the next generation.
    keeps: bool,
}

/// One of the directories that the log is written to.
struct Place {
    storage: Box<dyn Storage>,
    file: FileId,
}

impl CommitLog {
    /// Opens the log of receivers: gives every block that no commit has taken, in order, and copies them into a file of this
    /// generation, by rule R2.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`] if a block between others cannot be read, [`ErrorKind::Io`].
    pub fn receiver_log(&self, each: &mut dyn FnMut(Block) -> Result<(), Error>) -> Result<ReceiverLog, Error> {
        self.receiver_log_in(None, each)
    }

    /// As [`receiver_log`](CommitLog::receiver_log), in this directory and a `second` one: every block is written to both before it counts
    /// as durable, and what is missing or damaged in one is read from the other.
    ///
    /// # Errors
    ///
    /// As there; [`ErrorKind::Locked`] if another process holds the second directory, [`ErrorKind::AlreadyThere`] if it has received for
    /// another checkpoint.
    pub fn receiver_log_in(
        &self,
        second: Option<Box<dyn Storage>>,
        each: &mut dyn FnMut(Block) -> Result<(), Error>,
    ) -> Result<ReceiverLog, Error> {
        let mut readers = vec![self.storage.handle()?];
        let mut copies = vec![self.storage.handle()?];
        if let Some(mut second) = second {
            second.lock()?;
            readers.push(second.handle()?);
            copies.push(second);
        }
        let readers: Vec<&dyn Storage> = readers.iter().map(|storage| &**storage).collect();
        let mut reading = Reading::of(&readers, self.incarnation, after(&self.blocks))?;
        let mut log = ReceiverLog::create(copies, self.incarnation, self.generation)?;
        log.limit = FILE.min(self.options.receiver_bytes);
        reading.read(&mut |block| {
            log.copy(&block, &self.blocks)?;
            if is_taken(&block, &self.blocks) { Ok(()) } else { each(block) }
        })?;
        log.next = reading.next();
        log.files.splice(0..0, reading.into_files());
        log.sync()?;
        Ok(log)
    }

    /// Whether something was ever received here.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`].
    pub fn has_received(&self) -> Result<bool, Error> {
        Ok(!received(&*self.storage)?.is_empty())
    }

    /// By receiver, the last block that was taken according to both manifests that may still be read.
    #[must_use]
    pub fn blocks_behind_manifests(&self) -> BTreeMap<u32, u64> {
        let oldest = if mutant!(CollectBlocksAhead) { self.kept.last() } else { self.kept.first() };
        oldest.map(|manifest| manifest.blocks.iter().copied().collect()).unwrap_or_default()
    }
}

impl ReceiverLog {
    fn create(copies: Vec<Box<dyn Storage>>, incarnation: u64, generation: u64) -> Result<ReceiverLog, Error> {
        let copies = copies.into_iter().map(|storage| Place { storage, file: FileId(0) }).collect();
        let mut log = ReceiverLog {
            copies,
            incarnation,
            generation,
            received_by: generation,
            limit: FILE,
            files: Vec::new(),
            chain: 0,
            written: 0,
            next: 1,
            group: Vec::new(),
            first: 0,
            buffer: Vec::new(),
            stopped: false,
            keeps: false,
        };
        log.roll()?;
        Ok(log)
    }

    /// Copies what one directory has received, and commits have not taken, into another one that begins with its savepoint.
    pub(super) fn bring(
        mut reading: Reading<'_>,
        taken: &BTreeMap<u32, u64>,
        target: Box<dyn Storage>,
        incarnation: u64,
        generation: u64,
    ) -> Result<(), Error> {
        let mut log = ReceiverLog::create(vec![target], incarnation, generation)?;
        log.received_by = BROUGHT;
        reading.read(&mut |block| log.copy(&block, taken))?;
        log.sync()?;
        Ok(())
    }

    fn roll(&mut self) -> Result<(), Error> {
        // the file before is the last one of this generation, and is never deleted
        let before = self.files.last().map_or(0, |(name, _)| match name {
            FileName::Receiver { number, .. } => *number,
            _ => 0,
        });
        let name = FileName::Receiver { generation: self.generation, number: before + 1 };
        let mut first = Vec::new();
        self.chain = header(FileKind::Receiver, self.incarnation, self.generation, 0).encode(&mut first);
        for Place { storage, file } in &mut self.copies {
            let created = storage.create_new(&name.to_string())?;
            storage.append(created, &first)?;
            storage.sync(created)?;
            if !mutant!(NoReceiverDirectorySync) {
                storage.sync_dir()?;
            }
            if !self.files.is_empty() {
                storage.close(*file);
            }
            *file = created;
        }
        self.files.push((name, Lasts::new()));
        self.written = 0;
        Ok(())
    }

    /// Copies a block of an older file. From the first one on that no commit has taken all are copied, so that the numbers are a run
    /// without holes.
    fn copy(&mut self, block: &Block, taken: &BTreeMap<u32, u64>) -> Result<(), Error> {
        let begun = self.files.iter().any(|(_, lasts)| !lasts.is_empty());
        if (begun || !is_taken(block, taken)) && !mutant!(NoBlockCopy) {
            self.write(block.number, block.receiver, &block.bytes);
            if self.group.len() >= GROUP {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn write(&mut self, number: u64, receiver: u32, bytes: &[u8]) {
        // the blocks of a group have numbers one behind the other
        if self.group.is_empty() {
            self.first = number;
        }
        self.group.extend_from_slice(&receiver.to_le_bytes());
        self.group.put_counted(bytes);
        if let Some((_, last)) = self.files.last_mut() {
            last.insert(receiver, number);
        }
    }

    /// The number of the last block.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.next - 1
    }

    /// Takes a block; gives its number. It is neither written nor durable before [`sync`](ReceiverLog::sync).
    pub fn append(&mut self, receiver: u32, bytes: &[u8]) -> u64 {
        let number = self.next;
        self.next += 1;
        self.write(number, receiver, bytes);
        number
    }

    /// Writes what was appended and makes it durable; gives the last block. Now the senders may be told.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] ends this log, and [`ErrorKind::Stopped`] follows.
    pub fn sync(&mut self) -> Result<u64, Error> {
        if self.stopped {
            return Err(Error::new(ErrorKind::Stopped, "the log of receivers has stopped after an error"));
        }
        let synced = self.flush();
        self.stopped = synced.is_err();
        synced?;
        Ok(self.next - 1)
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.group.is_empty() {
            return Ok(());
        }
        // One frame a sync, whatever the number of blocks: so nothing whole stands behind one that is torn, and what does is damage.
        let label = Label {
            kind: FrameKind::Blocks,
            incarnation: self.incarnation,
            generation: self.received_by,
            epoch: self.first,
        };
        let group = &self.group;
        self.buffer.clear();
        self.chain = frame::write(&mut self.buffer, label, self.chain, |body| body.extend_from_slice(group));
        self.group.clear();
        for Place { storage, file } in &mut self.copies {
            storage.append(*file, &self.buffer)?;
        }
        self.written += self.buffer.len() as u64;
        let copies = if mutant!(NoSecondSync) { 1 } else { self.copies.len() };
        for Place { storage, file } in self.copies.iter_mut().take(copies) {
            if !mutant!(NoBlockSync) {
                storage.sync(*file)?;
            }
        }
        if self.written >= self.limit {
            self.roll()?;
        }
        Ok(())
    }

    /// Deletes files of which `taken` names every block: what [`CommitLog::blocks_behind_manifests`] says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`]: this generation deletes no more.
    pub fn collect(&mut self, taken: &BTreeMap<u32, u64>) -> Result<(), Error> {
        let current = self.files.len() - 1;
        let dead =
            |lasts: &Lasts| lasts.iter().all(|(receiver, last)| taken.get(receiver).is_some_and(|taken| taken >= last));
        // oldest first and without holes: what is left is one run of numbers
        let mut count = 0;
        while count < current && !self.keeps && (dead(&self.files[count].1) || mutant!(CollectBlocksAll)) {
            count += 1;
        }
        for _ in 0..count {
            // each name is gone for good before the next one goes: a hole in the numbers always means that something was lost
            let (oldest, _) = self.files.remove(0);
            let deleted = self.copies.iter_mut().try_for_each(|Place { storage, .. }| {
                // one directory may have lost what the other one has given
                if received(&**storage)?.contains(&oldest) {
                    storage.delete(&oldest.to_string())?;
                }
                if mutant!(NoDeletionSync) { Ok(()) } else { storage.sync_dir() }
            });
            self.keeps = deleted.is_err();
            deleted?;
        }
        Ok(())
    }
}

fn is_taken(block: &Block, taken: &BTreeMap<u32, u64>) -> bool {
    taken.get(&block.receiver).is_some_and(|taken| block.number <= *taken)
}

impl std::fmt::Debug for ReceiverLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiverLog")
            .field("generation", &self.generation)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
