//! Where a job is told to keep its state.

use crate::Error;
use crate::commit::{Layout, LocalStorage, MemoryStorage, Options, Storage};
use crate::testing::SimStorage;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a job keeps its state: what [`Job::checkpoint`](crate::Job::checkpoint) takes. A path is a directory of this machine, made
/// if it is missing; anything else is a [`Storage`].
pub struct Checkpoint {
    place: Place,
    snapshot_after: Option<u64>,
}

enum Place {
    Directory(PathBuf),
    Storage(Box<dyn Storage>),
}

impl Checkpoint {
    /// Any storage.
    pub fn new(storage: impl Storage + 'static) -> Self {
        Place::Storage(Box::new(storage)).into()
    }

    /// Writes all state down after so many batches, so that the log before them can go. Default: when the log has grown by 4 MiB and
    /// by half of the last snapshot, or by 100,000 batches. Between snapshots the log has what changed; reading it is what a start
    /// takes time for.
    pub fn snapshot_after(self, batches: u64) -> Self {
        Checkpoint { snapshot_after: Some(batches), ..self }
    }

    /// The storage, and the settings of its log.
    pub(crate) fn open(self, layout: Layout) -> Result<(Box<dyn Storage>, Options), Error> {
        let mut options = Options { layout, ..Options::default() };
        options.snapshot_records = self.snapshot_after.unwrap_or(options.snapshot_records);
        let storage = match self.place {
            Place::Directory(path) => Box::new(LocalStorage::open(&path)?),
            Place::Storage(storage) => storage,
        };
        Ok((storage, options))
    }
}

impl From<Place> for Checkpoint {
    fn from(place: Place) -> Self {
        Checkpoint { place, snapshot_after: None }
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checkpoint({self})")
    }
}

/// As plans show it.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Directory(path) => write!(f, "`{}`", path.display()),
            Place::Storage(_) => f.write_str("a storage of its own"),
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
        Place::Directory(path).into()
    }
}

impl From<SimStorage> for Checkpoint {
    fn from(storage: SimStorage) -> Self {
        Checkpoint::new(storage)
    }
}

impl From<MemoryStorage> for Checkpoint {
    fn from(storage: MemoryStorage) -> Self {
        Checkpoint::new(storage)
    }
}
