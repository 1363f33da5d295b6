//! Which files are meant.

use super::reader::unreadable;
use crate::{Error, ErrorKind};
use std::fmt;
use std::io;
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
    /// The files, sorted and each once, and what leads to none.
    pub(super) fn files(&self) -> Result<(Vec<PathBuf>, Vec<Missing>), Error> {
        let (mut files, mut missing) = (Vec::new(), Vec::new());
        for path in &self.given {
            match path.to_str() {
                Some(pattern) if is_pattern(pattern) && !path.exists() => {
                    let found = matches(pattern, &mut files)?;
                    if !found {
                        let message = format!("no file matches `{pattern}`");
                        let error = Error::new(ErrorKind::Source, message).help(check("pattern", path));
                        missing.push(Missing { path: path.clone(), error });
                    }
                }
                _ => match path.metadata() {
                    Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                        missing.push(Missing { path: path.clone(), error: unreadable(path, cause) });
                    }
                    // whatever else is wrong with it is told where it is read
                    _ => files.push(path.clone()),
                },
            }
        }
        if self.given.is_empty() {
            let error = Error::new(ErrorKind::Source, "no file is given");
            return Err(error.help("give at least one path or pattern"));
        }
        files.sort();
        files.dedup();
        Ok((files, missing))
    }
}

/// A path or pattern that leads to no file, and what is to be said about it.
pub(super) struct Missing {
    path: PathBuf,
    pub(super) error: Error,
}

impl Missing {
    /// Did it lead to this file when that was there?
    pub(super) fn means(&self, file: &str) -> bool {
        let pattern = self.path.to_str().filter(|pattern| is_pattern(pattern));
        let pattern = pattern.and_then(|pattern| glob::Pattern::new(pattern).ok());
        pattern.is_some_and(|pattern| pattern.matches_path_with(Path::new(file), MATCHING))
            || self.path.display().to_string() == file
    }
}

fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// A temporary name, as sinks use it for files that are not complete, starts with a dot.
const MATCHING: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: false, require_literal_leading_dot: true };

/// Adds the files that match; false if there is none.
fn matches(pattern: &str, files: &mut Vec<PathBuf>) -> Result<bool, Error> {
    let found = glob::glob_with(pattern, MATCHING).map_err(|cause| {
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
    Ok(files.len() > before)
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
