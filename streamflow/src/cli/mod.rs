//! A job as a program: one line of `main` makes it run, explain itself, show what it keeps, and take savepoints.
//!
//! It is the feature `cli`:
//!
//! ```toml
//! streamflow = { version = "0.1", features = ["cli"] }
//! ```
//!
//! ```no_run
//! use std::process::ExitCode;
//! use streamflow::{cli, file, sink, stream};
//!
//! fn main() -> ExitCode {
//!     cli::main(|()| {
//!         stream! {
//!             #![name = "visits"]
//!             #![checkpoint("state")]
//!             file::lines("visits/*.log") -> key_by(|page| *page) -> count() as visits
//!                 -> map(|row| format!("{} {}", row.key, row.value)) -> sink::stdout()
//!         }
//!     })
//! }
//! ```
//!
//! ```console
//! $ visits                          # runs until the input ends, or until Ctrl-C
//! $ visits explain                  # the plan in words
//! $ visits state list               # what the checkpoint directory holds: states, rows, bytes, places in the sources
//! $ visits state get /home          # a key in every state
//! $ visits state dump               # all rows, a line of JSON each
//! $ visits checkpoint verify        # looks through every file
//! $ visits savepoint before-march   # the state in a directory of its own
//! $ visits --checkpoint trial --from-savepoint before-march
//! ```
//!
//! # Arguments of your own
//!
//! The closure takes them: a type that derives [`clap::Args`], from `clap = "4"` among the dependencies of the program; nothing is needed for a
//! program without. They stand before, between and behind the options of the job, at `run`
//! and at every other sub-command, since each of them makes the job to ask it. Making a job opens no source and no sink. It may fail:
//! the closure may give a `Result` with any error.
//!
//! ```no_run
//! use std::process::ExitCode;
//! use streamflow::{cli, file, sink, stream};
//!
//! #[derive(clap::Args)]
//! struct Arguments {
//!     /// Files with a page a line
//!     #[arg(required = true)]
//!     files: Vec<String>,
//!     /// Show so many pages
//!     #[arg(long, default_value_t = 20)]
//!     best: usize,
//! }
//!
//! fn main() -> ExitCode {
//!     cli::main(|Arguments { files, best }| {
//!         stream! {
//!             file::lines(files) -> key_by(|page| *page) -> count() -> top(best, by = |row| row.value)
//!                 -> map(|row| (row.value, row.key)) -> sink::table(["visits", "page"])
//!         }
//!     })
//! }
//! ```
//!
//! `--checkpoint`, `--threads`, `--from-savepoint`, `--drop-state` and `--state` are taken. A file that is called as a sub-command is stands behind
//! `run` or `--`.
//!
//! # Exit codes
//!
//! | code | |
//! |---|---|
//! | 0 | done; also where a signal has ended the job, behind its batch |
//! | 1 | the job could not be made or has ended with an error, or what was asked for is not there; standard error says what to do |
//! | 2 | the command line is wrong |
//! | 3 | `checkpoint verify` has found damage |
//! | 75 | after a signal the batch has taken longer than [`Job::stop_within`] allows; nothing that was committed is lost |
//! | 130 | a second signal has ended the process at once |
//!
//! # Beside a job that runs
//!
//! `state` and `checkpoint verify` take no lock and change nothing. Beside a live process they show what its log has at that moment.
//! `savepoint` is refused then; ask the process ([`Running::savepoint`](crate::Running::savepoint)) or stop it.

mod command;
mod perform;
mod state;

use crate::job::turn::{Failure, Turn};
use crate::state::Slots;
use crate::{Job, Report};
use command::Asked;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::marker::PhantomData;
use std::process::ExitCode;

/// A job, or why there is none: what the closure of a program gives.
pub trait IntoJob {
    #[doc(hidden)]
    type Slots: Slots;
    #[doc(hidden)]
    type Body: FnMut(&mut Turn<'_>, &mut Self::Slots) -> Result<(), Failure>;
    #[doc(hidden)]
    fn into_job(self) -> Result<Job<Self::Slots, Self::Body>, Box<dyn Error + Send + Sync>>;
}

impl<S, F> IntoJob for Job<S, F>
where
    S: Slots,
    F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
{
    type Slots = S;
    type Body = F;
    fn into_job(self) -> Result<Job<S, F>, Box<dyn Error + Send + Sync>> {
        Ok(self)
    }
}

impl<S, F, E> IntoJob for Result<Job<S, F>, E>
where
    S: Slots,
    F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Slots = S;
    type Body = F;
    fn into_job(self) -> Result<Job<S, F>, Box<dyn Error + Send + Sync>> {
        self.map_err(Into::into)
    }
}

/// Makes a program of a job: reads the arguments of the process, does what they say, and gives the exit code.
///
/// The closure gets the arguments of your own, `()` for none, and makes the job.
pub fn main<A: clap::Args, J: IntoJob>(build: impl FnOnce(A) -> J) -> ExitCode {
    Program::new(build).main()
}

/// A program of a job with more to say than [`main`].
///
/// ```no_run
/// use std::process::ExitCode;
/// use streamflow::{cli, file, sink, stream};
///
/// fn main() -> ExitCode {
///     cli::Program::new(|()| stream! { file::lines("*.log") -> count() as lines -> sink::stdout() })
///         .about("Counts lines")
///         .ended(|report| eprintln!("{report}"))
///         .main()
/// }
/// ```
#[must_use = "a program does nothing until `main` is called"]
pub struct Program<A, F> {
    build: F,
    about: Option<String>,
    ended: Option<Box<dyn FnOnce(&Report)>>,
    arguments: PhantomData<fn() -> A>,
}

impl<A: clap::Args, J: IntoJob, F: FnOnce(A) -> J> Program<A, F> {
    /// A program that makes its job so.
    pub fn new(build: F) -> Self {
        Program { build, about: None, ended: None, arguments: PhantomData }
    }

    /// What `--help` says first.
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = Some(about.into());
        self
    }

    /// Calls `ended` when the job has run to its end without an error.
    pub fn ended(mut self, ended: impl FnOnce(&Report) + 'static) -> Self {
        self.ended = Some(Box::new(ended));
        self
    }

    /// Does what the arguments of the process say.
    pub fn main(self) -> ExitCode {
        // not locked: the job writes to them too, from any thread
        self.execute(std::env::args_os(), &mut std::io::stdout(), &mut std::io::stderr()).into()
    }

    /// Does what these arguments say, the name of the program first. What is asked for goes to `out`, errors and warnings go to `errors`; what the
    /// sinks of the job write is their own. Gives the exit code.
    ///
    /// ```
    /// use streamflow::{cli, sink, source, stream};
    ///
    /// let (mut out, mut errors) = (vec![], vec![]);
    /// let program = cli::Program::new(|()| stream! { source::vec(vec![1, 2]) -> sum() as total -> sink::discard() });
    /// assert_eq!(program.execute(["sums", "explain"], &mut out, &mut errors), 0);
    /// assert!(String::from_utf8_lossy(&out).contains("state `total`"));
    /// ```
    pub fn execute(
        self,
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
        out: &mut dyn Write,
        errors: &mut (dyn Write + Send),
    ) -> u8 {
        let Program { build, about, ended, .. } = self;
        let asked = match Asked::<A>::of(about, arguments) {
            Ok(asked) => asked,
            Err(told) => return perform::tell(&told, out, errors),
        };
        perform::perform(asked, build, ended, out, errors)
    }
}

impl<A, F> fmt::Debug for Program<A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("about", &self.about).finish_non_exhaustive()
    }
}
