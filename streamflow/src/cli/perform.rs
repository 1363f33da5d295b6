//! Does what was asked for.

use super::command::{Asked, Order};
use super::{IntoJob, state};
use crate::checkpoint::verify;
use crate::commit::savepoint::{Held, is_savepoint};
use crate::job::turn::{Failure, Turn};
use crate::state::Slots;
use crate::{Checkpoint, Error, ErrorKind, Job, Report};
use std::error::Error as StdError;
use std::io::{self, Write};
use std::sync::mpsc;
use std::thread;

/// What stands in the table of exit codes.
const DONE: u8 = 0;
const FAILED: u8 = 1;
const DAMAGED: u8 = 3;

/// Why something could not be done.
pub(super) enum Trouble {
    Failed(Box<dyn StdError + Send + Sync>),
    /// Nobody reads any more.
    Closed,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Failed(error.into())
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Trouble::Closed,
            _ => {
                Trouble::Failed(Error::new(ErrorKind::System, "cannot write what was asked for").because(error).into())
            }
        }
    }
}

/// The help that was asked for, or what is wrong with a command line.
pub(super) fn tell<'w>(told: &clap::Error, out: &'w mut dyn Write, errors: &'w mut dyn Write) -> u8 {
    let to = if told.use_stderr() { errors } else { out };
    // nobody is left to be told
    let _ = write!(to, "{}", told.render());
    u8::try_from(told.exit_code()).unwrap_or(FAILED)
}

pub(super) fn perform<A, J: IntoJob>(
    asked: Asked<A>,
    build: impl FnOnce(A) -> J,
    ended: Option<Box<dyn FnOnce(&Report)>>,
    out: &mut dyn Write,
    errors: &mut (dyn Write + Send),
) -> u8 {
    match attempt(asked, build, ended, out, errors) {
        Ok(code) => code,
        Err(Trouble::Closed) => DONE,
        Err(Trouble::Failed(error)) => {
            let _ = writeln!(errors, "{}", in_full(&*error));
            FAILED
        }
    }
}

/// An error with its causes, but for those that it has said itself.
fn in_full(error: &(dyn StdError + 'static)) -> String {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let what = error.to_string();
        if !text.contains(&what) {
            text.push_str(&format!("\n  because: {what}"));
        }
        cause = error.source();
    }
    text
}

fn attempt<A, J: IntoJob>(
    asked: Asked<A>,
    build: impl FnOnce(A) -> J,
    ended: Option<Box<dyn FnOnce(&Report)>>,
    out: &mut dyn Write,
    errors: &mut (dyn Write + Send),
) -> Result<u8, Trouble> {
    let Asked { order, arguments, checkpoint, threads, from_savepoint, dropped, state } = asked;
    let mut job = build(arguments).into_job().map_err(Trouble::Failed)?;
    let settings = job.settings();
    settings.threads = threads.or(settings.threads);
    settings.dropped.extend(dropped);
    if let Some(path) = checkpoint {
        settings.checkpoint = Some(match settings.checkpoint.take() {
            Some(checkpoint) => checkpoint.moved_to(path),
            None => path.into(),
        });
    }
    if let Some(path) = from_savepoint {
        let checkpoint = kept(&mut job)?.start_from(path);
        job.settings().checkpoint = Some(checkpoint);
    }
    match order {
        Order::Run => {
            let report = run(job, errors)?;
            if let Some(ended) = ended {
                ended(&report);
            }
        }
        Order::Explain => out.write_all(job.explain().as_bytes())?,
        Order::StateList => state::list(&job.inspect()?, out)?,
        Order::StateGet(key) => state::get(&job.inspect()?, state.as_deref(), &key, out)?,
        Order::StateDump => state::dump(&job.inspect()?, state.as_deref(), out)?,
        Order::Lock { prints: true } => out.write_all(job.lock()?.as_bytes())?,
        Order::Lock { prints: false } => {
            job.update_lock()?;
            writeln!(out, "`streamflow.lock` holds what the job `{}` keeps", job.settings().name)?;
        }
        Order::Verify => return look_through(&kept(&mut job)?, out),
        Order::Savepoint(path) => {
            let epoch = kept(&mut job)?.savepoint(&path)?;
            writeln!(out, "savepoint of epoch {epoch} in `{}`", path.display())?;
        }
    }
    Ok(DONE)
}

/// Runs the job and shows its warnings as they come, where it has no listener of its own.
fn run<S, F>(mut job: Job<S, F>, errors: &mut (dyn Write + Send)) -> Result<Report, Error>
where
    S: Slots,
    F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
{
    if job.settings().warned.is_some() {
        return job.run();
    }
    let (warn, warnings) = mpsc::channel();
    let job = job.on_warning(move |warning| drop(warn.send(warning.to_string())));
    thread::scope(|scope| {
        // ends with the job, which holds the other end
        scope.spawn(move || {
            for warning in warnings {
                // nobody is left to be told
                let _ = writeln!(errors, "warning: {warning}");
            }
        });
        job.run()
    })
}

/// The checkpoint of a job that is to have one.
fn kept<S, F>(job: &mut Job<S, F>) -> Result<Checkpoint, Error> {
    let settings = job.settings();
    settings.checkpoint.take().ok_or_else(|| {
        let text = format!("job `{}` has no checkpoint directory", settings.name);
        Error::new(ErrorKind::Settings, text).help("say which one: `--checkpoint DIR`")
    })
}

fn look_through(checkpoint: &Checkpoint, out: &mut dyn Write) -> Result<u8, Trouble> {
    let storage = checkpoint.view()?.open()?;
    let mut damaged = false;
    for finding in verify(&*storage) {
        writeln!(out, "{finding}")?;
        damaged |= finding.fatal;
    }
    if !damaged && is_savepoint(&*storage).map_err(Error::from)? {
        // a savepoint without its last file looks like a directory that nobody has begun
        if let Err(error) = Held::of_savepoint(&*storage) {
            writeln!(out, "damaged: {error}")?;
            damaged = true;
        }
    }
    if damaged {
        writeln!(out, "{checkpoint} is damaged")?;
        return Ok(DAMAGED);
    }
    match Held::read(&*storage).map_err(Error::from)? {
        Some(held) => writeln!(out, "{checkpoint} is whole, up to epoch {}", held.epoch())?,
        None => writeln!(out, "{checkpoint} is whole, and nothing was committed in it yet")?,
    }
    Ok(DONE)
}
