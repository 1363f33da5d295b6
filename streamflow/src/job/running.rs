//! A job on a thread of its own.

use super::drive::Control;
use super::report::{Progress, Report};
use crate::{Error, ErrorKind};
use std::sync::Arc;
use std::thread::JoinHandle;

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
}

impl Running {
    pub(crate) fn spawn(
        name: &str,
        control: Arc<Control>,
        run: impl FnOnce() -> Result<Report, Error> + Send + 'static,
    ) -> Result<Self, Error> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        let thread =
            thread.map_err(|e| Error::new(ErrorKind::System, "cannot start the thread of the job").because(e))?;
        Ok(Running { control, thread: Some(thread) })
    }

    /// Asks the job to finish its batch and end. Returns at once.
    pub fn stop(&self) {
        self.control.stop();
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
