//! The settings of a job and their defaults.

use super::checkpoint::Checkpoint;
use super::clock::{Clock, SystemClock};
use super::events::Observer;
use super::rate::Rate;
use super::report::Progress;
use super::warning;
use crate::{Error, ErrorKind};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The settings of a job, before it runs.
#[derive(Debug)]
pub struct Settings {
    pub(crate) name: String,
    /// The folder of the crate whose lock file this pipeline is in.
    pub(crate) package: Option<&'static str>,
    pub(crate) threads: Option<usize>,
    pub(crate) pool: Option<Arc<rayon::ThreadPool>>,
    pub(crate) batch_bytes: usize,
    pub(crate) batch_every: Option<Duration>,
    pub(crate) chunk_bytes: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) seed: Option<u64>,
    pub(crate) signals: bool,
    /// From a signal to the end of the process.
    pub(crate) stop_within: Duration,
    pub(crate) listener: Option<Listener>,
    pub(crate) observer: Option<Observer>,
    /// Who is told what somebody should look at.
    pub(crate) warned: Option<Arc<warning::Listener>>,
    /// From when on a part of a batch may be a straggler.
    pub(crate) slow_after: Duration,
    /// Somebody may ask the job while it runs.
    pub(crate) has_handle: bool,
    pub(crate) rate: Option<Rate>,
    pub(crate) skips_panics: bool,
    pub(crate) checkpoint: Option<Checkpoint>,
    /// Labels whose stored state may be given up.
    pub(crate) dropped: Vec<String>,
    /// Whoever drives the job decides when it goes on: it waits for nothing, and nothing runs beside it.
    pub(crate) by_step: bool,
    pub(crate) delivery: Delivery,
}

/// What is promised about results after a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Results since the last commit are delivered again.
    #[default]
    AtLeastOnce,
    /// Every result is there once. The macro has proven that sources and sinks can take part.
    ExactlyOnce,
    /// No result is delivered twice. Those of the last commit may be missing.
    AtMostOnce,
}

/// What is called after every batch.
pub(crate) struct Listener(pub Box<dyn FnMut(&Progress) + Send>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            name: "job".to_owned(),
            package: None,
            threads: None,
            pool: None,
            batch_bytes: 4 << 20,
            batch_every: None,
            // A chunk's share of the exchange should stay in the second-level cache: 64 KiB of text are about 10,000 words of 32 bytes each.
            chunk_bytes: 64 << 10,
            clock: Arc::new(SystemClock),
            seed: None,
            signals: true,
            stop_within: Duration::from_secs(25),
            listener: None,
            observer: None,
            warned: None,
            slow_after: Duration::from_secs(1),
            has_handle: false,
            rate: None,
            skips_panics: false,
            checkpoint: None,
            dropped: vec![],
            by_step: false,
            delivery: Delivery::AtLeastOnce,
        }
    }
}

impl Settings {
    /// What cannot be told when the pipeline is compiled: the directory may be given to the job.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let asked = match self.delivery {
            Delivery::AtLeastOnce => return Ok(()),
            Delivery::ExactlyOnce => "exactly",
            // a job that forgets how far it has read reads and delivers again
            Delivery::AtMostOnce => "at most",
        };
        if self.checkpoint.is_none() {
            let message = format!("job `{}` is to deliver {asked} once, but it has no checkpoint directory", self.name);
            return Err(Error::new(ErrorKind::Settings, message)
                .help("add `#![checkpoint(\"directory\")]`, or ask for `#![delivery(at_least_once)]`"));
        }
        Ok(())
    }

    /// `#![name = ".."]`
    #[doc(hidden)]
    #[must_use]
    pub fn __name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
    /// The folder of the crate that a pipeline with a name stands in.
    #[doc(hidden)]
    #[must_use]
    pub fn __package(mut self, folder: Option<&'static str>) -> Self {
        self.package = folder;
        self
    }
    /// `#![threads = ..]`
    #[doc(hidden)]
    #[must_use]
    pub fn __threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }
    /// `#![panics = skip]`
    #[doc(hidden)]
    #[must_use]
    pub fn __skip_panics(mut self) -> Self {
        self.skips_panics = true;
        self
    }
    /// `#![delivery(..)]`
    #[doc(hidden)]
    #[must_use]
    pub fn __delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }
    /// `#![checkpoint(..)]`
    #[doc(hidden)]
    #[must_use]
    pub fn __checkpoint(mut self, directory: impl Into<Checkpoint>) -> Self {
        self.checkpoint = Some(directory.into());
        self
    }
    /// `#![batch(every = ..)]`
    #[doc(hidden)]
    #[must_use]
    pub fn __batch_every(mut self, interval: Duration) -> Self {
        self.batch_every = Some(interval);
        self
    }
    /// `#![batch(bytes = ..)]`
    #[doc(hidden)]
    #[must_use]
    pub fn __batch_bytes(mut self, bytes: usize) -> Self {
        self.batch_bytes = bytes;
        self
    }
}
