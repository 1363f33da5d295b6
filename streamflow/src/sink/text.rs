//! What the sinks that write lines of text have in common.

use crate::{Error, ErrorKind};
use std::fmt;
use std::io::{self, Write};

/// Appends a row and ends its line.
pub(crate) fn push_line(part: &mut Vec<u8>, row: impl fmt::Display) {
    // Memory takes whatever is written; only a `Display` that fails by itself could end up here, and then
    // what it wrote before stands.
    let _ = writeln!(part, "{row}");
}

/// Whether a batch has nothing to write.
pub(crate) fn nothing(parts: &[Vec<u8>]) -> bool {
    parts.iter().all(Vec::is_empty)
}

/// Writes the parts and makes sure that they are on their way.
pub(crate) fn write_all(out: &mut dyn Write, parts: &[impl AsRef<[u8]>]) -> io::Result<()> {
    parts.iter().try_for_each(|part| out.write_all(part.as_ref()))?;
    out.flush()
}

/// An error of standard output. A reader that has gone, `| head` for instance, is the end and no failure.
pub(crate) fn output_error(cause: io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::BrokenPipe => Error::new(ErrorKind::Closed, "standard output is closed").because(cause),
        _ => Error::new(ErrorKind::Sink, "cannot write to standard output")
            .because(cause)
            .help("check where it is redirected to, and that the disk has room"),
    }
}
