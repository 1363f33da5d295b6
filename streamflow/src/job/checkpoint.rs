//! Where a job is told to keep its state.

use super::committer::Pace;
use super::freezing::Amount;
use super::savepoint;
use crate::commit::{Layout, LocalStorage, MemoryStorage, Options, Storage};
use crate::testing::SimStorage;
use crate::{Error, ErrorKind};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a job keeps its state: what [`Job::checkpoint`](crate::Job::checkpoint) takes. A path is a directory of this machine, made
/// if it is missing; anything else is a [`Storage`].
pub struct Checkpoint {
    place: Place,
    snapshot_after: Option<u64>,
    /// The savepoint that a new directory begins with.
    from: Option<PathBuf>,
    second: Option<Place>,
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

    /// A directory without a history begins with a savepoint: with its state, and with its places in the sources. One that has a
    /// history goes on with that and does not look at the savepoint, so a program may say this at every start.
    ///
    /// What begins so is another history, a fork: sinks that remember for which checkpoint directory they hold results refuse it, so
    /// it writes to a place of its own. State is compared with the types of the program as at any start. The savepoint itself is
    /// never changed: any number of jobs may begin with it.
    ///
    /// ```
    /// # use streamflow::{Checkpoint, sink, source, stream};
    /// # let place = tempfile::tempdir()?;
    /// # let path = |name: &str| place.path().join(name);
    /// let run = |checkpoint: Checkpoint, numbers: &[u64]| {
    ///     let sums = sink::collect();
    ///     stream! { source::vec(numbers.to_vec()) -> sum() as total -> sums.clone() }.checkpoint(checkpoint).run()?;
    ///     Ok::<_, streamflow::Error>(sums.take())
    /// };
    /// run(path("state").into(), &[1, 2])?;
    /// Checkpoint::from(path("state")).savepoint(path("monday"))?;
    /// assert_eq!(run(path("state").into(), &[1, 2, 10])?, [13]);
    /// // another job goes on from where the first one stood
    /// let fork = || Checkpoint::from(path("fork")).start_from(path("monday"));
    /// assert_eq!(run(fork(), &[1, 2, 100])?, [103]);
    /// assert_eq!(run(fork(), &[1, 2, 100, 200])?, [303]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The job does not start if the savepoint is needed and is not there, is damaged, or was not finished; if receivers have acknowledged
    /// records to the directory before its first batch.
    pub fn start_from(self, savepoint: impl Into<PathBuf>) -> Self {
        Checkpoint { from: Some(savepoint.into()), ..self }
    }

    /// Takes a savepoint of a job that does not run: a directory of its own with the state behind the last batch, complete and durable
    /// when this returns. Gives the epoch of that batch. A job that runs is asked by [`Running::savepoint`](crate::Running::savepoint).
    ///
    /// # Cost
    /// State is copied as it is stored, once read to see that it is whole and once more to be written.
    ///
    /// # Errors
    /// If a process holds the checkpoint directory; if nothing was committed in it, or it is damaged; if the last results may not have been
    /// delivered, since a savepoint holds none: the next start of the job delivers them; if there are files already at `path`.
    pub fn savepoint(self, path: impl AsRef<Path>) -> Result<u64, Error> {
        savepoint::of_stopped(&self.view()?, path.as_ref())
    }

    /// The directory, for who only looks at it.
    pub(crate) fn view(&self) -> Result<View, Error> {
        Ok(View { place: self.place.again()?, second: self.second.as_ref().map(Place::again).transpose()? })
    }

    /// The same in another directory.
    #[cfg(feature = "cli")]
    pub(crate) fn moved_to(self, path: PathBuf) -> Self {
        Checkpoint { place: Place::Directory(path), ..self }
    }

    /// The savepoint that a new directory begins with.
    pub(crate) fn begins_with(&self) -> Option<&Path> {
        self.from.as_deref()
    }

    /// Writes what receivers acknowledge to a second directory too, on another disk: a sender is told when both have it. Whatever of
    /// it is missing or damaged in one directory at a start is read from the other. For jobs with [journaled](crate::source::Journal)
    /// sources; state and results are in the first directory alone.
    ///
    /// ```
    /// # use streamflow::{Checkpoint, sink, stream, tcp};
    /// # let (first, second) = (tempfile::tempdir()?, tempfile::tempdir()?);
    /// let mut job = stream! { tcp::listen("127.0.0.1:9999").journaled() -> count() -> sink::stdout() }
    ///     .checkpoint(Checkpoint::from(first.path()).receivers_also_in(second.path()));
    /// assert!(job.explain().contains("what is received is kept there and in"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cost
    /// A second write and a second sync, one after the other.
    ///
    /// # Failure
    /// A second directory that cannot be written ends the job as the first one would. One that another process holds, or that has
    /// received blocks of another checkpoint, is refused. So is one that was left out for a while and holds other blocks under the same numbers:
    /// empty it before it is named again.
    #[must_use]
    pub fn receivers_also_in(self, second: impl Into<Checkpoint>) -> Self {
        Checkpoint { second: Some(second.into().place), ..self }
    }

    /// The second directory of what receivers acknowledge.
    pub(crate) fn second(&self) -> Result<Option<Box<dyn Storage>>, Error> {
        Ok(match &self.second {
            None => None,
            Some(Place::Directory(path)) => Some(Box::new(LocalStorage::open(path)?)),
            Some(Place::Storage(storage)) => Some(storage.handle()?),
        })
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

impl Place {
    /// The same place.
    fn again(&self) -> Result<Place, Error> {
        Ok(match self {
            Place::Directory(path) => Place::Directory(path.clone()),
            Place::Storage(storage) => Place::Storage(storage.handle()?),
        })
    }
}

/// A directory that is only read.
pub(crate) struct View {
    place: Place,
    second: Option<Place>,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("View")
    }
}

impl View {
    /// The storage. A directory is not made for it.
    pub(crate) fn open(&self) -> Result<Box<dyn Storage>, Error> {
        match &self.place {
            Place::Directory(path) => open_there(path, "checkpoint directory"),
            Place::Storage(storage) => Ok(storage.handle()?),
        }
    }

    /// The second directory of what receivers acknowledge, if there is one: a lost one is what the first is for.
    pub(crate) fn open_second(&self) -> Result<Option<Box<dyn Storage>>, Error> {
        Ok(match &self.second {
            Some(Place::Directory(path)) if path.is_dir() => Some(Box::new(LocalStorage::open(path)?)),
            Some(Place::Storage(storage)) => Some(storage.handle()?),
            _ => None,
        })
    }
}

/// A directory that has to be there.
pub(crate) fn open_there(path: &Path, what: &str) -> Result<Box<dyn Storage>, Error> {
    if !path.is_dir() {
        let text = format!("there is no {what} `{}`", path.display());
        return Err(Error::new(ErrorKind::Checkpoint, text).help("check the path"));
    }
    Ok(Box::new(LocalStorage::open(path)?))
}

impl From<Place> for Checkpoint {
    fn from(place: Place) -> Self {
        Checkpoint { place, snapshot_after: None, retry_for: None, late: None, from: None, second: None }
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
        write!(f, "{}", self.place)?;
        self.from.as_ref().map_or(Ok(()), |from| write!(f, ", begun with the savepoint `{}`", from.display()))
    }
}

impl Checkpoint {
    /// Where what is received is kept besides, as plans show it.
    pub(crate) fn second_place(&self) -> Option<String> {
        self.second.as_ref().map(Place::to_string)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
