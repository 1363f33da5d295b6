//! A file a batch, named by its epoch.

use super::incarnation::{Incarnation, Known};
use super::text::{nothing, push_line};
use super::whole_file::{make_directory, write_again, write_once};
use super::{BatchInfo, Fence, Held, Idempotent, Prepared, Sink};
use crate::Error;
use std::fmt;
use std::path::{Path, PathBuf};

/// Writes the results of every batch into a file of its own, one line each, by their `Display`:
/// `part-00000042.txt` in the given directory, which is made if it is missing. Batches without results write
/// no file.
///
/// ```
/// use std::time::SystemTime;
/// use streamflow::sink::BatchInfo;
/// use streamflow::{Sink, file};
///
/// let directory = tempfile::tempdir()?;
/// let mut parts = file::parts(directory.path());
/// let mut part = Sink::<&str>::part(&parts);
/// file::Parts::push(&mut part, "hello");
/// let batch = BatchInfo { epoch: 42, time: SystemTime::now() };
/// Sink::<&str>::deliver(&mut parts, batch, vec![part])?;
/// assert_eq!(std::fs::read_to_string(directory.path().join("part-00000042.txt"))?, "hello\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Order
/// The names sort in the order of the batches.
///
/// # Failure
/// A file is written under a name that starts with a dot, synced to the disk, and then given its name:
/// whoever sees it sees all of it, also after a crash. A file that exists is never overwritten; it is an
/// error, so give every run a directory of its own. A crash may leave a file whose name starts with a dot.
///
/// # After a crash
/// With a checkpoint directory a file is written when its batch is committed, and the log keeps its content until then: a file that is
/// there already with this content is left as it is, one that the crash has left incomplete is finished. So every result is there
/// once. The directory belongs to one checkpoint directory, whose number is in the file `.part.incarnation`; another one, and
/// files of a run without any, are refused. Temporary files of the run before are removed.
///
/// # Cost
/// Two syncs a batch, one of the file and one of the directory.
#[must_use]
pub fn parts(directory: impl AsRef<Path>) -> Parts {
    Parts { directory: directory.as_ref().to_owned() }
}

/// The sink of [`parts`].
#[derive(Clone, Debug)]
pub struct Parts {
    directory: PathBuf,
}

impl Parts {
    fn file_name(epoch: u64) -> String {
        format!("part-{epoch:08}.txt")
    }

    fn epoch_of(name: &str) -> Option<u64> {
        name.strip_prefix("part-")?.strip_suffix(".txt")?.parse().ok()
    }
}

impl Idempotent for Parts {}

impl<T: fmt::Display> Sink<T> for Parts {
    type Part = Vec<u8>;

    fn name(&self) -> String {
        format!("part files in {}", self.directory.display())
    }

    fn part(&self) -> Vec<u8> {
        Vec::new()
    }

    fn push(part: &mut Vec<u8>, item: T) {
        push_line(part, item);
    }

    fn fence(&mut self, fence: Fence) -> Result<Held, Error> {
        make_directory(&self.directory)?;
        let incarnation = Incarnation::new(&self.directory, "part");
        let known = incarnation.check(fence.incarnation)?;
        let epoch = incarnation.newest(Self::epoch_of)?;
        match known {
            // of a run without a checkpoint directory: epochs begin at 1 again, and so do names
            Known::No if epoch.is_some() => return Err(incarnation.without_checkpoint()),
            Known::No => incarnation.claim(fence.incarnation)?,
            Known::Yes => {}
        }
        Ok(Held { generation: None, epoch })
    }

    fn open(&mut self) -> Result<(), Error> {
        make_directory(&self.directory)
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<(), Error> {
        if nothing(&parts) {
            return Ok(());
        }
        write_once(&self.directory, &Self::file_name(batch.epoch), &parts)
    }

    fn prepare(&mut self, _batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<Prepared, Error> {
        Ok(if nothing(&parts) { Prepared::Delivered } else { Prepared::Logged(parts.concat()) })
    }

    fn commit(&mut self, batch: BatchInfo, prepared: &[u8]) -> Result<(), Error> {
        write_again(&self.directory, &Self::file_name(batch.epoch), prepared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::sink::testing::{commit, deliver, prepare};
    use std::fs;
    use tempfile::tempdir;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).expect("listed");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("listed").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    #[test]
    fn every_batch_with_rows_is_a_file() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("made/here");
        let mut sink = parts(&path);
        Sink::<i32>::open(&mut sink).expect("made");
        deliver(&mut sink, 0, [vec![0; 0], vec![]]).expect("nothing to write");
        deliver(&mut sink, 1, [vec![1, 2], vec![], vec![3]]).expect("written");
        deliver(&mut sink, 42, [vec!["x"]]).expect("written");
        assert_eq!(names(&path), ["part-00000001.txt", "part-00000042.txt"]);
        let text = fs::read_to_string(path.join("part-00000001.txt")).expect("read");
        assert_eq!(text, "1\n2\n3\n");
    }

    #[test]
    fn a_file_that_exists_is_not_overwritten() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("part-00000001.txt");
        fs::write(&path, "old").expect("written");
        let error = deliver(&mut parts(directory.path()), 1, [vec!["new"]]).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Sink);
        assert!(error.to_string().contains("part-00000001.txt` exists already; give every run"), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("read"), "old");
        assert_eq!(names(directory.path()), ["part-00000001.txt"], "no temporary is left");
    }

    const FENCE: Fence = Fence { incarnation: 7, generation: 1 };

    fn fenced(directory: &Path) -> (Parts, Held) {
        let mut sink = parts(directory);
        let held = Sink::<i32>::fence(&mut sink, FENCE).expect("free");
        (sink, held)
    }

    #[test]
    fn results_wait_for_the_commit_and_are_there_once() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("made/here");
        let (mut sink, held) = fenced(&path);
        assert_eq!(held, Held::default());
        let bytes = prepare(&mut sink, 3, [vec![1, 2], vec![3]]).expect("there are some");
        assert_eq!(names(&path), [".part.incarnation"], "not committed yet");
        assert_eq!(prepare(&mut sink, 4, [vec![0; 0]]), None, "nothing to keep");
        for _ in 0..2 {
            commit::<i32, _>(&mut sink, 3, &bytes).expect("written");
            assert_eq!(fs::read_to_string(path.join("part-00000003.txt")).expect("read"), "1\n2\n3\n");
        }
        // another process, after a crash in the middle of a write
        fs::write(path.join("part-00000003.txt"), "1\n2").expect("written");
        fs::write(path.join(".part-00000004.txt.77-0.tmp"), "4").expect("written");
        let (mut sink, held) = fenced(&path);
        assert_eq!(held.epoch, Some(3));
        commit::<i32, _>(&mut sink, 3, &bytes).expect("finished");
        assert_eq!(fs::read_to_string(path.join("part-00000003.txt")).expect("read"), "1\n2\n3\n");
        assert_eq!(names(&path), [".part.incarnation", "part-00000003.txt"]);
        let error = commit::<i32, _>(&mut sink, 3, b"4\n").expect_err("refused");
        assert!(error.to_string().contains("exists already with other content"), "{error}");
    }

    #[test]
    fn the_directory_belongs_to_one_checkpoint_directory() {
        let directory = tempdir().expect("a directory");
        fenced(directory.path());
        let other = Fence { incarnation: 8, generation: 1 };
        let error = Sink::<i32>::fence(&mut parts(directory.path()), other).expect_err("refused");
        assert!(error.to_string().contains("another checkpoint directory"), "{error}");

        let directory = tempdir().expect("a directory");
        deliver(&mut parts(directory.path()), 1, [vec![1]]).expect("written");
        for _ in 0..2 {
            let error = Sink::<i32>::fence(&mut parts(directory.path()), FENCE).expect_err("refused");
            assert!(error.to_string().contains("holds results of a run without a checkpoint directory"), "{error}");
        }
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_known_at_open() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("file");
        fs::write(&path, "").expect("written");
        let error = Sink::<i32>::open(&mut parts(&path)).expect_err("refused");
        assert!(error.to_string().contains("cannot make the directory"), "{error}");
        let mut gone = parts(directory.path().join("gone"));
        let error = deliver(&mut gone, 1, [vec![1]]).expect_err("refused");
        assert!(error.to_string().contains("cannot write"), "{error}");
    }
}
