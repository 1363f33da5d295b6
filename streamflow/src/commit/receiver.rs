//! What a receiver has acknowledged to a sender that cannot send it again: blocks, durable before the answer.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::bytes::{Decoder, Encode};
use super::frame::{self, FrameKind, Label};
use super::header::{FileKind, HEADER};
use super::log::CommitLog;
use super::mutant::mutant;
use super::names::FileName;
use super::opening::{incarnation, names};
use super::reader::{FrameReader, Next, header};
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
    limit: u64,
    /// The last block of each receiver in each file, the newest file last.
    files: Vec<(FileName, BTreeMap<u32, u64>)>,
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

/// What the files of one name have told.
#[derive(Default)]
struct Found {
    /// The last block of each receiver.
    blocks: BTreeMap<u32, u64>,
    /// One of them could be read to its end.
    whole: bool,
    /// What is wrong with another one, and the number of a block that stands behind it there.
    damage: Option<(Error, u64)>,
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
    /// As there, and [`ErrorKind::Locked`] if another process holds the second directory.
    pub fn receiver_log_in(
        &self,
        second: Option<Box<dyn Storage>>,
        each: &mut dyn FnMut(Block) -> Result<(), Error>,
    ) -> Result<ReceiverLog, Error> {
        let mut readers = vec![self.storage.handle()?];
        let mut copies = vec![Place { storage: self.storage.handle()?, file: FileId(0) }];
        if let Some(mut second) = second {
            second.lock()?;
            self.is_ours(&*second)?;
            readers.push(second.handle()?);
            copies.push(Place { storage: second, file: FileId(0) });
        }
        let number = self.blocks.values().max().map_or(1, |block| block + 1);
        let mut log = ReceiverLog {
            copies,
            incarnation: self.incarnation,
            generation: self.generation,
            limit: FILE.min(self.options.receiver_bytes),
            files: Vec::new(),
            chain: 0,
            written: 0,
            next: number,
            group: Vec::new(),
            first: 0,
            buffer: Vec::new(),
            stopped: false,
            keeps: false,
        };
        let old: Vec<BTreeSet<FileName>> =
            readers.iter().map(|storage| received(&**storage)).collect::<Result<_, _>>()?;
        log.create()?;
        let mut read = Read::default();
        for name in old.iter().flatten().copied().collect::<BTreeSet<_>>() {
            let mut found = Found::default();
            for (place, storage) in readers.iter().enumerate().filter(|(place, _)| old[*place].contains(&name)) {
                let copied = log.copy(&**storage, name, &self.blocks, &mut read, &mut found, each);
                copied.map_err(|error| if place == 0 { error } else { of_second(&error) })?;
            }
            match found.damage {
                // behind the damage the other directory has nothing either, so something is lost
                Some((error, behind)) if !found.whole || read.last.is_none_or(|last| last < behind) => {
                    return Err(error);
                }
                _ => {}
            }
            let place = log.files.len() - 1;
            log.files.insert(place, (name, found.blocks));
        }
        log.next = read.last.map_or(number, |last: u64| number.max(last + 1));
        log.sync()?;
        Ok(log)
    }

    /// A second directory has nothing of another checkpoint: the first one may have been lost, and be a new one.
    fn is_ours(&self, second: &dyn Storage) -> Result<(), Error> {
        match incarnation(second, &names(second)?)? {
            Some((other, _)) if other != self.incarnation => Err(Error::new(
                ErrorKind::AlreadyThere,
                "the second directory holds what receivers have acknowledged for another checkpoint directory",
            )),
            _ => Ok(()),
        }
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

/// What a start has read so far.
#[derive(Default)]
struct Read {
    /// The last block.
    last: Option<u64>,
    /// A checksum of each.
    contents: BTreeMap<u64, u64>,
}

impl ReceiverLog {
    fn create(&mut self) -> Result<(), Error> {
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
        self.files.push((name, BTreeMap::new()));
        self.written = 0;
        Ok(())
    }

    /// Copies what a file of an older generation has and the one of that name in the other directory has not given.
    fn copy(
        &mut self,
        storage: &dyn Storage,
        name: FileName,
        taken: &BTreeMap<u32, u64>,
        read: &mut Read,
        found: &mut Found,
        each: &mut dyn FnMut(Block) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let file = name.to_string();
        // the header is durable before a block is: one that is torn has none behind it
        if storage.length(&file)? <= HEADER && FrameReader::open(storage, &file)?.is_err() {
            found.whole = true;
            return Ok(());
        }
        let expected = header(FileKind::Receiver, self.incarnation, name.generation(), 0);
        let mut reader = match FrameReader::expect(storage, &file, expected) {
            Ok(reader) => reader,
            Err(error) if error.kind() == ErrorKind::Damaged => {
                found.damage.get_or_insert((error, 0));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        loop {
            let offset = reader.offset();
            let damaged = |what: &str| Error::damaged(&file, offset, what).section("the blocks");
            match reader.next()? {
                Next::End => break,
                Next::Frame(frame) => {
                    let (first, body) = (frame.epoch, frame.body);
                    let group = decode(body).filter(|group| frame.kind == FrameKind::Blocks && !group.is_empty());
                    let group = group.ok_or_else(|| damaged("these are no blocks"))?;
                    for (number, (receiver, bytes)) in (first..=u64::MAX).zip(group) {
                        found.blocks.insert(receiver, number);
                        // a start that was cut off has left copies behind, and so has the other directory
                        let content = xxh3_64_with_seed(bytes, u64::from(receiver));
                        if read.contents.insert(number, content).is_some_and(|before| before != content) {
                            // nobody can tell which of them was acknowledged
                            return Err(damaged(
                                "another block has this number in the other directory, which was left out for a while",
                            ));
                        }
                        if read.last.is_none_or(|last| number > last) {
                            let follows = read.last.map_or(number <= self.next, |last| number == last + 1);
                            if !follows {
                                return Err(damaged("blocks before these are missing"));
                            }
                            read.last = Some(number);
                            let block = Block { number, receiver, bytes: bytes.to_vec() };
                            self.keep(block, taken, each)?;
                        }
                    }
                }
                Next::Bad(what) => {
                    let mut behind = 0;
                    let wanted = |head: &frame::Head| {
                        behind = head.epoch;
                        head.kind == FrameKind::Blocks
                    };
                    if reader.find(offset, wanted)?.is_some() {
                        found.damage.get_or_insert((damaged(what), behind));
                        return Ok(());
                    }
                    break;
                }
            }
        }
        found.whole = true;
        Ok(())
    }

    /// Copies a block that no commit has taken.
    fn keep(
        &mut self,
        block: Block,
        taken: &BTreeMap<u32, u64>,
        each: &mut dyn FnMut(Block) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let taken = taken.get(&block.receiver).is_some_and(|taken| block.number <= *taken);
        // from the first one on that is needed all are copied, so that the numbers of a file are a run without holes
        let needed = !taken || self.files.last().is_some_and(|(_, last)| !last.is_empty());
        if needed && !mutant!(NoBlockCopy) {
            self.write(block.number, block.receiver, &block.bytes);
            if self.group.len() >= GROUP {
                self.flush()?;
            }
        }
        if taken { Ok(()) } else { each(block) }
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
            generation: self.generation,
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
            self.create()?;
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
        let dead = |blocks: &BTreeMap<u32, u64>| {
            blocks.iter().all(|(receiver, last)| taken.get(receiver).is_some_and(|taken| taken >= last))
        };
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

/// The files of receivers in a directory.
fn received(storage: &dyn Storage) -> Result<BTreeSet<FileName>, Error> {
    Ok(names(storage)?.into_iter().filter(|name| matches!(name, FileName::Receiver { .. })).collect())
}

fn of_second(error: &Error) -> Error {
    Error::new(error.kind(), format!("the second directory of the receiver log: {error}"))
}

/// The blocks of one frame.
fn decode(body: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    let mut decoder = Decoder::new(body);
    let mut group = Vec::new();
    while !decoder.is_empty() {
        group.push((decoder.u32()?, decoder.counted()?));
    }
    Some(group)
}

impl std::fmt::Debug for ReceiverLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiverLog")
            .field("generation", &self.generation)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
