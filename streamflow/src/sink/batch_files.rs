//! A file a batch, named by its time.

use super::incarnation::{Incarnation, Known};
use super::text::{nothing, push_line};
use super::whole_file::{directory_of, make_directory, write_again, write_once};
use super::{BatchInfo, Fence, Held, Idempotent, Prepared, Sink};
use crate::{Error, ErrorKind, Timestamp};
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
/// # After a crash
/// As with [`parts`](crate::file::parts): every result is there once. The commit log keeps the name of a file with its content. The
/// number of the checkpoint directory is in the file `.PREFIX.incarnation`; files that other runs without one have left stay as they
/// are.
///
/// # Cost
/// Two syncs a batch, one of the file and one of the directory.
#[must_use]
pub fn batches(prefix: impl AsRef<Path>, suffix: impl Into<String>) -> BatchFiles {
    let prefix = prefix.as_ref();
    let stem = prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
    BatchFiles { directory: directory_of(prefix).to_owned(), stem, suffix: suffix.into(), empty: false, last: None }
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

    /// The time in the name of a file.
    fn time_of(&self, name: &str) -> Option<i64> {
        let name = name.strip_prefix(&self.stem)?.strip_prefix('-')?;
        let time = if self.suffix.is_empty() { name } else { name.strip_suffix(&self.suffix)?.strip_suffix('.')? };
        time.parse().ok()
    }

    /// The name of the file of a batch; `None` if it has none. It belongs to this batch alone.
    fn next_name(&mut self, batch: BatchInfo, parts: &[Vec<u8>]) -> Option<String> {
        if !self.empty && nothing(parts) {
            return None;
        }
        let now = Timestamp::from(batch.time).as_millis();
        let millis = self.last.map_or(now, |last| now.max(last.saturating_add(1)));
        self.last = Some(millis);
        Some(self.file_name(millis))
    }
}

impl Idempotent for BatchFiles {}

/// What the log keeps of a batch: the name of its file and the content. The time alone would not do: after a crash it is another.
fn logged(name: &str, parts: &[Vec<u8>]) -> Vec<u8> {
    let length = (name.len() as u64).to_le_bytes();
    [&length, name.as_bytes()].into_iter().chain(parts.iter().map(Vec::as_slice)).flatten().copied().collect()
}

/// Name and content.
fn read(logged: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = logged.split_first_chunk()?;
    let (name, content) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    Some((std::str::from_utf8(name).ok()?, content))
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

    fn fence(&mut self, fence: Fence) -> Result<Held, Error> {
        make_directory(&self.directory)?;
        let incarnation = Incarnation::new(&self.directory, &self.stem);
        if incarnation.check(fence.incarnation)? == Known::No {
            incarnation.claim(fence.incarnation)?;
        }
        self.last = incarnation.newest(|name| self.time_of(name))?;
        // the names tell times, not epochs
        Ok(Held::default())
    }

    fn open(&mut self) -> Result<(), Error> {
        make_directory(&self.directory)
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<(), Error> {
        let name = self.next_name(batch, &parts);
        name.map_or(Ok(()), |name| write_once(&self.directory, &name, &parts))
    }

    fn prepare(&mut self, batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<Prepared, Error> {
        let name = self.next_name(batch, &parts);
        Ok(name.map_or(Prepared::Delivered, |name| Prepared::Logged(logged(&name, &parts))))
    }

    fn commit(&mut self, _batch: BatchInfo, prepared: &[u8]) -> Result<(), Error> {
        let (name, content) = read(prepared).ok_or_else(|| {
            let message = format!("the checkpoint holds something else than a file for `{}`", self.stem);
            Error::new(ErrorKind::Sink, message)
                .help("start the job once with the sinks it had, or from an empty checkpoint directory")
        })?;
        self.last = self.last.max(self.time_of(name));
        write_again(&self.directory, name, content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::commit;
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

    const FENCE: Fence = Fence { incarnation: 7, generation: 1 };

    fn prepare(sink: &mut BatchFiles, millis: u64, rows: &[&str]) -> Option<Vec<u8>> {
        let mut part = Sink::<&str>::part(sink);
        rows.iter().for_each(|row| BatchFiles::push(&mut part, *row));
        let batch = BatchInfo { epoch: 1, time: SystemTime::UNIX_EPOCH + Duration::from_millis(millis) };
        match Sink::<&str>::prepare(sink, batch, vec![part]).expect("prepared") {
            Prepared::Delivered => None,
            Prepared::Logged(bytes) => Some(bytes),
        }
    }

    #[test]
    fn results_wait_for_the_commit_and_are_there_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let fenced = || {
            let mut sink = batches(directory.path().join("made/rows"), "txt");
            assert_eq!(Sink::<&str>::fence(&mut sink, FENCE).expect("free"), Held::default());
            sink
        };
        let path = directory.path().join("made");
        let mut sink = fenced();
        let first = prepare(&mut sink, 1000, &["a", "b"]).expect("there are some");
        let second = prepare(&mut sink, 1000, &["c"]).expect("there is one");
        assert_eq!(prepare(&mut sink, 1000, &[]), None);
        assert_eq!(names(&path), [".rows.incarnation"], "not committed yet");
        commit::<&str, _>(&mut sink, 1, &first).expect("written");
        // a crash while the second is written; another process goes on
        std::fs::write(path.join(".rows-1001.txt.9-0.tmp"), "c").expect("written");
        let mut sink = fenced();
        for bytes in [&first, &second] {
            commit::<&str, _>(&mut sink, 1, bytes).expect("written, or there already");
        }
        let third = prepare(&mut sink, 1000, &["d"]).expect("there is one");
        commit::<&str, _>(&mut sink, 1, &third).expect("written");
        assert_eq!(names(&path), [".rows.incarnation", "rows-1000.txt", "rows-1001.txt", "rows-1002.txt"]);
        let texts: Vec<String> =
            names(&path)[1..].iter().map(|name| std::fs::read_to_string(path.join(name)).expect("read")).collect();
        assert_eq!(texts, ["a\nb\n", "c\n", "d\n"]);
        let mut sink = fenced();
        let fourth = prepare(&mut sink, 1000, &["e"]).expect("there is one");
        assert_eq!(read(&fourth), Some(("rows-1003.txt", &b"e\n"[..])), "behind what is there");
    }

    #[test]
    fn other_checkpoints_and_what_is_no_file_are_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut sink = batches(directory.path().join("rows"), "");
        deliver(&mut sink, 5, &["old"]).expect("written");
        Sink::<&str>::fence(&mut sink, FENCE).expect("files of runs without a checkpoint stay");
        let other = Fence { incarnation: 8, generation: 1 };
        let error = Sink::<&str>::fence(&mut sink, other).expect_err("refused");
        assert!(error.to_string().contains("another checkpoint directory"), "{error}");
        for bytes in [&b""[..], b"12345678", &[1, 0, 0, 0, 0, 0, 0, 0, 0xff]] {
            let error = commit::<&str, _>(&mut sink, 1, bytes).expect_err("refused");
            assert!(error.to_string().contains("something else than a file for `rows`"), "{error}");
        }
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
