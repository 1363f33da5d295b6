//! Reading what receivers have acknowledged, from one directory or from two that complete each other.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::bytes::Decoder;
use super::frame::{self, FrameKind};
use super::header::{FileKind, HEADER};
use super::names::FileName;
use super::opening::{self, names};
use super::reader::{FrameReader, Next, find_frame, header};
use super::{Block, Error, ErrorKind, Storage};

/// The generation in frames that a savepoint has brought along and no process has received: nobody runs it.
pub(super) const BROUGHT: u64 = 0;

/// The number behind the last block that was taken.
pub(super) fn after(taken: &BTreeMap<u32, u64>) -> u64 {
    taken.values().max().map_or(1, |block| block + 1)
}

/// The files of receivers in a directory.
pub(super) fn received(storage: &dyn Storage) -> Result<BTreeSet<FileName>, Error> {
    Ok(names(storage)?.into_iter().filter(|name| matches!(name, FileName::Receiver { .. })).collect())
}

/// Deletes what a start from a savepoint has brought and was cut off before its manifest. For a directory without a commit: there it belongs
/// to no state. Are there blocks that were received here?
pub(super) fn forget_brought(storage: &mut dyn Storage, incarnation: u64) -> Result<bool, Error> {
    let mut own = false;
    for name in received(storage)? {
        let file = name.to_string();
        let holds = |brought: bool| {
            find_frame(storage, &file, incarnation, |head| {
                head.kind == FrameKind::Blocks && (head.generation == BROUGHT) == brought
            })
        };
        if holds(false)?.is_some() {
            own = true;
        } else if holds(true)?.is_some() {
            storage.delete(&file)?;
            storage.sync_dir()?;
        }
    }
    Ok(own)
}

/// The last block of each receiver in a file.
pub(super) type Lasts = BTreeMap<u32, u64>;

/// Files of older generations, in one directory or two.
pub(super) struct Reading<'s> {
    storages: &'s [&'s dyn Storage],
    incarnation: u64,
    names: Vec<BTreeSet<FileName>>,
    /// The number behind the last block, taken or read.
    next: u64,
    /// The last block that was read.
    last: Option<u64>,
    /// A checksum of each.
    contents: BTreeMap<u64, u64>,
    files: Vec<(FileName, Lasts)>,
}

/// What the files of one name have told.
#[derive(Default)]
struct Found {
    lasts: Lasts,
    /// One of them could be read to its end.
    whole: bool,
    /// What is wrong with another one, and the number of a block that stands behind it there.
    damage: Option<(Error, u64)>,
}

impl<'s> Reading<'s> {
    /// Looks which files there are. No block before `next` has to be there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyThere`] if another directory than the first has files of another incarnation, [`ErrorKind::Io`].
    pub fn of(storages: &'s [&'s dyn Storage], incarnation: u64, next: u64) -> Result<Self, Error> {
        for second in storages.iter().skip(1) {
            is_of(incarnation, *second)?;
        }
        let names = storages.iter().map(|storage| received(*storage)).collect::<Result<_, _>>()?;
        Ok(Reading { storages, incarnation, names, next, last: None, contents: BTreeMap::new(), files: Vec::new() })
    }

    /// Was nothing ever received?
    pub fn is_empty(&self) -> bool {
        self.names.iter().all(BTreeSet::is_empty)
    }

    /// Gives every block once, in order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`] if a block between others cannot be read, [`ErrorKind::Io`], and those of `each`.
    pub fn read(&mut self, each: &mut dyn FnMut(Block) -> Result<(), Error>) -> Result<(), Error> {
        for name in self.names.iter().flatten().copied().collect::<BTreeSet<_>>() {
            let mut found = Found::default();
            for (place, storage) in self.storages.iter().enumerate() {
                if self.names[place].contains(&name) {
                    let read = self.file(*storage, name, &mut found, each);
                    read.map_err(|error| if place == 0 { error } else { of_second(&error) })?;
                }
            }
            match found.damage {
                // behind the damage the other directory has nothing either, so something is lost
                Some((error, behind)) if !found.whole || self.last.is_none_or(|last| last < behind) => {
                    return Err(error);
                }
                _ => self.files.push((name, found.lasts)),
            }
        }
        self.next = self.last.map_or(self.next, |last| self.next.max(last + 1));
        Ok(())
    }

    /// The number of the next block.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// What was read, the oldest file first.
    pub fn into_files(self) -> Vec<(FileName, Lasts)> {
        self.files
    }

    /// Gives what a file has and the one of that name in the other directory has not given.
    fn file(
        &mut self,
        storage: &dyn Storage,
        name: FileName,
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
                        found.lasts.insert(receiver, number);
                        // a start that was cut off has left copies behind, and so has the other directory
                        let content = xxh3_64_with_seed(bytes, u64::from(receiver));
                        if self.contents.insert(number, content).is_some_and(|before| before != content) {
                            // nobody can tell which of them was acknowledged
                            return Err(damaged(
                                "another block has this number in the other directory, which was left out for a while",
                            ));
                        }
                        if self.last.is_none_or(|last| number > last) {
                            let follows = self.last.map_or(number <= self.next, |last| number == last + 1);
                            if !follows {
                                return Err(damaged("blocks before these are missing"));
                            }
                            self.last = Some(number);
                            each(Block { number, receiver, bytes: bytes.to_vec() })?;
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
}

/// A second directory has nothing of another checkpoint: the first one may have been lost, and be a new one.
fn is_of(incarnation: u64, second: &dyn Storage) -> Result<(), Error> {
    match opening::incarnation(second, &names(second)?)? {
        Some((other, _)) if other != incarnation => Err(Error::new(
            ErrorKind::AlreadyThere,
            "the second directory holds what receivers have acknowledged for another checkpoint directory",
        )),
        _ => Ok(()),
    }
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
