//! Reading the frames of a file one by one, with memory for one frame and no trust in any byte.

use super::bytes::Decoder;
use super::frame::{self, FrameKind, HEAD, Head, OVERHEAD};
use super::header::{FileKind, HEADER, Header, HeaderFault};
use super::mutant::mutant;
use super::{Error, ErrorKind, Storage};

/// How much is read at once where frames are small.
const AHEAD: usize = 256 << 10;

/// A part of a file, kept in memory while it is looked at.
struct Window<'s> {
    storage: &'s dyn Storage,
    name: &'s str,
    length: u64,
    from: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// These bytes of the file, or `None` where it has fewer.
    fn get(&mut self, offset: u64, length: usize) -> Result<Option<&[u8]>, Error> {
        let end = offset.checked_add(length as u64).filter(|end| *end <= self.length);
        let Some(end) = end else { return Ok(None) };
        if offset < self.from || end > self.from + self.bytes.len() as u64 {
            let rest = usize::try_from(self.length - offset).unwrap_or(usize::MAX);
            self.bytes = self.storage.read(self.name, offset, length.max(AHEAD).min(rest))?;
            self.from = offset;
        }
        let at = (offset - self.from) as usize;
        Ok(self.bytes.get(at..at + length))
    }
}

/// Reads a file from its header on.
pub(crate) struct FrameReader<'s> {
    window: Window<'s>,
    incarnation: u64,
    offset: u64,
    chain: u64,
}

/// A frame that is whole and follows the one before it.
pub(crate) struct Frame<'r> {
    pub kind: FrameKind,
    pub generation: u64,
    pub epoch: u64,
    pub body: &'r [u8],
}

/// What stands at the next place of a file.
pub(crate) enum Next<'r> {
    Frame(Frame<'r>),
    End,
    /// No frame of this chain begins here.
    Bad(&'static str),
}

impl<'s> FrameReader<'s> {
    /// Opens a file and reads its header. The inner error is a header that is not whole.
    pub fn open(storage: &'s dyn Storage, name: &'s str) -> Result<Result<(Self, Header), HeaderFault>, Error> {
        let length = storage.length(name)?;
        let mut window = Window { storage, name, length, from: 0, bytes: Vec::new() };
        let read = match window.get(0, HEADER as usize)? {
            None => Err(HeaderFault::Short),
            Some(bytes) => Header::decode(bytes),
        };
        Ok(read.map(|(header, chain)| {
            (FrameReader { window, incarnation: header.incarnation, offset: HEADER, chain }, header)
        }))
    }

    /// Opens a file whose header has to be this one.
    pub fn expect(storage: &'s dyn Storage, name: &'s str, expected: Header) -> Result<Self, Error> {
        match Self::open(storage, name)? {
            Ok((reader, header)) if header == expected => Ok(reader),
            Ok(_) => Err(Error::damaged(name, 0, "the header is not that of this file").section("the header")),
            Err(fault) => Err(header_error(name, fault)),
        }
    }

    /// The place of the next frame.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The checksum of the last frame, to which the next one is chained.
    pub fn chain(&self) -> u64 {
        self.chain
    }

    pub fn length(&self) -> u64 {
        self.window.length
    }

    pub fn next(&mut self) -> Result<Next<'_>, Error> {
        let offset = self.offset;
        if offset == self.window.length {
            return Ok(Next::End);
        }
        let Some(head) = self.window.get(offset, HEAD)? else {
            return Ok(Next::Bad("the file ends within the head of a frame"));
        };
        let Some(head) = Head::decode(head, self.incarnation) else { return Ok(Next::Bad("this is no frame")) };
        if head.previous != self.chain && !mutant!(NoChain) {
            return Ok(Next::Bad("this frame does not follow the one before it"));
        }
        let Some(length) = whole(&head, self.window.length - offset) else {
            return Ok(Next::Bad("the file ends within a frame"));
        };
        let Some(bytes) = self.window.get(offset, length)? else { return Ok(Next::Bad("the file has become shorter")) };
        let (body, checksum) = split(bytes);
        if !head.check(body, checksum) {
            return Ok(Next::Bad("the checksum of the body is wrong"));
        }
        self.chain = checksum;
        self.offset += length as u64;
        Ok(Next::Frame(Frame { kind: head.kind, generation: head.generation, epoch: head.epoch, body }))
    }

    /// For a bug that goes on behind a bad frame.
    #[cfg(test)]
    pub fn skip(&mut self) -> Result<bool, Error> {
        let found = find(&mut self.window, self.incarnation, self.offset + 1, |_| true)?;
        if let Some((offset, head)) = found {
            (self.offset, self.chain) = (offset, head.previous);
        }
        Ok(found.is_some())
    }

    /// A whole frame at or behind `from` that satisfies the condition, whether or not it follows any other.
    pub fn find(&mut self, from: u64, wanted: impl FnMut(&Head) -> bool) -> Result<Option<u64>, Error> {
        Ok(find(&mut self.window, self.incarnation, from, wanted)?.map(|(offset, _)| offset))
    }
}

/// Looks for a frame in a file whose header may be anything.
pub(crate) fn find_frame(
    storage: &dyn Storage,
    name: &str,
    incarnation: u64,
    wanted: impl FnMut(&Head) -> bool,
) -> Result<Option<u64>, Error> {
    let length = storage.length(name)?;
    let mut window = Window { storage, name, length, from: 0, bytes: Vec::new() };
    Ok(find(&mut window, incarnation, 0, wanted)?.map(|(offset, _)| offset))
}

fn find(
    window: &mut Window<'_>,
    incarnation: u64,
    from: u64,
    mut wanted: impl FnMut(&Head) -> bool,
) -> Result<Option<(u64, Head)>, Error> {
    let mut at = from;
    while at + OVERHEAD as u64 <= window.length {
        let step = usize::try_from(window.length - at).unwrap_or(usize::MAX).min(1 << 20);
        let Some(bytes) = window.get(at, step)? else { return Ok(None) };
        let found: Vec<u64> = frame::starts(bytes).map(|start| at + start as u64).collect();
        for start in found {
            let head = match window.get(start, HEAD)? {
                Some(bytes) => Head::decode(bytes, incarnation).filter(|head| wanted(head)),
                None => None,
            };
            let Some(head) = head else { continue };
            let Some(length) = whole(&head, window.length - start) else { continue };
            if let Some(bytes) = window.get(start, length)? {
                let (body, checksum) = split(bytes);
                if head.check(body, checksum) {
                    return Ok(Some((start, head)));
                }
            }
        }
        // a magic number may lie across the border
        at += step.saturating_sub(3).max(1) as u64;
    }
    Ok(None)
}

/// The length of the frame, if that much is there. Checked before anything is read or reserved by it.
fn whole(head: &Head, rest: u64) -> Option<usize> {
    let length = head.length.checked_add(OVERHEAD as u64).filter(|length| *length <= rest)?;
    usize::try_from(length).ok()
}

fn split(frame: &[u8]) -> (&[u8], u64) {
    let (front, checksum) = frame.split_at(frame.len() - 8);
    (&front[HEAD..], Decoder::new(checksum).u64().unwrap_or_default())
}

pub(crate) fn header_error(name: &str, fault: HeaderFault) -> Error {
    let what = match fault {
        HeaderFault::Short => "the file ends within its header".to_string(),
        HeaderFault::Damaged => "the header is damaged".to_string(),
        HeaderFault::Format(format) => {
            let message =
                format!("this is format {format} of checkpoints; this version reads {}", super::header::FORMAT);
            return Error::new(ErrorKind::Newer, message).file(name);
        }
    };
    Error::damaged(name, 0, what).section("the header")
}

/// The header of a file of this kind.
pub(crate) fn header(kind: FileKind, incarnation: u64, generation: u64, epoch: u64) -> Header {
    Header { kind, incarnation, generation, epoch }
}
