//! Savepoints of jobs: taken of one that runs or of its directory, and begun with.

use super::checkpoint::{View, open_there};
use crate::commit::savepoint::{Held, holds_commits};
use crate::commit::{self, LocalStorage, Opening, Options};
use crate::{Error, ErrorKind};
use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

/// How often the directory of a running job is read again: its files may go while they are read.
const ATTEMPTS: u32 = 20;
/// How long to wait before that.
const PAUSE: Duration = Duration::from_millis(10);

/// Takes a savepoint of a job that does not run.
pub(super) fn of_stopped(view: &View, path: &Path) -> Result<u64, Error> {
    let (mut storage, second) = (view.open()?, view.open_second()?);
    storage.lock().map_err(|error| match error.kind() {
        commit::ErrorKind::Locked => Error::new(ErrorKind::Checkpoint, error.to_string())
            .help("stop the job first, or let it take the savepoint itself: `Running::savepoint`")
            .because(error),
        _ => error.into(),
    })?;
    let held = Held::read(&*storage)?.ok_or_else(nothing)?;
    if let Some(epoch) = held.undelivered() {
        let text =
            format!("the results of epoch {epoch} may not have been delivered, and a savepoint holds no results");
        return Err(Error::new(ErrorKind::Checkpoint, text)
            .help("start the job once more, which delivers them, and take the savepoint when it has ended"));
    }
    save(&held.and_second(second.as_deref()), path)
}

/// Takes a savepoint of a job that runs: a copy of its directory, made while it goes on. `delivered` waits until an epoch is
/// delivered.
pub(super) fn of_running(
    view: &View,
    path: &Path,
    mut delivered: impl FnMut(u64) -> Result<(), Error>,
) -> Result<u64, Error> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match copy(view, path, &mut delivered) {
            Err(error) if attempt < ATTEMPTS && may_have_moved(&error) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
}

fn copy(view: &View, path: &Path, delivered: &mut impl FnMut(u64) -> Result<(), Error>) -> Result<u64, Error> {
    let (storage, second) = (view.open()?, view.open_second()?);
    let held = Held::read(&*storage)?.ok_or_else(nothing)?;
    delivered(held.epoch())?;
    save(&held.and_second(second.as_deref()), path)
}

/// A snapshot or a piece of the log may be replaced between two looks; what is really damaged stays so.
pub(super) fn may_have_moved(error: &Error) -> bool {
    let error = error.source().and_then(|cause| cause.downcast_ref::<commit::Error>());
    error.is_some_and(|error| matches!(error.kind(), commit::ErrorKind::Damaged | commit::ErrorKind::Io))
}

fn save(held: &Held<'_>, path: &Path) -> Result<u64, Error> {
    let failed = |error: commit::Error| match error.kind() {
        commit::ErrorKind::Refused => Error::new(ErrorKind::Checkpoint, format!("{error}: `{}`", path.display()))
            .help("give each savepoint a directory of its own"),
        _ => error.into(),
    };
    let mut target = LocalStorage::open(path)?;
    held.save(&mut target, Options::default().incarnation).map_err(failed)?;
    Ok(held.epoch())
}

fn nothing() -> Error {
    Error::new(ErrorKind::Checkpoint, "nothing has been committed yet, so there is nothing to take a savepoint of")
        .help("wait for the first batch")
}

/// Lets a directory without a history begin with a savepoint.
pub(super) fn begin(opening: &mut Opening, path: &Path) -> Result<(), Error> {
    if holds_commits(opening.storage())? {
        return Ok(());
    }
    let storage = open_there(path, "savepoint")?;
    let held = Held::of_savepoint(&*storage).map_err(|error| {
        let help = match error.kind() {
            commit::ErrorKind::Damaged => "restore it from a copy, or take another one",
            commit::ErrorKind::Refused => "take one: `Running::savepoint`, `Checkpoint::savepoint`",
            _ => "see the cause",
        };
        let text = format!("cannot start from the savepoint `{}`: {error}", path.display());
        Error::new(ErrorKind::Checkpoint, text).help(help).because(error)
    })?;
    held.begin(opening).map_err(|error| match error.kind() {
        commit::ErrorKind::Refused => {
            let text = format!("cannot start from the savepoint `{}`: {error}", path.display());
            let help = "start the job once without the savepoint, which processes them, or begin with a new directory";
            Error::new(ErrorKind::Checkpoint, text).help(help).because(error)
        }
        _ => error.into(),
    })
}
