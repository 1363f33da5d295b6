//! A snapshot: all sections of the state in one file, which exists only with its trailer.

use std::collections::BTreeSet;

use super::bytes::{Decoder, Encode};
use super::frame::{self, FrameKind, Label};
use super::header::FileKind;
use super::manifest::SnapshotFile;
use super::mutant::mutant;
use super::names::FileName;
use super::reader::{FrameReader, Next, header};
use super::{Error, FileId, Section, Storage};

/// Writes a snapshot, section by section. It has a handle of its own on the directory, so it may live on another thread; nothing is
/// created before the first section.
pub struct SnapshotWriter {
    storage: Box<dyn Storage>,
    incarnation: u64,
    file: SnapshotFile,
    open: Option<FileId>,
    sections: u64,
    used: BTreeSet<u64>,
    buffer: Vec<u8>,
}

/// A snapshot that is written and durable, but that no manifest names yet.
#[derive(Debug)]
pub struct Written {
    pub(super) file: SnapshotFile,
    pub(super) used: BTreeSet<u64>,
}

impl SnapshotWriter {
    pub(super) fn new(storage: Box<dyn Storage>, incarnation: u64, generation: u64, epoch: u64, number: u64) -> Self {
        let file = SnapshotFile { generation, epoch, number, length: 0, checksum: 0 };
        SnapshotWriter {
            storage,
            incarnation,
            file,
            open: None,
            sections: 0,
            used: BTreeSet::new(),
            buffer: Vec::new(),
        }
    }

    /// Writes a section.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](super::ErrorKind::Io): the snapshot is to be given up.
    pub fn push(&mut self, section: &Section) -> Result<(), Error> {
        self.sections += 1;
        self.used.insert(section.schema);
        self.frame(FrameKind::Section, |body| section.encode(body))
    }

    fn frame(&mut self, kind: FrameKind, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
        let SnapshotFile { generation, epoch, .. } = self.file;
        self.buffer.clear();
        let open = match self.open {
            Some(open) => open,
            None => {
                let open = self.storage.create_new(&self.file.name().to_string())?;
                let first = header(FileKind::Snapshot, self.incarnation, generation, epoch);
                self.file.checksum = first.encode(&mut self.buffer);
                *self.open.insert(open)
            }
        };
        let label = Label { kind, incarnation: self.incarnation, generation, epoch };
        self.file.checksum = frame::write(&mut self.buffer, label, self.file.checksum, body);
        self.file.length += self.buffer.len() as u64;
        self.storage.append(open, &self.buffer)
    }

    /// Writes the trailer and makes the file and its name durable.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](super::ErrorKind::Io): the snapshot is to be given up.
    pub fn finish(mut self) -> Result<Written, Error> {
        let sections = self.sections;
        self.frame(FrameKind::Trailer, |body| body.put_u64(sections))?;
        if let Some(open) = self.open {
            if !mutant!(NoSnapshotSync) {
                self.storage.sync(open)?;
            }
            self.storage.close(open);
        }
        if !mutant!(NoSnapshotDirectorySync) {
            self.storage.sync_dir()?;
        }
        Ok(Written { file: self.file, used: self.used })
    }
}

impl std::fmt::Debug for SnapshotWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SnapshotWriter")
            .field("file", &self.file.name().to_string())
            .field("sections", &self.sections)
            .finish()
    }
}

impl Written {
    pub(super) fn is(&self, generation: u64, epoch: u64, number: u64) -> bool {
        self.file.name() == FileName::Snapshot { generation, epoch, number }
    }

    /// The length of the file in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.file.length
    }
}

/// Reads a snapshot that a manifest names.
pub(super) fn read(
    storage: &dyn Storage,
    file: &SnapshotFile,
    incarnation: u64,
    each: &mut dyn FnMut(Section) -> Result<(), Error>,
) -> Result<(), Error> {
    let name = file.name().to_string();
    let missing = !storage.list()?.contains(&name);
    if missing {
        return Err(Error::damaged(&name, 0, "this snapshot is missing").section("the snapshot"));
    }
    let expected = header(FileKind::Snapshot, incarnation, file.generation, file.epoch);
    let mut reader = FrameReader::expect(storage, &name, expected)?;
    if reader.length() != file.length && !mutant!(NoSnapshotLength) {
        let message = format!("the file has {} bytes, but was written with {}", reader.length(), file.length);
        return Err(Error::damaged(&name, reader.length().min(file.length), message).section("the end"));
    }
    let mut sections = 0;
    let mut trailer = false;
    loop {
        let offset = reader.offset();
        let place = || format!("section {}", sections + 1);
        let wrong = || Error::damaged(&name, offset, "this is no section").section(place());
        match reader.next()? {
            Next::Frame(frame) if frame.kind == FrameKind::Section && !trailer => {
                let mut decoder = Decoder::new(frame.body);
                let section = Section::decode(&mut decoder).filter(|_| decoder.is_empty()).ok_or_else(wrong)?;
                each(section)?;
                sections += 1;
            }
            Next::Frame(frame) if frame.kind == FrameKind::Trailer && !trailer => {
                let count = Decoder::new(frame.body).u64();
                if count != Some(sections) || frame.body.len() != 8 {
                    return Err(
                        Error::damaged(&name, offset, "the trailer counts other sections").section("the trailer")
                    );
                }
                trailer = true;
            }
            Next::Frame(_) => return Err(wrong()),
            Next::Bad(what) => return Err(Error::damaged(&name, offset, what).section(place())),
            Next::End => break,
        }
    }
    if mutant!(NoTrailer) || trailer && reader.chain() == file.checksum {
        return Ok(());
    }
    Err(Error::damaged(&name, reader.offset(), "the snapshot does not end as it was written").section("the trailer"))
}
