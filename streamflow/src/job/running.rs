//! A job on a thread of its own.

use super::checkpoint::View;
use super::drive::Control;
use super::report::{Progress, Report};
use super::savepoint;
use super::warning::Straggler;
use crate::{Error, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a delivery is asked for.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What a running job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It reads and works.
    Running,
    /// It has been asked to stop and finishes its batch.
    Stopping,
    /// It has ended; [`Running::wait`] tells how.
    Ended,
}

/// A job that runs on a thread of its own. Dropping the handle asks the job to stop and does not wait.
///
/// ```
/// # use streamflow::{stream, source, sink};
/// let job = stream! { source::generate(1_000, |n| n) -> count() -> sink::discard() };
/// let running = job.start()?;
/// running.stop();
/// let report = running.wait()?;
/// # Ok::<(), streamflow::Error>(())
/// ```
#[derive(Debug)]
pub struct Running {
    control: Arc<Control>,
    thread: Option<JoinHandle<Result<Report, Error>>>,
    /// Its checkpoint directory.
    view: Option<Mutex<View>>,
}

impl Running {
    pub(crate) fn spawn(
        name: &str,
        control: Arc<Control>,
        view: Option<View>,
        run: impl FnOnce() -> Result<Report, Error> + Send + 'static,
    ) -> Result<Self, Error> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        let thread =
            thread.map_err(|e| Error::new(ErrorKind::System, "cannot start the thread of the job").because(e))?;
        Ok(Running { control, thread: Some(thread), view: view.map(Mutex::new) })
    }

    /// Asks the job to finish its batch and end. Returns at once.
    pub fn stop(&self) {
        self.control.stop();
    }

    /// Takes a savepoint: the state behind a batch, with the places in the sources, in a directory of its own. It holds at least what
    /// [`progress`](Running::progress) tells when this is called; it is complete and durable when this returns, with the epoch of its last
    /// batch. The job goes on meanwhile.
    ///
    /// Another job begins with it by [`Checkpoint::start_from`](crate::Checkpoint::start_from): to try a new version of the program on
    /// the state of the old one, or to go back. Results are no part of it: the sinks of this job have all of them up to that batch.
    ///
    /// ```
    /// # use streamflow::{sink, source, stream};
    /// # let place = tempfile::tempdir()?;
    /// let job = stream! { source::generate_unpaced(|n| n) -> map(|n| n % 10) -> key_by(|n| *n) -> count() as digits -> sink::discard() };
    /// let running = job.checkpoint(place.path().join("state")).start()?;
    /// while running.progress().is_none() {
    ///     std::thread::yield_now();
    /// }
    /// let epoch = running.savepoint(place.path().join("savepoint"))?;
    /// assert!(epoch >= 1);
    /// # running.stop();
    /// # running.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cost
    /// The work is done on the thread of the caller, by copying what is stored; the job shares the disk with it and nothing else. It
    /// waits until the sinks have what the savepoint is to hold, so as long as a sink takes for a batch.
    ///
    /// # Errors
    /// If the job has no checkpoint directory, has committed nothing yet, or ends before its sinks have what it has committed; if
    /// there are files already at `path`, or they cannot be written.
    pub fn savepoint(&self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let Some(view) = &self.view else {
            let error = Error::new(ErrorKind::Settings, "a job without a checkpoint directory has no savepoints");
            return Err(error.help("give it one: `#![checkpoint(\"directory\")]`"));
        };
        let view = view.lock().unwrap_or_else(PoisonError::into_inner);
        let processed = self.processed();
        // a job that comes back to its last commit has processed less than before
        self.wait_for(|| processed.min(self.processed()))?;
        savepoint::of_running(&view, path.as_ref(), |epoch| self.wait_for(|| epoch))
    }

    fn processed(&self) -> u64 {
        self.progress().map_or(0, |progress| progress.epoch)
    }

    /// Waits until sinks have an epoch. 0 they have when the job has come back.
    fn wait_for(&self, epoch: impl Fn() -> u64) -> Result<(), Error> {
        loop {
            let (ended, epoch) = (self.status() == Status::Ended, epoch());
            if self.control.delivered().is_some_and(|delivered| delivered >= epoch) {
                return Ok(());
            }
            if ended {
                let text = format!("the job has ended before epoch {epoch} was delivered");
                return Err(Error::new(ErrorKind::Checkpoint, text).help("`Running::wait` tells why; start it again"));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits for the end of the job.
    ///
    /// # Errors
    /// The error that ended the job.
    pub fn wait(mut self) -> Result<Report, Error> {
        let ended = self.thread.take().map(JoinHandle::join);
        ended.and_then(Result::ok).unwrap_or_else(|| {
            let error = Error::new(ErrorKind::System, "the thread of the job ended by a panic outside its stages");
            Err(error.help("the panic message stands above"))
        })
    }

    /// What the job is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.thread {
            Some(thread) if !thread.is_finished() && self.control.stopping() => Status::Stopping,
            Some(thread) if !thread.is_finished() => Status::Running,
            _ => Status::Ended,
        }
    }

    /// What takes much longer than usual at this moment: why nothing comes out, or nothing goes on.
    ///
    /// # Cost
    /// The work is done by who asks. Whoever wants to be told uses [`Job::on_warning`](crate::Job::on_warning).
    #[must_use]
    pub fn stragglers(&self) -> Vec<Straggler> {
        let running = self.control.board().map_or_else(Vec::new, |board| board.stragglers());
        running.into_iter().map(|(_, straggler)| straggler).collect()
    }

    /// How far it has come; `None` before the first batch.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        self.control.progress()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.control.stop();
    }
}
