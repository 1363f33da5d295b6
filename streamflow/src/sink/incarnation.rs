//! Whose results the files are: a small file beside them that holds the number of the checkpoint directory.
//!
//! Epochs mean something only together with that number. A checkpoint directory that is made anew counts from 1 again and reads its
//! sources again from the beginning: its results beside those of the old one would be there twice.

use super::whole_file::{of_temporary, sync, unwritable};
use crate::{Error, ErrorKind};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file with the number, `.NAME.incarnation`. It is hidden, so that nobody reads it with the results.
pub(super) struct Incarnation {
    directory: PathBuf,
    path: PathBuf,
}

/// Was the number there?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    No,
    Yes,
}

impl Incarnation {
    pub(super) fn new(directory: &Path, name: &str) -> Self {
        let path = directory.join(format!(".{name}.incarnation"));
        Incarnation { directory: directory.to_owned(), path }
    }

    /// Is this the number? Where there is none yet, [`claim`](Self::claim) leaves it.
    pub(super) fn check(&self, incarnation: u64) -> Result<Known, Error> {
        match self.read()? {
            Some(known) if known == incarnation => Ok(Known::Yes),
            Some(_) => Err(self.another()),
            None => Ok(Known::No),
        }
    }

    /// Leaves the number, durable before any result.
    pub(super) fn claim(&self, incarnation: u64) -> Result<(), Error> {
        let write = || {
            let mut file = File::create(&self.path)?;
            file.write_all(format!("{incarnation:016x}\n").as_bytes())?;
            file.sync_all()?;
            sync(&self.directory)
        };
        write().map_err(|cause| unwritable(&self.path, cause))
    }

    fn read(&self) -> Result<Option<u64>, Error> {
        match fs::read(&self.path) {
            // one that a crash has torn was followed by no result
            Ok(text) => Ok(std::str::from_utf8(&text)
                .ok()
                .and_then(|text| text.strip_suffix('\n'))
                .filter(|digits| digits.len() == 16)
                .and_then(|digits| u64::from_str_radix(digits, 16).ok())),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(Error::new(ErrorKind::Sink, format!("cannot read `{}`", self.path.display()))
                .because(cause)
                .help("check the permissions of the file")),
        }
    }

    /// The greatest of what the names of files say. Temporary files of such names are removed: who wrote them is gone.
    pub(super) fn newest<N: Ord>(&self, of: impl Fn(&str) -> Option<N>) -> Result<Option<N>, Error> {
        let list = || -> io::Result<Option<N>> {
            let mut newest = None;
            for entry in fs::read_dir(&self.directory)? {
                let name = entry?.file_name();
                let Some(name) = name.to_str() else { continue };
                newest = newest.max(of(name));
                if of_temporary(name).and_then(&of).is_some() {
                    fs::remove_file(self.directory.join(name))?;
                }
            }
            Ok(newest)
        };
        list().map_err(|cause| {
            Error::new(ErrorKind::Sink, format!("cannot tidy the directory `{}`", self.directory.display()))
                .because(cause)
                .help("check that it may be read and written")
        })
    }

    fn another(&self) -> Error {
        let message =
            format!("`{}` says that the results there are those of another checkpoint directory", self.path.display());
        Error::new(ErrorKind::Sink, message)
            .help("write to another place, or remove the results together with this file, if they are to be made anew")
    }

    pub(super) fn without_checkpoint(&self) -> Error {
        let message = format!("`{}` holds results of a run without a checkpoint directory", self.directory.display());
        Error::new(ErrorKind::Sink, message).help("write to another directory, or remove these results")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_left_once_and_others_are_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let incarnation = Incarnation::new(directory.path(), "part");
        assert_eq!(incarnation.check(7).expect("read"), Known::No);
        for torn in ["", "00000000", "0000000000000007"] {
            fs::write(directory.path().join(".part.incarnation"), torn).expect("written");
            assert_eq!(incarnation.check(7).expect("read"), Known::No, "{torn} was never finished");
        }
        incarnation.claim(7).expect("written");
        assert_eq!(incarnation.check(7).expect("read"), Known::Yes);
        let error = incarnation.check(8).expect_err("refused").to_string();
        assert!(error.contains(".part.incarnation` says that the results there are those of another"), "{error}");
        assert_eq!(Incarnation::new(directory.path(), "other").check(8).expect("read"), Known::No);
    }
}
