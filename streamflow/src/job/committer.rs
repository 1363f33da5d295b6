//! Who works on the commit log: a thread of its own, while the next batch is processed.
//!
//! Processing changes nothing outside the process, so what is written and delivered is written and delivered in the same order as
//! if nothing ran beside it: a batch is prepared by the sinks when the one before it is durable and delivered.

use crate::commit::{Commit, CommitLog, Error, ErrorKind, SnapshotWriter, Written};
use crate::source::Signal;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// When the log is worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Beside the next batch.
    #[default]
    Beside,
    /// At once: for a job that is driven step by step.
    AtOnce,
    /// When the next batch cannot go on without it, on the thread of the job: what running beside may come to at its worst, for the
    /// simulation.
    Late,
}

/// What is to be done, in this order; the first error ends it.
#[derive(Default)]
pub(super) struct Errand {
    pub commit: Option<Commit>,
    /// A snapshot that is written takes the place of the log before it.
    pub finish: Option<Written>,
    /// Another one begins at this boundary.
    pub begin: bool,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Outcome {
    pub commit: Option<Commit>,
    pub begun: Option<SnapshotWriter>,
    pub took: Duration,
}

struct Worker {
    errands: Sender<(CommitLog, Errand)>,
    done: Receiver<(CommitLog, Result<Outcome, Error>)>,
    thread: Option<JoinHandle<()>>,
}

/// The commit log, at home or away with the worker.
pub(super) struct Committer {
    pace: Pace,
    signal: Signal,
    log: Option<CommitLog>,
    late: Option<Errand>,
    outcome: Option<Result<Outcome, Error>>,
    worker: Option<Worker>,
    /// Something is to be done, or done and not looked at.
    busy: bool,
}

/// Does an errand.
fn run(log: &mut CommitLog, errand: Errand) -> Result<Outcome, Error> {
    let began = Instant::now();
    let Errand { commit, finish, begin } = errand;
    if let Some(commit) = &commit {
        log.commit(commit)?;
    }
    if let Some(written) = finish {
        match log.finish_snapshot(written) {
            // the last snapshot is still in place, and the log behind it
            Err(error) if error.kind() == ErrorKind::Io => {}
            finished => finished?,
        }
    }
    let begun = if begin { Some(log.begin_snapshot()?) } else { None };
    Ok(Outcome { commit, begun, took: began.elapsed() })
}

impl Committer {
    /// The signal is raised when an errand is done.
    pub fn new(log: CommitLog, pace: Pace, signal: Signal) -> Self {
        Committer { pace, signal, log: Some(log), late: None, outcome: None, worker: None, busy: false }
    }

    /// The log, unless it is away.
    pub fn log(&mut self) -> Option<&mut CommitLog> {
        if self.busy { None } else { self.log.as_mut() }
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Is there something to be waited for?
    pub fn busy(&self) -> bool {
        self.busy
    }

    /// Sends the log on an errand. It must be at home.
    pub fn send(&mut self, errand: Errand) -> Result<(), Error> {
        self.busy = true;
        match self.pace {
            Pace::Late => self.late = Some(errand),
            Pace::AtOnce => self.outcome = self.log.as_mut().map(|log| run(log, errand)),
            Pace::Beside => {
                let worker = match self.worker.take() {
                    Some(worker) => worker,
                    None => Worker::start(self.signal.clone())?,
                };
                let worker = self.worker.insert(worker);
                if let Some(log) = self.log.take() {
                    // a worker that is gone is noticed by who waits for it
                    let _ = worker.errands.send((log, errand));
                }
            }
        }
        Ok(())
    }

    /// Can [`wait`](Self::wait) be called without waiting?
    pub fn is_done(&mut self) -> bool {
        if self.busy
            && self.outcome.is_none()
            && let Some(worker) = &self.worker
        {
            match worker.done.try_recv() {
                Ok(back) => self.take(Some(back)),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.take(None),
            }
        }
        self.outcome.is_some()
    }

    /// Waits until an errand that runs beside the job is done; what came of it is for [`wait`](Self::wait).
    pub fn join(&mut self) {
        if self.busy
            && self.outcome.is_none()
            && let Some(worker) = &self.worker
        {
            let back = worker.done.recv().ok();
            self.take(back);
        }
    }

    /// The log is back, unless the worker is gone.
    fn take(&mut self, back: Option<(CommitLog, Result<Outcome, Error>)>) {
        match back {
            Some((log, outcome)) => (self.log, self.outcome) = (Some(log), Some(outcome)),
            None => self.outcome = Some(Err(panicked())),
        }
    }

    /// What came of the errand. Nothing, if there was none.
    pub fn wait(&mut self) -> Result<Outcome, Error> {
        self.join();
        if !std::mem::take(&mut self.busy) {
            return Ok(Outcome::default());
        }
        if let (Some(errand), Some(log)) = (self.late.take(), &mut self.log) {
            return run(log, errand);
        }
        self.outcome.take().unwrap_or_else(|| Err(panicked()))
    }
}

fn panicked() -> Error {
    Error::new(ErrorKind::Stopped, "the thread that writes the commit log has panicked")
}

impl Worker {
    fn start(signal: Signal) -> Result<Self, Error> {
        let (errands, incoming) = channel::<(CommitLog, Errand)>();
        let (outgoing, done) = channel();
        let work = move || {
            for (mut log, errand) in incoming {
                let outcome = run(&mut log, errand);
                // nobody waits any more where a job ends by a panic
                let _ = outgoing.send((log, outcome));
                signal.raise();
            }
        };
        let thread = std::thread::Builder::new().name("commit".to_owned()).spawn(work);
        let failed = |cause| Error::new(ErrorKind::Stopped, "cannot start the thread of the commit log").because(cause);
        Ok(Worker { errands, done, thread: Some(thread.map_err(failed)?) })
    }
}

/// The directory is free when this has returned: the worker holds its lock.
impl Drop for Worker {
    fn drop(&mut self) {
        let (closed, _) = channel();
        self.errands = closed;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
