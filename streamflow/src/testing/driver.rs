//! Runs a job one batch at a time, on the thread of the test.

use super::clock::ManualClock;
use crate::job::drive::{Control, Loop};
use crate::state::Slots;
use crate::{__private, EndedBy, Error, ErrorKind, Job, Report};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Runs a job step by step: give records, run one batch, look at what came out, move the clock.
///
/// Nothing happens between the calls and no thread is started, so what a step gives is the same each time. Kafka's
/// `TopologyTestDriver` is the model.
///
/// ```
/// use std::time::Duration;
/// use streamflow::testing::{Driver, input};
/// use streamflow::{Timestamp, sink, stream};
///
/// let (clicks, counts) = (input(), sink::collect());
/// let mut driver = Driver::new(stream! {
///     clicks.clone()
///         -> timestamp(|click: &(i64, &str)| Timestamp::from_secs(click.0), disorder = 2s)
///         -> key_by(|click| click.1)
///         -> window(tumbling(10s))
///         -> count() as clicks
///         -> map(|row| (row.key.to_owned(), row.value))
///         -> counts.clone()
/// })?;
/// clicks.extend([(1, "home"), (9, "home"), (11, "cart")]);
/// driver.batch()?;
/// assert_eq!(counts.take(), [], "the watermark is at 9");
/// clicks.push((12, "cart"));
/// driver.batch()?;
/// assert_eq!(counts.take(), [("home".to_owned(), 2)]);
/// let report = driver.finish()?;   // the end of the input closes what is open
/// assert_eq!(counts.take(), [("cart".to_owned(), 2)]);
/// assert_eq!(report.records, 4);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Time
/// The job runs on a [`ManualClock`] that stands still until [`advance`](Driver::advance) moves it. It begins in the year 2100, so that
/// no timestamp of a test lies ahead of it. An interval between batches (`#![batch(every = 1s)]`) is not waited for: the test says
/// when a batch is formed.
///
/// # Threads
/// One, if the job says nothing else. With more the driver waits for them in [`batch`](Driver::batch).
pub struct Driver<'j> {
    job: Loop<'j>,
    clock: ManualClock,
    ended: bool,
}

impl fmt::Debug for Driver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("clock", &self.clock).field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// Midnight of its first day.
const YEAR_2100: Duration = Duration::from_secs(4_102_444_800);

/// The clock of a test that does not give one.
pub(crate) fn first_clock() -> ManualClock {
    ManualClock::at(YEAR_2100)
}

impl<'j> Driver<'j> {
    /// Takes over a job and opens its sinks.
    ///
    /// # Errors
    /// A setting that makes no sense, or a sink that cannot be opened.
    pub fn new<S, F>(job: Job<S, F>) -> Result<Self, Error>
    where
        S: Slots + 'j,
        F: FnMut(&mut __private::Turn<'_>, &mut S) -> Result<(), __private::Failure> + 'j,
    {
        Self::with_clock(job, first_clock())
    }

    /// As [`new`](Driver::new), with a clock that stands elsewhere.
    ///
    /// # Errors
    /// As [`new`](Driver::new).
    pub fn with_clock<S, F>(job: Job<S, F>, clock: ManualClock) -> Result<Self, Error>
    where
        S: Slots + 'j,
        F: FnMut(&mut __private::Turn<'_>, &mut S) -> Result<(), __private::Failure> + 'j,
    {
        let job = job.clock(clock.clone()).step_by_step();
        let mut job = job.bind(Arc::new(Control::default()))?;
        let ended = !job.open()?;
        Ok(Driver { job, clock, ended })
    }

    /// Polls the sources once and runs one batch with what they have, which may be nothing.
    ///
    /// # Errors
    /// The error that ends the job. A job that has ended runs no more batches, which is an error too.
    pub fn batch(&mut self) -> Result<(), Error> {
        self.step(None)
    }

    /// Has the job ended? By the end of its input, by an error, or because nobody reads a sink any more.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Moves the clock of the job forward.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The clock of the job.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// What the job has done so far: records, how much state there is, what was late.
    #[must_use]
    pub fn report(&mut self) -> Report {
        self.job.report()
    }

    /// Reads what the sources have left and ends the input, which concludes whatever waits for more: all open windows close.
    /// A source without end is read without end: [`stop`](Driver::stop) such a job.
    ///
    /// # Errors
    /// The error that ends the job.
    pub fn finish(mut self) -> Result<Report, Error> {
        while !self.ended {
            self.step(Some(EndedBy::Input))?;
        }
        Ok(self.report())
    }

    /// Stops the job, as [`Running::stop`](crate::Running::stop) does: its last batch is finished and nothing is concluded.
    ///
    /// # Errors
    /// The error that ends the job.
    pub fn stop(mut self) -> Result<Report, Error> {
        if !self.ended {
            self.step(Some(EndedBy::Stop))?;
        }
        Ok(self.report())
    }

    /// Dies behind its last batch: nothing is finished but a snapshot that was begun, so that what the directory holds is the same each time.
    pub(crate) fn die(mut self) -> Result<(), Error> {
        self.job.settle()
    }

    fn step(&mut self, end: Option<EndedBy>) -> Result<(), Error> {
        if self.ended {
            return Err(Error::new(ErrorKind::Settings, "the job has ended: there is no next batch"));
        }
        // a failed batch ends the job
        self.ended = true;
        self.ended = self.job.step(end)?;
        Ok(())
    }
}
