//! Where a job is told to keep its state.

use crate::Error;
use crate::commit::{LocalStorage, MemoryStorage, Options, Storage};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a job keeps its state: what [`Job::checkpoint`](crate::Job::checkpoint) takes. A path is a directory of this machine, made
/// if it is missing; anything else is a [`Storage`].
pub struct Checkpoint {
    place: Place,
    /// So many batches at most from one snapshot to the next.
    snapshot_records: u64,
}

enum Place {
    Directory(PathBuf),
    Storage(Box<dyn Storage>),
}

impl Checkpoint {
    /// Any storage.
    pub fn new(storage: impl Storage + 'static) -> Self {
        Self::at(Place::Storage(Box::new(storage)))
    }

    fn at(place: Place) -> Self {
        Checkpoint { place, snapshot_records: Options::default().snapshot_records }
    }

    /// A snapshot behind so many batches, however little they have changed: for tests, whose logs never grow.
    pub(crate) fn snapshot_after(self, batches: u64) -> Self {
        Checkpoint { snapshot_records: batches, ..self }
    }

    pub(crate) fn snapshot_records(&self) -> u64 {
        self.snapshot_records
    }

    pub(crate) fn open(self) -> Result<Box<dyn Storage>, Error> {
        match self.place {
            Place::Directory(path) => Ok(Box::new(LocalStorage::open(&path)?)),
            Place::Storage(storage) => Ok(storage),
        }
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Directory(path) => write!(f, "Checkpoint({})", path.display()),
            Place::Storage(_) => f.write_str("Checkpoint(storage)"),
        }
    }
}

impl From<&str> for Checkpoint {
    fn from(path: &str) -> Self {
        PathBuf::from(path).into()
    }
}

impl From<String> for Checkpoint {
    fn from(path: String) -> Self {
        PathBuf::from(path).into()
    }
}

impl From<&Path> for Checkpoint {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}

impl From<PathBuf> for Checkpoint {
    fn from(path: PathBuf) -> Self {
        Checkpoint::at(Place::Directory(path))
    }
}

impl From<MemoryStorage> for Checkpoint {
    fn from(storage: MemoryStorage) -> Self {
        Checkpoint::new(storage)
    }
}
