//! Lines of files: given ones ([`lines`]), or whatever appears in a directory ([`watch`]).

mod paths;
mod place;
mod reader;
mod watch;

pub use paths::Paths;
pub use reader::Decoder;
pub use watch::{Watch, watch};

use super::lines::{LineBlock, line_options};
use super::{Poll, Position, Replayable, Signal, Source};
use crate::Error;
use paths::Missing;
use place::Offset;
use reader::Reader;

/// The lines of files: every file is a partition, every line a `&str` that borrows from the batch.
///
/// Takes a path, a glob pattern such as `logs/*.txt`, or a `Vec` of those. `\n` and `\r\n` end a line, a
/// last line without ending counts, empty lines are records. Compressed files are read by the `lines` of
/// `streamflow_io::gzip` and `streamflow_io::zstd`.
///
/// ```
/// use streamflow::{Source, file};
///
/// let logs = tempfile::tempdir()?;
/// std::fs::write(logs.path().join("monday.log"), "GET /\nGET /index.html\n")?;
/// std::fs::write(logs.path().join("tuesday.log"), "GET /about.html\n")?;
///
/// let mut log = file::lines(logs.path().join("*.log"));
/// log.open(&Default::default())?;
/// assert_eq!(log.partitions()?, 2);
/// assert_eq!(log.total_bytes(), Some(38));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Order
/// Lines of a file in their order. Partitions are sorted by path; nothing is promised between files.
///
/// # Failure
/// A file that is missing, a pattern that matches nothing and a directory are refused when the job starts.
/// Lines that are no good are dealt with by the policies, which by default end the job and name the line.
///
/// # Cost
/// Files are opened when they are read, at most 128 at a time. Reading is two passes of vector code over
/// the bytes and no allocation: the memory of a block is filled again when its batch is done. A path that
/// is a pipe is read too, but makes the whole job wait for it; standard input has a source of its own.
///
/// # After a crash
/// Every file is read on behind the last line that was committed; one that was read to its end is not looked at again, and may be
/// gone. A file that is shorter than before, or of which no line begins there any more, ends the job with an error. Compressed files
/// are decompressed up to the place.
pub fn lines(paths: impl Into<Paths>) -> Lines {
    Lines { paths: paths.into(), missing: vec![], reader: Reader::default() }
}

/// The source of [`lines`].
#[must_use = "a source does nothing until a job reads it"]
pub struct Lines {
    paths: Paths,
    /// What is not there, until it is known whether it was read to its end before.
    missing: Vec<Missing>,
    reader: Reader,
}

impl Lines {
    line_options!(reader.rules);

    /// Reads every file through a decoder, a decompressor for instance.
    ///
    /// ```
    /// use std::io::{BufReader, Read};
    /// use streamflow::file;
    ///
    /// // Only the first thousand bytes of every file.
    /// let heads = file::lines("*.log").decoder(|file| Ok(Box::new(BufReader::new(file.take(1000)))));
    /// ```
    pub fn decoder(mut self, decoder: Decoder) -> Self {
        self.reader.decoder = Some(decoder);
        self
    }
}

impl Replayable for Lines {}

impl Source for Lines {
    /// Bytes and lines before the next record, and whether the rest of a line over the limit stands between.
    type Offset = Offset;
    type Block = LineBlock;
    type Item<'b>
        = &'b str
    where
        Self: 'b;

    fn name(&self) -> String {
        format!("lines of {}", self.paths)
    }

    fn identity(&self) -> Option<String> {
        Some(self.paths.to_string())
    }

    fn open(&mut self, _signal: &Signal) -> Result<(), Error> {
        self.reader.rules.open()?;
        let (files, missing) = self.paths.files()?;
        self.missing = missing;
        for path in files {
            self.reader.add(path)?;
        }
        Ok(())
    }

    fn partitions(&mut self) -> Result<usize, Error> {
        if !self.missing.is_empty() {
            return Err(self.missing.swap_remove(0).error);
        }
        Ok(self.reader.partitions())
    }

    fn partition_name(&self, partition: usize) -> String {
        self.reader.partition_name(partition)
    }

    fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<LineBlock>, Error> {
        self.reader.poll(partition, budget)
    }

    fn offset(&self, partition: usize) -> Option<Offset> {
        self.reader.offset(partition)
    }

    fn seek(&mut self, positions: Vec<Position<Offset>>) -> Result<(), Error> {
        self.missing
            .retain(|missing| !positions.iter().any(|position| position.ended && missing.means(&position.partition)));
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

    fn poll_after(&self) -> Option<std::time::Duration> {
        self.reader.poll_after()
    }

    fn total_bytes(&self) -> Option<u64> {
        self.reader.total_bytes()
    }

    fn skipped(&self) -> u64 {
        self.reader.rules.skipped
    }
}

#[cfg(test)]
mod tests;
