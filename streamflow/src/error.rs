//! The one error type of the library: what went wrong, where, and what to do about it.

use std::fmt;

/// What part of a job an [`Error`] comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A source could not be opened or read (missing file, refused connection, a line over the limit, ..).
    Source,
    /// A sink could not be opened or written.
    Sink,
    /// Whoever reads a sink's output has gone (a closed pipe). The job ends without an error.
    Closed,
    /// A closure of the pipeline panicked.
    Panic,
    /// A record that a stage refuses.
    Record,
    /// A setting of the job, or an argument of a stage, makes no sense.
    Settings,
    /// The checkpoint directory could not be read or written, or what it holds does not fit.
    Checkpoint,
    /// The thread pool could not be built or a signal handler not be set.
    System,
}

/// An error of a job.
///
/// `Display` is one line: lower-case, without final stop, with the place and the cure. The chain of
/// causes is in [`std::error::Error::source`] and is not repeated by `Display`.
///
/// ```
/// use streamflow::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::Source, "cannot read `in.txt`").help("check the path");
/// assert_eq!(error.to_string(), "cannot read `in.txt`; check the path");
/// assert_eq!(error.kind(), ErrorKind::Source);
/// ```
#[derive(Debug)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    place: Option<String>,
    help: Option<String>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with a message: lower-case, no final stop, names in backticks.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let inner = Inner { kind, message: message.into(), place: None, help: None, cause: None };
        Error { inner: Box::new(inner) }
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.inner.help = Some(help.into());
        self
    }

    /// Adds where it happened: a file and line, an address, a stage. The innermost place is kept.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.inner.place.get_or_insert_with(|| place.into());
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.inner.cause = Some(cause.into());
        self
    }

    /// The part of the job that failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)?;
        if let Some(place) = &self.inner.place {
            write!(f, ", at {place}")?;
        }
        if let Some(help) = &self.inner.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.inner.cause {
            Some(cause) => Some(&**cause),
            None => None,
        }
    }
}
