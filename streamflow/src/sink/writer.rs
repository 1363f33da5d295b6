//! All results in one file.

use super::incarnation::{Incarnation, Known};
use super::text::{nothing, push_line, write_all};
use super::whole_file::{directory_of, make_directory, sync, unwritable};
use super::{BatchInfo, Fence, Held, Idempotent, Prepared, Sink};
use crate::{Error, ErrorKind};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Writes all results to the end of one file, one line each, by their `Display`. The file and its directory are made if they are missing;
/// what it holds already stays.
///
/// ```
/// use streamflow::{file, source, stream};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("doubled.txt");
/// stream! { source::vec(vec![1, 2, 3]) -> map(|n| n * 2) -> file::write(&path) }.run()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "2\n4\n6\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Order
/// The order of the batches, and within a batch of the input.
///
/// # Failure
/// Without a checkpoint directory a crash may leave a part of the last batch, and a loss of power less than that.
///
/// # After a crash
/// With a checkpoint directory results are written when their batch is committed. The log keeps them with their place in the file until then:
/// they are written there again, and what a crash has left behind that place is cut off. So every result is there once, as
/// long as nobody else writes to the file. Of which checkpoint directory they are is in the file `.NAME.incarnation` beside it;
/// another one is refused.
///
/// # Cost
/// One sync a batch with a checkpoint directory; without one a single sync at the end.
#[must_use]
pub fn write(path: impl AsRef<Path>) -> Writer {
    Writer { path: path.as_ref().to_owned(), file: None, end: None }
}

/// The sink of [`write()`].
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: Option<File>,
    /// Where the file ends when all that was prepared is committed; `None`: as it is.
    end: Option<u64>,
}

/// Bytes of the place in front of what the log keeps.
const PLACE: usize = 8;

impl Writer {
    /// The file, open.
    fn file(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            let is_new = !self.path.exists();
            let file = File::options().read(true).write(true).create(true).truncate(false).open(&self.path)?;
            if is_new {
                sync(directory_of(&self.path))?;
            }
            self.file = Some(file);
        }
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn ready(&mut self) -> Result<(), Error> {
        make_directory(directory_of(&self.path))?;
        self.io(|file| file.metadata().map(|_| ()))
    }

    fn io<R>(&mut self, work: impl FnOnce(&mut File) -> io::Result<R>) -> Result<R, Error> {
        self.file().and_then(work).map_err(|cause| unwritable(&self.path, cause))
    }
}

/// Does the file hold this at its place? Then the file stands behind it.
fn holds(file: &mut File, place: u64, content: &[u8]) -> io::Result<bool> {
    file.seek(SeekFrom::Start(place))?;
    let mut held = Vec::with_capacity(content.len());
    Read::take(file, content.len() as u64).read_to_end(&mut held)?;
    Ok(held == content)
}

impl Idempotent for Writer {}

impl<T: fmt::Display> Sink<T> for Writer {
    type Part = Vec<u8>;

    fn name(&self) -> String {
        format!("lines to {}", self.path.display())
    }

    fn part(&self) -> Vec<u8> {
        Vec::new()
    }

    fn push(part: &mut Vec<u8>, item: T) {
        push_line(part, item);
    }

    fn fence(&mut self, fence: Fence) -> Result<Held, Error> {
        let directory = directory_of(&self.path);
        make_directory(directory)?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let incarnation = Incarnation::new(directory, &name);
        if incarnation.check(fence.incarnation)? == Known::No {
            incarnation.claim(fence.incarnation)?;
        }
        // what was prepared and never committed is void
        self.end = None;
        Ok(Held::default())
    }

    fn open(&mut self) -> Result<(), Error> {
        self.ready()
    }

    fn deliver(&mut self, _batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<(), Error> {
        if nothing(&parts) {
            return Ok(());
        }
        self.io(|file| {
            file.seek(SeekFrom::End(0))?;
            write_all(file, &parts)
        })
    }

    fn prepare(&mut self, _batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<Prepared, Error> {
        if nothing(&parts) {
            return Ok(Prepared::Delivered);
        }
        let place = match self.end {
            Some(end) => end,
            None => self.io(|file| Ok(file.metadata()?.len()))?,
        };
        let mut logged = place.to_le_bytes().to_vec();
        parts.iter().for_each(|part| logged.extend_from_slice(part));
        self.end = Some(place + (logged.len() - PLACE) as u64);
        Ok(Prepared::Logged(logged))
    }

    fn commit(&mut self, _batch: BatchInfo, prepared: &[u8]) -> Result<(), Error> {
        let (place, content) = prepared.split_first_chunk::<PLACE>().ok_or_else(|| {
            let message = format!("the checkpoint holds something else than lines for `{}`", self.path.display());
            Error::new(ErrorKind::Sink, message)
                .help("start the job once with the sinks it had, or from an empty checkpoint directory")
        })?;
        let place = u64::from_le_bytes(*place);
        let length = self.io(|file| Ok(file.metadata()?.len()))?;
        if length < place {
            let message = format!(
                "`{}` has {length} bytes, but results up to byte {place} have been written to it",
                self.path.display()
            );
            return Err(
                Error::new(ErrorKind::Sink, message).help("put the file back as it was: nobody else may cut it")
            );
        }
        self.io(|file| {
            if !holds(file, place, content)? {
                file.set_len(place)?;
                file.seek(SeekFrom::Start(place))?;
                write_all(file, &[content])?;
            }
            // also what was there: nobody knows whether it has reached the disk
            file.sync_all()
        })?;
        self.end = self.end.max(Some(place + content.len() as u64));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.io(|file| file.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::{commit, deliver, prepare};
    use std::fs;
    use tempfile::tempdir;

    fn fenced(path: &Path) -> Writer {
        let mut sink = write(path);
        let held = Sink::<i32>::fence(&mut sink, Fence { incarnation: 7, generation: 1 }).expect("free");
        assert_eq!(held, Held::default());
        sink
    }

    #[test]
    fn lines_go_to_the_end_of_the_file() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("made/here/rows");
        let mut sink = write(&path);
        Sink::<i32>::open(&mut sink).expect("made");
        deliver(&mut sink, 1, [vec![1, 2], vec![], vec![3]]).expect("written");
        deliver(&mut sink, 2, [vec![0; 0]]).expect("nothing to write");
        Sink::<i32>::finish(&mut sink).expect("synced");
        let mut sink = write(&path);
        Sink::<i32>::open(&mut sink).expect("there");
        deliver(&mut sink, 1, [vec![4]]).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), "1\n2\n3\n4\n");
        assert!(!directory.path().join("made/here/.rows.incarnation").exists());
    }

    #[test]
    fn results_wait_for_the_commit_and_are_there_once() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("made/rows");
        let read = || fs::read_to_string(&path).expect("read");
        let mut sink = fenced(&path);
        Sink::<i32>::open(&mut sink).expect("made");
        // two batches may be prepared before the first is committed
        let first = prepare(&mut sink, 1, [vec![1], vec![2]]).expect("there are some");
        let second = prepare(&mut sink, 2, [vec![3]]).expect("there is one");
        assert_eq!(prepare(&mut sink, 3, [vec![0; 0]]), None);
        assert_eq!(read(), "", "not committed yet");
        commit::<i32, _>(&mut sink, 1, &first).expect("written");
        commit::<i32, _>(&mut sink, 2, &second).expect("written");
        commit::<i32, _>(&mut sink, 1, &first).expect("there already");
        assert_eq!(read(), "1\n2\n3\n", "what lies behind is not touched");

        // a crash in the middle of the second write, and another after the first of the two was written again
        for torn in ["1\n2\n", "1\n2\n3", "1\n2\n\0\0", "1\n2\n3\n", "1\n2\nx"] {
            fs::write(&path, torn).expect("written");
            let mut sink = fenced(&path);
            commit::<i32, _>(&mut sink, 1, &first).expect("written");
            commit::<i32, _>(&mut sink, 2, &second).expect("written");
            assert_eq!(read(), "1\n2\n3\n", "after {torn:?}");
            Sink::<i32>::settle(&mut sink).expect("settled");
            Sink::<i32>::open(&mut sink).expect("there");
            let third = prepare(&mut sink, 3, [vec![4]]).expect("there is one");
            commit::<i32, _>(&mut sink, 3, &third).expect("written");
            assert_eq!(read(), "1\n2\n3\n4\n");
        }
    }

    #[test]
    fn what_was_prepared_and_never_committed_leaves_no_gap() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("rows");
        fs::write(&path, "# a head of the user's\n").expect("written");
        let mut sink = fenced(&path);
        prepare(&mut sink, 1, [vec![1]]).expect("there is one");
        Sink::<i32>::fence(&mut sink, Fence { incarnation: 7, generation: 2 }).expect("free");
        let again = prepare(&mut sink, 1, [vec![2]]).expect("there is one");
        commit::<i32, _>(&mut sink, 1, &again).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), "# a head of the user's\n2\n");
    }

    #[test]
    fn a_file_that_was_cut_is_refused() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("rows");
        let mut sink = fenced(&path);
        for epoch in [1, 2] {
            let bytes = prepare(&mut sink, epoch, [vec![1]]).expect("there is one");
            fs::write(&path, "").expect("cut");
            let committed = commit::<i32, _>(&mut sink, epoch, &bytes);
            if epoch == 2 {
                let error = committed.expect_err("refused").to_string();
                assert!(error.contains("rows` has 0 bytes, but results up to byte 2 have been written"), "{error}");
            }
        }
        let error = commit::<i32, _>(&mut sink, 1, b"?").expect_err("refused").to_string();
        assert!(error.contains("something else than lines"), "{error}");
        let other = Fence { incarnation: 8, generation: 1 };
        let error = Sink::<i32>::fence(&mut write(&path), other).expect_err("refused");
        assert!(error.to_string().contains("another checkpoint directory"), "{error}");
    }

    #[test]
    fn a_file_that_cannot_be_made_is_known_at_open() {
        let directory = tempdir().expect("a directory");
        let error = Sink::<i32>::open(&mut write(directory.path())).expect_err("refused");
        assert!(error.to_string().contains("cannot write"), "{error}");
    }
}
