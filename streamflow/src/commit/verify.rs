//! Looking through a checkpoint directory without a job: what in it is not as it was written.

use std::fmt;

use super::frame::FrameKind;
use super::header::{FileKind, HEADER};
use super::manifest::Manifest;
use super::names::FileName;
use super::opening::{incarnation, names};
use super::reader::{FrameReader, Next, header_error};
use super::savepoint::Nothing;
use super::{Commit, Error, Storage, load, snapshot};

/// Something that [`verify`] has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, where it is one.
    pub file: String,
    /// The place in it, in bytes.
    pub offset: u64,
    /// The section of it, where it is known.
    pub section: Option<String>,
    /// What is wrong.
    pub what: String,
    /// Whether a job could not start from this directory because of it. Other findings are traces of processes that died.
    pub fatal: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade = if self.fatal { "damaged" } else { "note" };
        write!(f, "{grade}: {}", self.what)
    }
}

impl Finding {
    fn new(error: &Error, fatal: bool) -> Self {
        Finding {
            file: error.file_name().unwrap_or_default().to_string(),
            offset: error.offset().unwrap_or(0),
            section: error.section_name().map(str::to_string),
            what: error.to_string(),
            fatal,
        }
    }
}

/// Reads every file of a checkpoint and says what is wrong with it; changes nothing and takes no lock.
///
/// First stands what would keep a job from starting. Notes follow: files that are not whole, but that no start needs.
#[must_use]
pub fn verify(storage: &dyn Storage) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Err(error) = look(storage, &mut found) {
        found.insert(0, Finding::new(&error, true));
    }
    found
}

fn look(storage: &dyn Storage, found: &mut Vec<Finding>) -> Result<(), Error> {
    let names = names(storage)?;
    let Some((incarnation, _)) = incarnation(storage, &names)? else { return Ok(()) };
    let started = load::newest(storage, incarnation, &mut Nothing).map(|_| ());
    let fatal = started.as_ref().err().map(|error| (error.file_name().map(str::to_string), error.offset()));
    for name in names {
        let looked = match name {
            FileName::Manifest { .. } => Manifest::read(storage, name, incarnation).and_then(|manifest| {
                let file = manifest.snapshot.as_ref();
                file.map_or(Ok(()), |file| snapshot::read(storage, file, incarnation, &mut |_| Ok(())))
            }),
            FileName::Snapshot { .. } => frames(storage, name, incarnation, FileKind::Snapshot),
            FileName::Log { .. } => frames(storage, name, incarnation, FileKind::Log),
            FileName::Receiver { .. } => frames(storage, name, incarnation, FileKind::Receiver),
        };
        if let Err(error) = looked {
            let finding = Finding::new(&error, false);
            let again = fatal == Some((Some(finding.file.clone()), Some(finding.offset)));
            if !again && !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    started
}

fn frames(storage: &dyn Storage, name: FileName, incarnation: u64, kind: FileKind) -> Result<(), Error> {
    let file = name.to_string();
    let (mut reader, header) = match FrameReader::open(storage, &file)? {
        Ok(opened) => opened,
        Err(fault) => return Err(header_error(&file, fault)),
    };
    let belongs = header.kind == kind && header.incarnation == incarnation && header.generation == name.generation();
    if !belongs {
        return Err(Error::damaged(&file, 0, "the header is not that of this file").section("the header"));
    }
    let mut last = None;
    loop {
        let offset = reader.offset();
        let place = last.map_or("the first frame".to_string(), |epoch| format!("the frame behind number {epoch}"));
        match reader.next()? {
            Next::End => return Ok(()),
            Next::Bad(what) => return Err(Error::damaged(&file, offset, what).section(place)),
            Next::Frame(frame) => {
                last = Some(frame.epoch);
                if frame.kind == FrameKind::Commit && Commit::decode(frame.epoch, frame.body).is_none() {
                    return Err(Error::damaged(&file, offset.max(HEADER), "this is no commit").section(place));
                }
            }
        }
    }
}
