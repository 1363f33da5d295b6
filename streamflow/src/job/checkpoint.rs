//! Where a job is told to keep its state.

use super::committer::Pace;
use super::freezing::Amount;
use crate::Error;
use crate::commit::{Layout, LocalStorage, MemoryStorage, Options, Storage};
use crate::testing::SimStorage;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a job keeps its state: what [`Job::checkpoint`](crate::Job::checkpoint) takes. A path is a directory of this machine, made
/// if it is missing; anything else is a [`Storage`].
pub struct Checkpoint {
    place: Place,
    snapshot_after: Option<u64>,
    retry_for: Option<Duration>,
    late: Option<usize>,
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

    /// How long a job tries to go on when the directory cannot be written: the disk is full, or gives an error. Default: a minute. Zero: the
    /// job ends with the first error.
    ///
    /// The batch is taken back and nothing is read meanwhile. The job then comes back from the directory as a new process would, sources and
    /// sinks included, in pauses from a tenth of a second to five. Records that a source without offsets had given for that batch
    /// are lost, as they would be with the process.
    #[must_use]
    pub fn retry_for(self, patience: Duration) -> Self {
        Checkpoint { retry_for: Some(patience), ..self }
    }

    /// For simulation: a batch becomes durable when the next one cannot go on without it, and so many parts of a snapshot are frozen
    /// behind a batch.
    #[doc(hidden)]
    #[must_use]
    pub fn __late(self, parts: usize) -> Self {
        Checkpoint { late: Some(parts), ..self }
    }

    /// How long to try, in a job that waits for nothing, or in one that does.
    pub(crate) fn patience(&self, waits: bool) -> Duration {
        self.retry_for.unwrap_or(if waits { Duration::from_secs(60) } else { Duration::ZERO })
    }

    /// When the log is worked on, in a job that is driven step by step, or in one that is not.
    pub(super) fn pace(&self, by_step: bool) -> (Pace, Amount) {
        match self.late {
            Some(parts) => (Pace::Late, Amount::Parts(parts)),
            None if by_step => (Pace::AtOnce, Amount::All),
            None => (Pace::Beside, Amount::Some),
        }
    }

    /// The storage, and the settings of its log. May be opened again when all that came of the last time is dropped.
    pub(crate) fn open(&self, layout: Layout) -> Result<(Box<dyn Storage>, Options), Error> {
        let mut options = Options { layout, ..Options::default() };
        options.snapshot_records = self.snapshot_after.unwrap_or(options.snapshot_records);
        let storage = match &self.place {
            Place::Directory(path) => Box::new(LocalStorage::open(path)?),
            Place::Storage(storage) => storage.handle()?,
        };
        Ok((storage, options))
    }
}

impl From<Place> for Checkpoint {
    fn from(place: Place) -> Self {
        Checkpoint { place, snapshot_after: None, retry_for: None, late: None }
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
