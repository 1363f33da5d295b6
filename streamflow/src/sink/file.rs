//! Files that are complete when they can be seen.

use super::text::{nothing, push_line, write_all};
use super::{BatchInfo, Sink};
use crate::{Error, ErrorKind};
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

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

/// Writes a file that is complete when it can be seen, and overwrites none.
pub(super) fn write_once(directory: &Path, name: &str, parts: &[Vec<u8>]) -> Result<(), Error> {
    let path = directory.join(name);
    if path.symlink_metadata().is_ok() {
        return Err(exists(&path));
    }
    let write = || {
        let temporary = Temporary::new(directory, name);
        let mut file = File::create(&temporary.path)?;
        write_all(&mut file, parts)?;
        file.sync_all()?;
        temporary.publish(&path)?;
        sync(directory)
    };
    write().map_err(|cause: io::Error| match cause.kind() {
        io::ErrorKind::AlreadyExists => exists(&path),
        _ => Error::new(ErrorKind::Sink, format!("cannot write `{}`", path.display()))
            .because(cause)
            .help("check that the disk has room and that the directory may be written"),
    })
}

/// Makes the directory that files go to.
pub(super) fn make_directory(directory: &Path) -> Result<(), Error> {
    fs::create_dir_all(directory).map_err(|cause| {
        let message = format!("cannot make the directory `{}`", directory.display());
        Error::new(ErrorKind::Sink, message)
            .because(cause)
            .help("check that no file has that name and that the directory above may be written")
    })
}

fn exists(path: &Path) -> Error {
    Error::new(ErrorKind::Sink, format!("`{}` exists already", path.display()))
        .help("give every run a directory of its own, or remove the files of the last one")
}

/// A file that is removed again unless it got its name.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn new(directory: &Path, name: &str) -> Self {
        // Two sinks of this process, or two processes, may write to the same directory.
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!(".{name}.{}-{number}.tmp", std::process::id()));
        Temporary { path }
    }

    /// Gives the file its name. A link, because renaming overwrites.
    fn publish(self, path: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied) => {
                // A file system without links. Only another process that writes the same name at this
                // very moment could be overwritten.
                if path.symlink_metadata().is_ok() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                fs::rename(&self.path, path)
            }
            result => result,
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename it is gone, and when it cannot be removed its name still says what it is.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes the names in a directory durable.
#[cfg(unix)]
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Other systems do not open directories; there the file system sees to it.
#[cfg(not(unix))]
fn sync(_directory: &Path) -> io::Result<()> {
    Ok(())
}

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

    fn open(&mut self) -> Result<(), Error> {
        make_directory(&self.directory)
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<(), Error> {
        if nothing(&parts) {
            return Ok(());
        }
        write_once(&self.directory, &format!("part-{:08}.txt", batch.epoch), &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::deliver;
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

    #[test]
    fn a_file_that_appears_meanwhile_is_not_overwritten_either() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("name");
        let temporary = Temporary::new(directory.path(), "name");
        fs::write(&temporary.path, "new").expect("written");
        fs::write(&path, "old").expect("written");
        let error = temporary.publish(&path).expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).expect("read"), "old");
        assert_eq!(names(directory.path()), ["name"], "no temporary is left");
    }

    #[test]
    fn the_temporary_is_hidden_and_in_the_same_directory() {
        let directory = Path::new("somewhere");
        let temporary = Temporary::new(directory, "part-1.txt");
        assert_eq!(temporary.path.parent(), Some(directory));
        let name = temporary.path.file_name().expect("a name").to_str().expect("text");
        assert!(name.starts_with(".part-1.txt.") && name.ends_with(".tmp"), "{name}");
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
