//! What to do with lines that are no good.

use super::LineBlock;
use crate::{Error, ErrorKind};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a source does with a line that is no good: not UTF-8, or over the limit.
///
/// ```
/// use streamflow::file;
/// use streamflow::source::OnBad;
///
/// let log = file::lines("access.log")
///     .invalid_utf8(OnBad::Replace)
///     .too_long(OnBad::dead_letter("bad-lines.tsv"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnBad {
    /// The job ends with an error that names the place. The default: nothing is lost unnoticed.
    #[default]
    Fail,
    /// The record is made good: bytes that are not UTF-8 become U+FFFD, a line over the limit is cut.
    Replace,
    /// The record is left out and counted by [`Source::skipped`](crate::Source::skipped).
    Skip,
    /// As `Skip`, and the line is appended to this file: the input, the number of the line, the reason and
    /// the line itself, with tabs between. A line over the limit is kept up to the limit.
    DeadLetter(PathBuf),
}

impl OnBad {
    /// [`OnBad::DeadLetter`] from anything that is a path.
    #[must_use]
    pub fn dead_letter(path: impl Into<PathBuf>) -> Self {
        OnBad::DeadLetter(path.into())
    }
}

/// The options of a source of lines, and what its partitions share: counts, dead letters, spare memory.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) invalid_utf8: OnBad,
    pub(crate) max_line: usize,
    pub(crate) too_long: OnBad,
    pub(crate) skipped: u64,
    letters: HashMap<PathBuf, File>,
    spare: Vec<Vec<u8>>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            invalid_utf8: OnBad::Fail,
            max_line: 1 << 20,
            too_long: OnBad::Fail,
            skipped: 0,
            letters: HashMap::new(),
            spare: Vec::new(),
        }
    }
}

impl Rules {
    /// Checks the options and opens the files of dead letters, so that a wrong path is known at once.
    pub(crate) fn open(&mut self) -> Result<(), Error> {
        if self.max_line == 0 {
            return Err(Error::new(ErrorKind::Settings, "a line limit of 0 bytes leaves no line")
                .help("give `max_line` the longest line you expect, in bytes"));
        }
        for bad in [&self.invalid_utf8, &self.too_long] {
            if let OnBad::DeadLetter(path) = bad
                && !self.letters.contains_key(path)
            {
                let file = OpenOptions::new().create(true).append(true).open(path);
                let file = file.map_err(|cause| letter_error(path).because(cause))?;
                self.letters.insert(path.clone(), file);
            }
        }
        Ok(())
    }

    /// Empty memory for the next block.
    pub(crate) fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    pub(crate) fn recycle(&mut self, block: LineBlock) {
        self.keep(block.text.into_bytes());
    }

    pub(crate) fn keep(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.spare.push(buffer);
    }

    /// Leaves a line out, and keeps it in the file of dead letters if the policy says so.
    pub(crate) fn leave_out(&mut self, bad: &OnBad, letter: Letter<'_>) -> Result<(), Error> {
        self.skipped += 1;
        let OnBad::DeadLetter(path) = bad else {
            return Ok(());
        };
        let Letter { input, line, reason, raw } = letter;
        let mut entry = format!("{input}\t{line}\t{reason}\t").into_bytes();
        entry.extend_from_slice(raw);
        entry.push(b'\n');
        let file = self.letters.get_mut(path).ok_or_else(|| letter_error(path))?;
        file.write_all(&entry).map_err(|cause| letter_error(path).because(cause))
    }
}

/// A line that is left out.
pub(crate) struct Letter<'a> {
    pub(crate) input: &'a str,
    pub(crate) line: u64,
    pub(crate) reason: &'static str,
    pub(crate) raw: &'a [u8],
}

fn letter_error(path: &Path) -> Error {
    let message = format!("cannot append to the dead letter file `{}`", path.display());
    Error::new(ErrorKind::Source, message).help("check that its directory exists and may be written")
}

/// The methods that every source of lines has; `$rules` leads to its [`Rules`].
macro_rules! line_options {
    ($($rules:ident).+) => {
        /// What to do with a line that is not UTF-8. Default: [`OnBad::Fail`](crate::source::OnBad::Fail).
        pub fn invalid_utf8(mut self, bad: $crate::source::OnBad) -> Self {
            self.$($rules).+.invalid_utf8 = bad;
            self
        }

        /// The longest line that is good, in bytes without its line ending. Default: 1 MiB. Of a longer
        /// line no more than this is ever in memory.
        pub fn max_line(mut self, bytes: usize) -> Self {
            self.$($rules).+.max_line = bytes;
            self
        }

        /// What to do with a line over the limit. Default: [`OnBad::Fail`](crate::source::OnBad::Fail).
        pub fn too_long(mut self, bad: $crate::source::OnBad) -> Self {
            self.$($rules).+.too_long = bad;
            self
        }
    };
}
pub(crate) use line_options;
