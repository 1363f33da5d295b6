//! New files of a directory, as they appear.

use super::place::Offset;
use super::reader::{Decoder, Reader};
use crate::source::lines::{LineBlock, line_options};
use crate::source::{Poll, Position, Replayable, Signal, Source};
use crate::{Error, ErrorKind};
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// The lines of the files of a directory, now and as new ones appear; it never ends by itself.
///
/// Every file is read once, when it is first seen: write it elsewhere or under a temporary name, and move it
/// into the directory when it is complete. Names that start with `.` or `_` or end in `.tmp` are not read,
/// nor are directories.
///
/// ```
/// use streamflow::{Source, file};
///
/// let incoming = tempfile::tempdir()?;
/// let mut orders = file::watch(incoming.path());
/// orders.open(&Default::default())?;
/// assert_eq!(orders.partitions()?, 0);
/// assert!(!orders.complete());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Order
/// Files become partitions in the order of their modification times, then of their names.
///
/// # Failure
/// A directory that is missing is refused when the job starts. A file that is removed before its turn ends
/// the job. Lines that are no good are dealt with by the policies, as in [`lines`](super::lines).
///
/// # Cost
/// The directory is listed every 200 ms, or as [`every`](Watch::every) says. The names of all files that were
/// read are kept in memory.
///
/// # After a crash
/// As with [`lines`](super::lines()): files go on where they were read to, those that are done may be gone. Files that came
/// meanwhile are read behind them, also with [`new_only`](Watch::new_only).
pub fn watch(directory: impl AsRef<Path>) -> Watch {
    Watch {
        directory: directory.as_ref().to_owned(),
        every: Duration::from_millis(200),
        new_only: false,
        left_out: vec![],
        seen: HashSet::new(),
        last: None,
        reader: Reader::default(),
    }
}

/// The source of [`watch`].
#[must_use = "a source does nothing until a job reads it"]
pub struct Watch {
    directory: PathBuf,
    every: Duration,
    new_only: bool,
    /// Files that were there when the job started and are not read, until the first poll.
    left_out: Vec<PathBuf>,
    seen: HashSet<OsString>,
    last: Option<Instant>,
    reader: Reader,
}

impl Watch {
    line_options!(reader.rules);

    /// Leaves out the files that are there when the job starts.
    pub fn new_only(mut self) -> Self {
        self.new_only = true;
        self
    }

    /// How often the directory is listed. Default: every 200 ms.
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = interval;
        self
    }

    /// Reads every file through a decoder; see [`Lines::decoder`](super::Lines::decoder).
    pub fn decoder(mut self, decoder: Decoder) -> Self {
        self.reader.decoder = Some(decoder);
        self
    }

    /// The files that were not seen before, in the order they are to be read.
    fn unseen(&mut self) -> Result<Vec<PathBuf>, Error> {
        let mut found: Vec<(SystemTime, OsString)> = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(|cause| self.error(cause))? {
            let entry = entry.map_err(|cause| self.error(cause))?;
            let name = entry.file_name();
            if is_temporary(&name) || self.seen.contains(&name) {
                continue;
            }
            // Who moves files about may take one away between the listing and here: it never was ours.
            // The path's metadata, not the entry's, so that links are followed.
            let Ok(metadata) = fs::metadata(entry.path()) else {
                continue;
            };
            if metadata.is_file() {
                found.push((metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), name));
            }
        }
        found.sort();
        let paths = found.iter().map(|(_, name)| self.directory.join(name)).collect();
        self.seen.extend(found.into_iter().map(|(_, name)| name));
        Ok(paths)
    }

    fn error(&self, cause: std::io::Error) -> Error {
        let message = format!("cannot list the directory `{}`", self.directory.display());
        Error::new(ErrorKind::Source, message)
            .because(cause)
            .help("check that it exists, is a directory and may be read")
    }
}

/// A name that says: not complete yet.
fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") || name.starts_with(b"_") || name.ends_with(b".tmp")
}

impl Replayable for Watch {}

impl Source for Watch {
    /// As of [`Lines`](super::Lines).
    type Offset = Offset;
    type Block = LineBlock;
    type Item<'b>
        = &'b str
    where
        Self: 'b;

    fn name(&self) -> String {
        format!("lines of new files in {}", self.directory.display())
    }

    fn identity(&self) -> Option<String> {
        Some(self.directory.display().to_string())
    }

    fn open(&mut self, _signal: &Signal) -> Result<(), Error> {
        self.reader.rules.open()?;
        for path in self.unseen()? {
            if self.new_only {
                self.left_out.push(path);
            } else {
                self.reader.add(path)?;
            }
        }
        self.last = Some(Instant::now());
        Ok(())
    }

    fn partitions(&mut self) -> Result<usize, Error> {
        self.left_out.drain(..).for_each(|path| self.reader.add_ended(path));
        if self.last.is_none_or(|last| last.elapsed() >= self.every) {
            for path in self.unseen()? {
                self.reader.add(path)?;
            }
            self.last = Some(Instant::now());
        }
        Ok(self.reader.partitions())
    }

    fn partition_name(&self, partition: usize) -> String {
        self.reader.partition_name(partition)
    }

    fn complete(&self) -> bool {
        false
    }

    fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<LineBlock>, Error> {
        self.reader.poll(partition, budget)
    }

    fn offset(&self, partition: usize) -> Option<Offset> {
        self.reader.offset(partition)
    }

    fn seek(&mut self, positions: Vec<Position<Offset>>) -> Result<(), Error> {
        // the first start has told which files are left out: those are partitions that have ended
        for path in std::mem::take(&mut self.left_out) {
            self.reader.add(path)?;
        }
        let names = positions.iter().filter_map(|position| Path::new(&position.partition).file_name());
        self.seen.extend(names.map(OsStr::to_owned));
        self.reader.seek(positions)
    }

    fn each<'b>(block: &'b LineBlock, each: impl FnMut(&'b str))
    where
        Self: 'b,
    {
        block.each(each);
    }

    fn count(block: &LineBlock) -> Option<u64> {
        block.count()
    }

    fn recycle(&mut self, block: LineBlock) {
        self.reader.rules.recycle(block);
    }

    fn poll_after(&self) -> Option<Duration> {
        Some(self.reader.poll_after().unwrap_or(self.every))
    }

    fn skipped(&self) -> u64 {
        self.reader.rules.skipped
    }
}
