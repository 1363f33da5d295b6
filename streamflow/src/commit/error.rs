//! What can go wrong with a checkpoint directory: which file, where in it, and what it means for the job.

use std::fmt;

/// What an [`Error`] of a checkpoint means for whoever gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused a call. The generation ends; a new one may be opened once the cause is gone.
    Io,
    /// A file that was to be created is there already: somebody else writes to this directory.
    AlreadyThere,
    /// Another process holds the directory.
    Locked,
    /// Bytes that were once durable are not what was written. Nothing is repaired or skipped.
    Damaged,
    /// Written by a later version of the library, or a later generation has taken over.
    Newer,
    /// The sinks hold more than the directory does.
    Behind,
    /// Whoever replays the checkpoint, or writes a commit, asked for something that cannot be.
    Refused,
    /// An earlier call failed, and with it this generation of the log.
    Stopped,
}

/// An error of a checkpoint directory. `Display` is one line with file, offset and section.
#[derive(Debug)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    file: Option<String>,
    offset: Option<u64>,
    section: Option<String>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with a message: lower-case, no final stop, names in backticks.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let inner = Inner { kind, message: message.into(), file: None, offset: None, section: None, cause: None };
        Error { inner: Box::new(inner) }
    }

    /// A call of the operating system that failed: `cannot sync`, and the file.
    pub fn io(what: &str, file: &str, cause: std::io::Error) -> Self {
        let mut error = Error::new(ErrorKind::Io, what).file(file);
        error.inner.cause = Some(cause.into());
        error
    }

    pub(crate) fn damaged(file: &str, offset: u64, what: impl Into<String>) -> Self {
        let mut error = Error::new(ErrorKind::Damaged, what).file(file);
        error.inner.offset = Some(offset);
        error
    }

    /// Adds the file, if none is named yet.
    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.inner.file.get_or_insert_with(|| file.into());
        self
    }

    #[must_use]
    pub(crate) fn section(mut self, section: impl Into<String>) -> Self {
        self.inner.section.get_or_insert_with(|| section.into());
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.inner.cause = Some(cause.into());
        self
    }

    /// What it means.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The file in the directory, where there is one.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.inner.file.as_deref()
    }

    /// The place in the file, in bytes.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.inner.offset
    }

    /// The section of the file, such as the record of an epoch or the state of a slot.
    #[must_use]
    pub fn section_name(&self) -> Option<&str> {
        self.inner.section.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        f.write_str(&inner.message)?;
        if let Some(section) = &inner.section {
            write!(f, ", in {section}")?;
        }
        if let Some(file) = &inner.file {
            write!(f, ", in `{file}`")?;
        }
        if let Some(offset) = inner.offset {
            write!(f, " at byte {offset}")?;
        }
        if let (ErrorKind::Io, Some(cause)) = (inner.kind, &inner.cause) {
            write!(f, ": {cause}")?;
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

impl From<Error> for crate::Error {
    fn from(mut error: Error) -> Self {
        // whoever replays a checkpoint says best what does not fit
        if error.kind() == ErrorKind::Refused
            && let Some(cause) = error.inner.cause.take()
        {
            match cause.downcast::<crate::Error>() {
                Ok(refused) => return *refused,
                Err(other) => error.inner.cause = Some(other),
            }
        }
        let help = match error.kind() {
            ErrorKind::Io => "the job can go on from this directory once the cause is gone",
            ErrorKind::AlreadyThere | ErrorKind::Locked => "give each job a checkpoint directory of its own",
            ErrorKind::Damaged => {
                "nothing was changed; restore the file from a copy of the directory, or begin with a new one"
            }
            ErrorKind::Newer => "start the version or the process that wrote it",
            ErrorKind::Behind => {
                "the directory is older than what was delivered from it; use the one that belongs to these sinks"
            }
            ErrorKind::Refused | ErrorKind::Stopped => "see the cause",
        };
        crate::Error::new(crate::ErrorKind::Checkpoint, error.to_string()).help(help).because(error)
    }
}
