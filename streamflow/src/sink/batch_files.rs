//! A file a batch, named by its time.

use super::file::{make_directory, write_once};
use super::text::{nothing, push_line};
use super::{BatchInfo, Sink};
use crate::{Error, Timestamp};
use std::fmt;
use std::path::{Path, PathBuf};

/// Writes the results of every batch into a file of its own, one line each, by their `Display`: `PREFIX-TIME.SUFFIX`, where
/// the time is the batch clock in milliseconds since 1970. The prefix may lead through directories, which are made if they are
/// missing; with an empty suffix names end with the time. BatchFiles without results write no file, unless asked for.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use streamflow::sink::BatchInfo;
/// use streamflow::{Sink, file};
///
/// let directory = tempfile::tempdir()?;
/// let mut words = file::batches(directory.path().join("words"), "txt");
/// let mut part = Sink::<&str>::part(&words);
/// file::BatchFiles::push(&mut part, "hello");
/// let batch = BatchInfo { epoch: 1, time: SystemTime::UNIX_EPOCH + Duration::from_millis(1500) };
/// Sink::<&str>::deliver(&mut words, batch, vec![part])?;
/// assert_eq!(std::fs::read_to_string(directory.path().join("words-1500.txt"))?, "hello\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Order
/// Times grow from batch to batch. Two batches of the same millisecond, which only a job without a fixed interval forms, are named
/// one millisecond apart.
///
/// # Failure
/// As with [`parts`](crate::file::parts): a file that can be seen is complete and on the disk, and a file that exists is never overwritten.
///
/// # Cost
/// Two syncs a batch, one of the file and one of the directory.
#[must_use]
pub fn batches(prefix: impl AsRef<Path>, suffix: impl Into<String>) -> BatchFiles {
    let prefix = prefix.as_ref();
    let directory = prefix.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stem = prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
    BatchFiles { directory: directory.to_owned(), stem, suffix: suffix.into(), empty: false, last: None }
}

/// The sink of [`batches`].
#[derive(Clone, Debug)]
pub struct BatchFiles {
    directory: PathBuf,
    stem: String,
    suffix: String,
    empty: bool,
    /// The time in the name of the last file.
    last: Option<i64>,
}

impl BatchFiles {
    /// Writes an empty file for a batch without results.
    #[must_use]
    pub fn with_empty_batches(self) -> Self {
        BatchFiles { empty: true, ..self }
    }

    fn file_name(&self, millis: i64) -> String {
        let dot = if self.suffix.is_empty() { "" } else { "." };
        format!("{}-{millis}{dot}{}", self.stem, self.suffix)
    }
}

impl<T: fmt::Display> Sink<T> for BatchFiles {
    type Part = Vec<u8>;

    fn name(&self) -> String {
        let dot = if self.suffix.is_empty() { "" } else { "." };
        format!("a file a batch, {}-TIME{dot}{}", self.directory.join(&self.stem).display(), self.suffix)
    }

    fn part(&self) -> Vec<u8> {
        Vec::new()
    }

    fn push(part: &mut Vec<u8>, item: T) {
        push_line(part, item);
    }

    fn open(&mut self) -> Result<(), Error> {
        make_directory(&self.directory)
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<(), Error> {
        if !self.empty && nothing(&parts) {
            return Ok(());
        }
        let now = Timestamp::from(batch.time).as_millis();
        let millis = self.last.map_or(now, |last| now.max(last.saturating_add(1)));
        write_once(&self.directory, &self.file_name(millis), &parts)?;
        self.last = Some(millis);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use std::time::{Duration, SystemTime};

    fn deliver(sink: &mut BatchFiles, millis: u64, rows: &[&str]) -> Result<(), Error> {
        let mut part = Sink::<&str>::part(sink);
        rows.iter().for_each(|row| BatchFiles::push(&mut part, *row));
        let batch = BatchInfo { epoch: 1, time: SystemTime::UNIX_EPOCH + Duration::from_millis(millis) };
        Sink::<&str>::deliver(sink, batch, vec![part])
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).expect("listed");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("listed").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_a_batch() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("made/here");
        let mut sink = batches(path.join("rows"), "txt");
        Sink::<&str>::open(&mut sink).expect("made");
        deliver(&mut sink, 1000, &["a", "b"]).expect("written");
        deliver(&mut sink, 2000, &[]).expect("nothing to write");
        deliver(&mut sink, 3000, &["c"]).expect("written");
        deliver(&mut sink, 3000, &["d"]).expect("written");
        assert_eq!(names(&path), ["rows-1000.txt", "rows-3000.txt", "rows-3001.txt"]);
        assert_eq!(std::fs::read_to_string(path.join("rows-1000.txt")).expect("read"), "a\nb\n");
    }

    #[test]
    fn empty_batches_where_asked_for_and_names_without_suffix() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut sink = batches(directory.path().join("rows"), "").with_empty_batches();
        deliver(&mut sink, 5, &[]).expect("written");
        assert_eq!(names(directory.path()), ["rows-5"]);
    }

    #[test]
    fn a_file_that_exists_is_not_overwritten() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("rows-7.txt"), "old").expect("written");
        let error = deliver(&mut batches(directory.path().join("rows"), "txt"), 7, &["new"]).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Sink);
        assert_eq!(std::fs::read_to_string(directory.path().join("rows-7.txt")).expect("read"), "old");
    }
}
