//! Which files are meant.

use crate::{Error, ErrorKind};
use std::fmt;
use std::path::{Path, PathBuf};

/// The files a source reads: paths, or glob patterns with `*`, `?`, `[a-z]` and `**`.
///
/// What exists under a name is that file, even if the name looks like a pattern. A pattern matches files, not
/// directories, and names that start with a dot only if the pattern says so.
///
/// ```
/// use std::path::Path;
/// use streamflow::file::{self, Paths};
///
/// let one = file::lines("access.log");
/// let some = file::lines(vec!["access.log", "old/*.log"]);
/// let all: Paths = Path::new("logs/**/*.log").into();
/// assert_eq!(all.to_string(), "logs/**/*.log");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    given: Vec<PathBuf>,
}

impl Paths {
    /// The files, sorted and each once.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let mut files = Vec::new();
        for path in &self.given {
            match path.to_str() {
                Some(pattern) if pattern.contains(['*', '?', '[']) && !path.exists() => {
                    matches(pattern, &mut files)?;
                }
                _ => files.push(path.clone()),
            }
        }
        if files.is_empty() {
            let error = Error::new(ErrorKind::Source, "no file is given");
            return Err(error.help("give at least one path or pattern"));
        }
        files.sort();
        files.dedup();
        Ok(files)
    }
}

fn matches(pattern: &str, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    // A temporary name, as sinks use it for files that are not complete, starts with a dot.
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    let found = glob::glob_with(pattern, options).map_err(|cause| {
        Error::new(ErrorKind::Source, format!("`{pattern}` is not a glob pattern"))
            .because(cause)
            .help("`*`, `?`, `[a-z]` and `**` between slashes are understood")
    })?;
    let before = files.len();
    for path in found {
        let path = path.map_err(|cause| {
            Error::new(ErrorKind::Source, format!("cannot list `{}`", cause.path().display()))
                .because(cause)
                .help("check the permissions of the directory")
        })?;
        if !path.is_dir() {
            files.push(path);
        }
    }
    if files.len() == before {
        return Err(Error::new(ErrorKind::Source, format!("no file matches `{pattern}`"))
            .help(check("pattern", Path::new(pattern))));
    }
    Ok(())
}

/// What to do about a path that leads nowhere. The working directory is what people are wrong about when a relative one does.
pub(super) fn check(what: &str, path: &Path) -> String {
    match std::env::current_dir() {
        Ok(here) if path.is_relative() => format!("check the {what}; it is relative to `{}`", here.display()),
        _ => format!("check the {what}"),
    }
}

impl fmt::Display for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, path) in self.given.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", path.display())?;
        }
        Ok(())
    }
}

/// One conversion for each form a path is given in; a blanket one would forbid the `Vec`.
macro_rules! from_one {
    ($($path:ty),*) => {$(
        impl From<$path> for Paths {
            fn from(path: $path) -> Self {
                Paths { given: vec![PathBuf::from(path)] }
            }
        }
    )*};
}
from_one!(&str, String, &String, PathBuf, &PathBuf, &Path);

impl<P: Into<PathBuf>> From<Vec<P>> for Paths {
    fn from(paths: Vec<P>) -> Self {
        Paths { given: paths.into_iter().map(Into::into).collect() }
    }
}

impl<P: Into<PathBuf>, const N: usize> From<[P; N]> for Paths {
    fn from(paths: [P; N]) -> Self {
        Paths { given: paths.into_iter().map(Into::into).collect() }
    }
}
