//! Files that are complete when they can be seen.

use super::text::write_all;
use crate::{Error, ErrorKind};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file that is complete when it can be seen, and overwrites none.
pub(super) fn write_once(directory: &Path, name: &str, parts: &[impl AsRef<[u8]>]) -> Result<(), Error> {
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
        _ => unwritable(&path, cause),
    })
}

/// Writes a file that the commit log holds. It may be there already: a crash came between its delivery and the note of it.
pub(super) fn write_again(directory: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let path = directory.join(name);
    let finish = |missing: &[u8]| {
        let mut file = File::options().write(true).open(&path)?;
        file.write_all(missing)?;
        // also what is there: nobody knows whether it has reached the disk
        file.sync_all()?;
        sync(directory)
    };
    match fs::read(&path) {
        Ok(held) if held == content => finish(&[]).map_err(|cause| unwritable(&path, cause)),
        Ok(held) if is_torn(&held, content) => finish(content).map_err(|cause| unwritable(&path, cause)),
        Ok(_) => {
            let message = format!("`{}` exists already with other content", path.display());
            Err(Error::new(ErrorKind::Sink, message)
                .help("move the file away: these results are in the checkpoint directory and are written again"))
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => write_once(directory, name, &[content]),
        Err(cause) => Err(unwritable(&path, cause)),
    }
}

/// Is this what a loss of power may leave of a file: its beginning, with zeros where something did not reach the disk?
fn is_torn(held: &[u8], content: &[u8]) -> bool {
    held.len() <= content.len() && held.iter().zip(content).all(|(held, wanted)| held == wanted || *held == 0)
}

pub(super) fn unwritable(path: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::Sink, format!("cannot write `{}`", path.display()))
        .because(cause)
        .help("check that the disk has room and that the directory may be written")
}

/// The directory that a path lies in.
pub(super) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the directory that files go to, and its name durable.
pub(super) fn make_directory(directory: &Path) -> Result<(), Error> {
    let make = || {
        let missing: Vec<&Path> = directory.ancestors().take_while(|path| !path.exists()).collect();
        fs::create_dir_all(directory)?;
        missing.into_iter().filter(|path| !path.as_os_str().is_empty()).try_for_each(|path| sync(directory_of(path)))
    };
    make().map_err(|cause| {
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

/// The file that the temporary of this name becomes; `None` if it is none.
pub(super) fn of_temporary(name: &str) -> Option<&str> {
    let (name, process_and_number) = name.strip_prefix('.')?.strip_suffix(".tmp")?.rsplit_once('.')?;
    process_and_number.contains('-').then_some(name)
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
pub(super) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Other systems do not open directories; there the file system sees to it.
#[cfg(not(unix))]
pub(super) fn sync(_directory: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).expect("listed");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("listed").file_name().into_string().expect("text")).collect();
        names.sort();
        names
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
        assert_eq!(of_temporary(name), Some("part-1.txt"));
        assert_eq!(of_temporary(".part-1.txt"), None);
        assert_eq!(of_temporary("part-1.txt.7-1.tmp"), None);
    }

    #[test]
    fn what_is_written_again_is_there_once() {
        let directory = tempdir().expect("a directory");
        let path = directory.path().join("name");
        let again = || write_again(directory.path(), "name", b"one\ntwo\n");
        let read = || fs::read_to_string(&path).expect("read");
        for _ in 0..2 {
            again().expect("written");
            assert_eq!(read(), "one\ntwo\n");
        }
        // what a crash leaves: nothing but the name, a beginning, zeros for a page that did not reach the disk
        for torn in ["", "one\ntw", "one\n\0\0\0\0", "\0\0\0\0two\n"] {
            fs::write(&path, torn).expect("written");
            again().expect("finished");
            assert_eq!(read(), "one\ntwo\n", "after {torn:?}");
        }
        for other in ["one\ntwo\nthree\n", "one\nsix\n", "two"] {
            fs::write(&path, other).expect("written");
            let error = again().expect_err("refused");
            assert!(error.to_string().contains("name` exists already with other content"), "{error}");
            assert_eq!(read(), other);
        }
        assert_eq!(names(directory.path()), ["name"], "no temporary is left");
    }
}
