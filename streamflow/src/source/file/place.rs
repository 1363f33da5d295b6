//! Where the next record of a file stands, and how a file that was read before is read on from there.

use crate::{Error, ErrorKind};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Where the next record of a file stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes of text before it, as a decoder gives them.
    pub(super) bytes: u64,
    /// Lines before it, bad ones included: messages name the next.
    pub(super) lines: u64,
    /// A line over the limit has been dealt with and the rest of it is thrown away: the record stands behind its end.
    pub(super) within: bool,
}

/// As the commit log keeps it: bytes, lines, within.
pub type Offset = (u64, u64, bool);

impl Place {
    pub(super) fn offset(self) -> Offset {
        (self.bytes, self.lines, self.within)
    }

    pub(super) fn at((bytes, lines, within): Offset) -> Self {
        Place { bytes, lines, within }
    }

    /// Does a line begin here?
    fn begins_line(self) -> bool {
        self.bytes > 0 && !self.within
    }
}

/// Is the file still as long as what was read of it?
pub(super) fn check_length(path: &Path, place: Place) -> io::Result<Result<(), Error>> {
    let length = path.metadata()?.len();
    // what is no regular file has no length; reading it will tell
    Ok(if path.is_file() && length < place.bytes { Err(shorter(path, place, length)) } else { Ok(()) })
}

/// The rest of a file behind the place.
pub(super) fn go_to(path: &Path, place: Place, mut file: File) -> io::Result<Result<File, Error>> {
    if !file.metadata()?.is_file() {
        return Ok(Err(no_way_back(path)));
    }
    let length = file.metadata()?.len();
    if length < place.bytes {
        return Ok(Err(shorter(path, place, length)));
    }
    if place.begins_line() && length > place.bytes {
        let mut before = [0];
        file.seek(SeekFrom::Start(place.bytes - 1))?;
        file.read_exact(&mut before)?;
        if before != *b"\n" {
            return Ok(Err(changed(path, place)));
        }
    }
    file.seek(SeekFrom::Start(place.bytes))?;
    Ok(Ok(file))
}

/// Reads up to the place and throws it away: a compressed file has no other way there.
pub(super) fn skip(path: &Path, place: Place, bytes: &mut dyn Read) -> io::Result<Result<(), Error>> {
    let ahead = place.bytes.saturating_sub(1);
    let skipped = io::copy(&mut (&mut *bytes).take(ahead), &mut io::sink())?;
    let mut before = Vec::with_capacity(1);
    (&mut *bytes).take(place.bytes - ahead).read_to_end(&mut before)?;
    let length = skipped + before.len() as u64;
    if length < place.bytes {
        return Ok(Err(shorter(path, place, length)));
    }
    // the last line of a file may have no end
    if place.begins_line() && before != *b"\n" && bytes.read(&mut [0])? > 0 {
        return Ok(Err(changed(path, place)));
    }
    Ok(Ok(()))
}

fn shorter(path: &Path, place: Place, length: u64) -> Error {
    let message = format!("`{}` has {length} bytes, but {} of it have been committed", path.display(), place.bytes);
    Error::new(ErrorKind::Source, message).help("put the file back as it was; what is read may grow, but not shrink")
}

fn changed(path: &Path, place: Place) -> Error {
    let message = format!(
        "`{}` is another file than before: no line begins at byte {}, where the last commit stands",
        path.display(),
        place.bytes
    );
    Error::new(ErrorKind::Source, message).help("put the file back as it was; what is read may grow, but not change")
}

fn no_way_back(path: &Path) -> Error {
    let message =
        format!("`{}` is no regular file, so it cannot be read on from where the last commit stands", path.display());
    Error::new(ErrorKind::Source, message).help("copy what comes out of it into a file and read that")
}

pub(super) fn gone(partition: &str, place: Place) -> Error {
    let message = format!("`{partition}` is gone, but only {} bytes of it have been committed", place.bytes);
    Error::new(ErrorKind::Source, message).help("put the file back; a file may be removed when it was read to its end")
}
