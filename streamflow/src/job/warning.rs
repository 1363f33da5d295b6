//! What a job warns of while it runs, and who is told.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Something that does not end a job and that somebody should look at: what [`Job::on_warning`](crate::Job::on_warning) is called with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A part of a batch takes much longer than usual.
    Straggler(Straggler),
    /// Much of what reaches a stage has one key.
    HotKey(HotKey),
    /// With `#![delivery(at_most_once)]`: a process has died, or a sink has failed, between the commit of this batch and the note that its
    /// results have left. They may be missing.
    Undelivered {
        /// The number of the batch.
        epoch: u64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Straggler(straggler) => straggler.fmt(f),
            Warning::HotKey(key) => key.fmt(f),
            Warning::Undelivered { epoch } => write!(f, "the results of batch {epoch} may not have been delivered"),
        }
    }
}

/// A part of a batch that takes at least ten times as long as the median of the last ones, and at least as long as
/// [`Job::slow_after`](crate::Job::slow_after) says. Where fewer than five are done there is nothing to compare with: then ten times that
/// setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Straggler {
    /// The stages that it is in, with their labels: `map -> filter -> key_by -> count as counts`. Stages of one loop are compiled into one
    /// function, so which of them it is cannot be told.
    pub stage: String,
    /// File and line of the first of them.
    pub at: String,
    /// Which part of the batch: `block 3 of 64, from memory 0`. Empty for what is done in one go, such as a delivery.
    pub part: String,
    /// For how long.
    pub running: Duration,
    /// What such a part usually takes; `None` where too few are done.
    pub usual: Option<Duration>,
}

impl fmt::Display for Straggler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Straggler { stage, at, part, running, usual } = self;
        write!(f, "`{stage}` ({at}) has worked for {running:.1?}")?;
        if !part.is_empty() {
            write!(f, " on {part}")?;
        }
        usual.map_or(Ok(()), |usual| write!(f, "; usually it takes {usual:.1?}"))
    }
}

/// A key with so many of the records of a stage that one thread has most of its work.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HotKey {
    /// The stage, with its label.
    pub stage: &'static str,
    /// The key as messages show it; its hash, where its type cannot be shown.
    pub key: String,
    /// Its share of the records, from 0 to 1, as a sample of them says.
    pub share: f64,
}

impl fmt::Display for HotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HotKey { stage, key, share } = self;
        write!(
            f,
            "{:.0} % of the records of `{stage}` have the key {key}: one thread has to do them all",
            share * 100.0
        )
    }
}

/// Who is told.
#[derive(Default)]
pub(crate) struct Listener(Mutex<Option<Box<dyn FnMut(&Warning) + Send>>>);

impl Listener {
    pub fn new(listener: impl FnMut(&Warning) + Send + 'static) -> Self {
        Listener(Mutex::new(Some(Box::new(listener))))
    }

    /// A listener that panics is not told again: whoever warns must not fail by it.
    pub fn tell(&self, warning: &Warning) {
        let mut listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tell) = listener.as_mut()
            && catch_unwind(AssertUnwindSafe(|| tell(warning))).is_err()
        {
            *listener = None;
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
