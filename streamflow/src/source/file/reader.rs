//! Reads files into blocks of lines: what `lines` and `watch` share.

use super::paths::check;
use super::place::{self, Offset, Place};
use crate::source::lines::{Assembler, LineBlock, Rules};
use crate::source::{Poll, Position};
use crate::{Error, ErrorKind};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Makes the bytes to read from an open file.
pub type Decoder = fn(File) -> io::Result<Box<dyn Read + Send>>;

/// Well below what systems allow a process by default (macOS: 256). A file that fits into one read is closed
/// at once and does not count.
const OPEN_FILES: usize = 128;

#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) rules: Rules,
    pub(crate) decoder: Option<Decoder>,
    files: Vec<Input>,
    /// Those that nobody will read.
    left_out: HashSet<PathBuf>,
    bytes: u64,
    /// Files that are open now.
    open: usize,
    /// Files that were opened so far.
    opened: usize,
}

struct Input {
    path: PathBuf,
    /// Where the next poll goes on.
    place: Place,
    state: State,
}

enum State {
    Closed,
    Open {
        bytes: Box<dyn Read + Send>,
        /// Bytes taken so far.
        taken: u64,
        assembler: Assembler,
    },
    Ended,
}

impl Reader {
    /// Adds a file as a partition; says now what can be said without opening it.
    pub(crate) fn add(&mut self, path: PathBuf) -> Result<(), Error> {
        let metadata = path.metadata().map_err(|cause| unreadable(&path, cause))?;
        if metadata.is_dir() {
            return Err(Error::new(ErrorKind::Source, format!("`{}` is a directory", path.display()))
                .help("read its files with a pattern such as `directory/*`, or new ones with `file::watch`"));
        }
        self.bytes += metadata.len();
        self.files.push(Input { path, place: Place::default(), state: State::Closed });
        Ok(())
    }

    /// Adds a file as a partition that has ended: nobody will read it.
    pub(crate) fn add_ended(&mut self, path: PathBuf) {
        self.opened += 1;
        self.left_out.insert(path.clone());
        self.files.push(Input { path, place: Place::default(), state: State::Ended });
    }

    /// The place of the next record, in bytes of text: behind a decoder the file is another number of bytes long.
    pub(super) fn offset(&self, partition: usize) -> Option<Offset> {
        self.files.get(partition).map(|file| file.place.offset())
    }

    /// Gives the files that were read before their numbers again, with the others behind them.
    pub(super) fn seek(&mut self, positions: Vec<Position<Offset>>) -> Result<(), Error> {
        let mut found: Vec<Option<Input>> = std::mem::take(&mut self.files).into_iter().map(Some).collect();
        (self.open, self.opened) = (0, 0);
        let names = found.iter().enumerate();
        let names: HashMap<String, usize> =
            names.filter_map(|(index, file)| Some((file.as_ref()?.path.display().to_string(), index))).collect();
        for Position { partition, offset, ended } in positions {
            let place = Place::at(offset);
            let file = names.get(&partition).and_then(|index| found[*index].take());
            let state = if ended { State::Ended } else { State::Closed };
            let file = match file {
                Some(file) => Input { place, state, ..file },
                // it was read to its end: whoever reads it may also remove it
                None if ended => Input { path: partition.into(), place, state },
                None => return Err(place::gone(&partition, place)),
            };
            self.opened += usize::from(ended);
            if self.decoder.is_none() && !ended {
                place::check_length(&file.path, place).map_err(|cause| unreadable(&file.path, cause))??;
            }
            self.files.push(file);
        }
        for Input { path, .. } in found.into_iter().flatten() {
            let left_out = self.left_out.contains(&path);
            self.opened += usize::from(left_out);
            let state = if left_out { State::Ended } else { State::Closed };
            self.files.push(Input { path, place: Place::default(), state });
        }
        self.bytes = self.files.iter().map(Input::left).sum();
        Ok(())
    }

    pub(crate) fn partitions(&self) -> usize {
        self.files.len()
    }

    pub(crate) fn partition_name(&self, partition: usize) -> String {
        self.files[partition].path.display().to_string()
    }

    /// The size on disk. What a decoder makes of it is not known before the end.
    pub(crate) fn total_bytes(&self) -> Option<u64> {
        self.decoder.is_none().then_some(self.bytes)
    }

    /// At once, as long as a file may have been refused because too many were open.
    pub(crate) fn poll_after(&self) -> Option<Duration> {
        (self.opened < self.files.len()).then_some(Duration::ZERO)
    }

    pub(crate) fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<LineBlock>, Error> {
        let file = &mut self.files[partition];
        if let State::Closed = file.state {
            if self.open >= OPEN_FILES {
                return Ok(Poll::Pending);
            }
            file.state = open(&file.path, file.place, self.decoder)?;
            self.open += 1;
            self.opened += 1;
        }
        let State::Open { bytes, taken, assembler } = &mut file.state else {
            return Ok(Poll::Ended);
        };
        let (block, read, last) = read(bytes, assembler, budget.max(1), &mut self.rules)?;
        *taken += read as u64;
        file.place = Place {
            bytes: *taken - assembler.carried() as u64,
            lines: assembler.lines(),
            within: assembler.discarding(),
        };
        if last {
            file.state = State::Ended;
            self.open -= 1;
        }
        Ok(match block {
            Some(block) => Poll::Block { block, bytes: read.max(1) },
            // The rest of a line over the limit: it may be long, so others get their turn.
            None if !last => Poll::Block { block: LineBlock::empty(), bytes: read.max(1) },
            None => Poll::Ended,
        })
    }
}

impl Input {
    /// Bytes on disk that are still to be read.
    fn left(&self) -> u64 {
        match self.state {
            State::Ended => 0,
            _ => self.path.metadata().map_or(0, |metadata| metadata.len().saturating_sub(self.place.bytes)),
        }
    }
}

/// Reads until there is a line, the end, or a line that is thrown away.
fn read(
    bytes: &mut dyn Read,
    assembler: &mut Assembler,
    budget: usize,
    rules: &mut Rules,
) -> Result<(Option<LineBlock>, usize, bool), Error> {
    let mut total = 0;
    loop {
        let mut buffer = assembler.buffer(rules);
        let start = buffer.len();
        buffer.reserve(budget);
        let result = Read::take(&mut *bytes, budget as u64).read_to_end(&mut buffer);
        let read = buffer.len() - start;
        total += read;
        let last = result.is_ok() && read < budget;
        // What came before the damage is counted, so that the error names the line the damage is in.
        let block = assembler.block(buffer, last, rules)?;
        result.map_err(|cause| damaged(assembler, cause))?;
        if block.is_some() || last || assembler.discarding() {
            return Ok((block, total, last));
        }
    }
}

fn open(path: &Path, place: Place, decoder: Option<Decoder>) -> Result<State, Error> {
    let file = File::open(path).map_err(|cause| unreadable(path, cause))?;
    let assembler = Assembler::resume(format!("`{}`", path.display()), place.lines, place.within);
    let bytes = match decoder {
        Some(decoder) => {
            let mut bytes = decoder(file).map_err(|cause| damaged(&assembler, cause))?;
            place::skip(path, place, &mut *bytes).map_err(|cause| damaged(&assembler, cause))??;
            bytes
        }
        None if place.bytes == 0 => plain(path, file)?,
        None => Box::new(place::go_to(path, place, file).map_err(|cause| unreadable(path, cause))??),
    };
    Ok(State::Open { bytes, taken: place.bytes, assembler })
}

/// Text, or the error that says with what to read it instead.
fn plain(path: &Path, mut file: File) -> Result<Box<dyn Read + Send>, Error> {
    let mut head = Vec::with_capacity(4);
    let result = Read::take(&mut file, 4).read_to_end(&mut head);
    result.map_err(|cause| unreadable(path, cause))?;
    let format = match head.as_slice() {
        [0x1f, 0x8b, ..] => "gzip",
        [0x28, 0xb5, 0x2f, 0xfd] => "zstd",
        _ => return Ok(Box::new(io::Cursor::new(head).chain(file))),
    };
    let message = format!("`{}` is compressed with {format}", path.display());
    Err(Error::new(ErrorKind::Source, message).help(format!("read it with `streamflow_io::{format}::lines(..)`")))
}

fn damaged(assembler: &Assembler, cause: io::Error) -> Error {
    Error::new(ErrorKind::Source, "cannot read the file to its end")
        .at(assembler.place())
        .because(cause)
        .help("check that the file is complete, undamaged and of the format that is read")
}

pub(super) fn unreadable(path: &Path, cause: io::Error) -> Error {
    let missing = check("path", path);
    let path = path.display();
    let (message, help) = match cause.kind() {
        io::ErrorKind::NotFound => (format!("`{path}` does not exist"), missing),
        io::ErrorKind::PermissionDenied => {
            (format!("`{path}` may not be read"), "check the permissions of the file".to_owned())
        }
        _ => (format!("`{path}` cannot be read"), "check the file system".to_owned()),
    };
    Error::new(ErrorKind::Source, message).because(cause).help(help)
}
